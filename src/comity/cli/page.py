"""The page of documentation on the command line, made from the commands themselves.

``python -m comity.cli.page`` prints ``docs/cli.md``.
"""

from __future__ import annotations

import re
import sys
from typing import Any

import typer

_MARKUP = re.compile(r"\[/?[a-z ]+\]")


def document() -> str:
    """Return the page, in Markdown."""
    from comity.cli import app

    root = typer.main.get_command(app)
    lines = [
        "# The command line",
        "",
        "Codes: 0 done; 1 could not (one plain sentence on stderr); 2 the command line was wrong.",
        "Countries are ISO2, ISO3 or names. This page is made from `comity.cli.page`.",
    ]
    lines += _commands(root, "comity")
    return "\n".join(lines) + "\n"


def _commands(command: Any, name: str) -> list[str]:  # noqa: ANN401 - Typer's own click
    if not hasattr(command, "commands"):
        return _command(command, name)
    lines: list[str] = []
    for verb, child in command.commands.items():
        if not child.hidden:
            lines += _commands(child, f"{name} {verb}")
    return lines


def _command(command: Any, name: str) -> list[str]:  # noqa: ANN401
    arguments = [_argument(p) for p in command.params if p.param_type_name == "argument"]
    lines = ["", f"## `{' '.join([name, *arguments])}`", "", *_text(command.help or "")]
    options = [p for p in command.params if p.param_type_name == "option" and not p.hidden]
    rows = [_row(option) for option in options if option.name != "help"]
    if rows:
        lines += ["", "| option | meaning |", "|---|---|", *rows]
    return lines


def _argument(argument: Any) -> str:  # noqa: ANN401
    name = (argument.metavar or str(argument.name).upper()).strip("[]")
    return name if argument.required else f"[{name}]"


def _row(option: Any) -> str:  # noqa: ANN401
    names = ", ".join(f"`{name}`" for name in [*option.opts, *option.secondary_opts])
    meaning = _MARKUP.sub("", " ".join((option.help or "").split())).replace("|", "\\|")
    return f"| {names} | {meaning} |"


def _text(text: str) -> list[str]:
    """Return a command's help: its examples become a block of code."""
    body, _, examples = _MARKUP.sub("", text.replace("\b", "")).partition("Example")
    lines = [" ".join(part.split()) for part in body.strip().split("\n\n")]
    found = re.findall(r"comity .*", examples)
    if found:
        lines += ["", "```", *(line.strip() for line in found), "```"]
    return lines


if __name__ == "__main__":
    sys.stdout.write(document())
