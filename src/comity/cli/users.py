"""`comity users`: who may write to the ledger in the browser."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from comity.intent.ledger.users import Users

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
LedgerOption = Annotated[
    str | None, typer.Option("--ledger", help="A file or a URL; by default COMITY_LEDGER.")
]


class _Role(StrEnum):
    reader = "reader"
    editor = "editor"


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="Name to sign in with.", metavar="NAME")],
    role: Annotated[_Role, typer.Option(help="A reader sees the trail; an editor writes.")],
    proxy: Annotated[
        bool, typer.Option("--proxy", help="No password: a reverse proxy signs them in.")
    ] = False,
    stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    ledger: LedgerOption = None,
) -> None:
    """Add a user, or give one another role and password.

    [dim]Example:[/dim]  comity users add "A. Sharma" --role editor
    """
    from comity.errors import UsageError
    from comity.intent.ledger.users import Role

    if proxy and stdin:
        raise UsageError("A user of the proxy has no password.", "Leave one option out.")
    password = ""
    if stdin:
        password = sys.stdin.readline().rstrip("\n")
    elif not proxy:
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    if not proxy and not password:
        raise UsageError("The password is empty.", "Give one, or --proxy.")
    user = _users(ledger).add(name, Role(role.value), password)
    typer.echo(f"{user.name} is {user.role.value}.")


@app.command("list")
def list_(ledger: LedgerOption = None) -> None:
    """List the users.

    [dim]Example:[/dim]  comity users list
    """
    for user in _users(ledger).all():
        how = "with a password" if user.has_password else "by the proxy"
        typer.echo(f"{user.name}\t{user.role.value}\t{how}")


@app.command()
def remove(
    name: Annotated[str, typer.Argument(help="Their name.", metavar="NAME")],
    ledger: LedgerOption = None,
) -> None:
    """Remove a user and their sessions; what they did stays in the trail.

    [dim]Example:[/dim]  comity users remove "A. Sharma"
    """
    _users(ledger).remove(name)
    typer.echo(f"{name} is removed.")


def _users(ledger: str | None) -> Users:
    from comity.intent.ledger import writing
    from comity.intent.ledger.users import Users

    return Users(writing.prepare(ledger))
