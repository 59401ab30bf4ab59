"""The page for a permanent link to other data: what it names, what there is, how to get it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from comity.web.answers import Vintage
from comity.web.pages import frame

_NAMES = ("lake", "ledger", "day", "version")


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a vintage: what the link names, and what there is here."""

    name: str
    asked: str
    held: str

    @property
    def same(self) -> bool:
        """Whether both are the same."""
        return self.asked == self.held


def render(vintage: Vintage, asked: str, path: str, query: list[tuple[str, str]]) -> str:
    """Return the page.

    Parameters
    ----------
    vintage : Vintage
        What the service has.
    asked : str
        The vintage that the link names; any text.
    path, query : str, list of (str, str)
        The link's own address.
    """
    rest = urlencode([(name, value) for name, value in query if name != "vintage"])
    parts = read(asked, vintage.id)
    other = {part.name for part in parts if not part.same}
    return frame.show(
        "vintage.html.j2",
        vintage,
        "",
        asked=asked,
        parts=parts,
        other=other,
        ahead=other == {"day"},
        wanted={part.name: part.asked for part in parts},
        today=f"{path}?{rest}" if rest else path,
        link=f"{path}?{urlencode(query)}",
    )


def read(asked: str, held: str) -> list[Part]:
    """Return the parts of two vintages side by side; none where one cannot be read.

    Examples
    --------
    >>> [part.name for part in read("a1-b2-20261128-0.1.0", "a1-b2-20261129-0.1.0")
    ...  if not part.same]
    ['day']
    >>> read("yesterday", "a1-b2-20261129-0.1.0")
    []
    """
    named, there = (text.split("-", 3) for text in (asked, held))
    if len(named) != len(_NAMES) or not (len(named[2]) == 8 and named[2].isdigit()):
        return []
    for one in (named, there):
        one[2] = f"{one[2][:4]}-{one[2][4:6]}-{one[2][6:]}"
    return [Part(*row) for row in zip(_NAMES, named, there, strict=True)]
