"""`comity mcp`: the answers as tools for language models, over standard input and output."""

from __future__ import annotations

from typing import Annotated

import typer

from comity.cli.output import LakeOption


def mcp(
    lake: LakeOption = None,
    ledger: Annotated[
        str, typer.Option(help="A file, a URL, or 'starter'; by default COMITY_LEDGER.")
    ] = "",
) -> None:
    """Serve the answers as tools of the Model Context Protocol, on standard input and output.

    A client starts it by itself. It needs the extra: pip install 'comity[mcp]'.

    [dim]Example:[/dim]  comity mcp
    """
    from comity.web.settings import Settings
    from comity.web.state import State
    from comity.web.tools import server

    state = State(Settings(lake="" if lake is None else str(lake), ledger=ledger))
    server(state).run("stdio")
