"""Written pages: how each figure is made, out of ``docs/methods``, and what comity is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import count, pairwise
from pathlib import Path
from types import MappingProxyType

from fastapi import APIRouter, Response
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from comity import __version__
from comity.errors import UnknownNameError
from comity.web.answers import Vintage
from comity.web.pages import frame
from comity.web.state import State

_FRAME = '<div class="wide-table" tabindex="0" role="region" aria-label="Table {}"><table>'
_LEAD = 180  # letters of a method's first paragraph in the list


@dataclass(frozen=True, slots=True)
class Method:
    """A page of documentation: its name in addresses, its title, its first words, its text."""

    name: str
    title: str
    lead: str
    body: Markup


def router(state: State) -> APIRouter:
    """Return the routes of methods and of what comity is."""
    pages = APIRouter()

    @pages.get("/methods")
    async def listed() -> Response:
        return await state.light(render_list, state.vintage)

    @pages.get("/methods/{name}")
    async def method(name: str) -> Response:
        return await state.light(render, state.vintage, name)

    @pages.get("/about")
    async def about() -> Response:
        return await state.light(
            frame.show, "about.html.j2", state.vintage, "/about", version=__version__
        )

    return pages


def render_list(vintage: Vintage) -> str:
    """Return the list of methods."""
    listed = sorted(methods().values(), key=lambda m: m.title)
    return frame.show("methods.html.j2", vintage, "/methods", methods=listed)


def render(vintage: Vintage, name: str) -> str:
    """Return one method.

    Raises
    ------
    UnknownNameError
        No method is known by that name.
    """
    found = methods().get(name)
    if found is None:
        raise UnknownNameError("method", name)
    return frame.show("method.html.j2", vintage, f"/methods/{name}", method=found)


@cache
def methods() -> Mapping[str, Method]:
    """Return every page of ``docs/methods`` by name; names are looked up, never opened as paths."""
    return MappingProxyType(
        {
            file.name.removesuffix(".md"): _read(file)
            for file in _folder().iterdir()
            if file.name.endswith(".md")
        }
    )


def _folder() -> Traversable:
    """Return where the documents are: in the wheel beside this module, else in the checkout."""
    packed = files("comity.web.pages") / "methods"
    return packed if packed.is_dir() else Path(__file__).parents[4] / "docs" / "methods"


def _read(file: Traversable) -> Method:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(file.read_text(encoding="utf-8"))
    title, lead = file.name.removesuffix(".md"), ""
    if tokens[0].tag == "h1":
        title, tokens = tokens[1].content, tokens[3:]
    for token, following in pairwise(tokens):
        if token.type == "paragraph_open":
            lead = "".join(_words(child) for child in following.children or ())
            break
    for token in tokens:
        _relink(token)
    html = str(parser.renderer.render(tokens, parser.options, {}))
    # A wide table scrolls in its own frame, which the keyboard can reach.
    numbers = count(1)
    html = re.sub("<table>", lambda _: _FRAME.format(next(numbers)), html)
    html = html.replace("</table>", "</table></div>").replace("<th></th>", "<td></td>")
    html = html.replace("<pre>", '<pre tabindex="0">')
    # The parser escapes what it does not know; the text is our own.
    return Method(file.name.removesuffix(".md"), _plain(title), _cut(lead), Markup(html))  # noqa: S704


def _plain(title: str) -> str:
    return title.replace("`", "")


def _words(token: Token) -> str:
    return " " if token.type == "softbreak" else token.content


def _cut(lead: str) -> str:
    """Return the whole sentences at the beginning that are short enough together.

    Examples
    --------
    >>> _cut("A flow has two sides. With X what i sells j:")
    'A flow has two sides.'
    """
    told = ""
    for sentence in re.split(r"(?<=[.?!]) ", lead):
        longer = f"{told} {sentence}".strip()
        if len(longer) > _LEAD or not sentence.endswith((".", "?", "!")):
            break
        told = longer
    return told or lead[:_LEAD].rsplit(" ", 1)[0].rstrip(",;:") + " …"


def _relink(token: Token) -> None:
    """Let links to other documents lead to their pages; those that have none become plain words."""
    for child in token.children or ():
        if child.type != "link_open":
            continue
        target = str(child.attrGet("href") or "")
        if re.fullmatch(r"[\w-]+\.md(#.*)?", target):
            child.attrSet("href", f"/methods/{target.replace('.md', '')}")
            _name(token.children or [], target)
        elif not target.startswith(("https://", "http://", "#")):
            child.tag = "span"
            child.attrs = {}
            token.children = _closed_as_span(token.children or [], child)


def _name(children: list[Token], target: str) -> None:
    """Call a document by its subject where the text has the name of its file."""
    for child in children:
        if child.content.strip("`") == target:
            child.content = target.removesuffix(".md").replace("-", " ")


def _closed_as_span(children: list[Token], opened: Token) -> list[Token]:
    level = 0
    for child in children[children.index(opened) + 1 :]:
        if child.type == "link_close" and level == 0:
            child.tag = "span"
            break
        level += child.nesting if child.type.startswith("link") else 0
    return children
