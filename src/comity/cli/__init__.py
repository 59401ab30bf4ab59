"""The command line: one verb a file, each a thin skin over the API.

Codes: 0 done; 1 could not (one plain sentence on stderr); 2 the command line was wrong.
"""

from __future__ import annotations

import sys

import typer

from comity.cli import (
    add,
    brief,
    check,
    lake,
    mcp,
    mirror,
    opportunities,
    promises,
    route,
    serve,
    settle,
    simulate,
    users,
    yardstick,
)
from comity.errors import ComityError

app = typer.Typer(
    name="comity",
    help="What two countries promised each other, what they deliver, and what is possible.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("brief")(brief.brief)
app.command("yardstick")(yardstick.yardstick)
app.command("opportunities")(opportunities.opportunities)
app.command("route")(route.route)
app.command("simulate")(simulate.simulate)
app.command("settle")(settle.settle)
app.command("mirror")(mirror.mirror)
app.command("check")(check.check)
app.command("sources")(lake.sources)
app.command("fetch")(add.fetch)
app.command("add")(add.add)
app.add_typer(
    lake.app, name="lake", help="A lake's state: what it consists of, whether it is whole."
)
app.command("serve")(serve.serve)
app.command("mcp")(mcp.mcp)
app.add_typer(promises.app, name="promises", help="The ledger of promises and its verdicts.")
app.add_typer(users.app, name="users", help="Who may write to the ledger in the browser.")


@app.callback()
def _root(
    version: bool = typer.Option(False, "--version", help="Print the version and leave."),
) -> None:
    if version:
        from comity import __version__

        typer.echo(f"comity {__version__}")
        raise typer.Exit


def main() -> None:
    """Run the command line; a user's error is a sentence, never a stack trace."""
    try:
        app(prog_name="comity")
    except ComityError as error:
        typer.echo(f"comity: {error.message}", err=True)
        if error.hint:
            typer.echo(f"        {error.hint}", err=True)
        sys.exit(error.exit_code)
