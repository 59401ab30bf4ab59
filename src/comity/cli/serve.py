"""`comity serve`: the pages and the REST API."""

from __future__ import annotations

from typing import Annotated

import typer

from comity.cli.output import LakeOption


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 for a free one.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that answer.")] = 1,
    write: Annotated[
        bool, typer.Option("--write", help="Signed-in users may add promises and assess them.")
    ] = False,
    name: Annotated[
        list[str] | None,
        typer.Option(help="Host name under which visitors come; may be repeated."),
    ] = None,
    proxy: Annotated[
        list[str] | None,
        typer.Option(help="Address of a reverse proxy whose headers are believed."),
    ] = None,
    user_header: Annotated[
        str, typer.Option(help="Header in which the proxy names the signed-in user.")
    ] = "",
    https: Annotated[
        bool, typer.Option("--https", help="Visitors come by HTTPS: cookies need it.")
    ] = False,
    rate: Annotated[
        float, typer.Option(min=0, help="Requests a second of one address; 0 for no limit.")
    ] = 20.0,
    renew: Annotated[
        int,
        typer.Option(
            min=0,
            help="Pieces of work after which one of several workers is replaced; 0 for never.",
        ),
    ] = 1_000,
    log: Annotated[bool, typer.Option(help="A line of JSON for each request.")] = True,
    warm: Annotated[
        bool, typer.Option(help="Load the tables before the first request, not with it.")
    ] = True,
    lake: LakeOption = None,
    ledger: Annotated[
        str, typer.Option(help="A file, a URL, or 'starter'; by default COMITY_LEDGER.")
    ] = "",
) -> None:
    """Serve the pages and the REST API; without options to this machine alone.

    [dim]Examples:[/dim]  comity serve
               comity serve --port 9000 --workers 4 --lake /srv/comity/lake
    """
    from comity.web import workers as processes

    processes.set_up()
    from comity.web.server import run
    from comity.web.settings import LOOPBACK, Settings

    settings = Settings(
        lake="" if lake is None else str(lake),
        ledger=ledger,
        write=write,
        hosts=(*LOOPBACK, *(name or ())),
        proxies=tuple(proxy or ()),
        user_header=user_header,
        secure=https,
        rate=rate,
        renew=renew,
        log=log,
        warm=warm,
    )
    run(settings, host=host, port=port, workers=workers)
