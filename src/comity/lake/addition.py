"""What a lake notes of each file that it took in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Addition:
    """A file that was taken in.

    Attributes
    ----------
    file, sha256 : str
        Its name, and the hash of its content: the same content is taken in once.
    publisher, what, source : str
        As `comity.sources.publisher.Found` has them.
    added : str
        When, UTC.
    years : tuple of int
        Of a publisher that comes in years: those that are in.
    whole : bool
        Whether all that was asked for is in; a broken-off addition is not whole.
    rows : dict of str to int
        Rows by table.
    size : int
        Bytes of the file; 0 where it was not noted, as in lakes of before.
    """

    file: str
    sha256: str
    publisher: str
    what: str
    source: str
    added: str = ""
    years: tuple[int, ...] = ()
    whole: bool = False
    rows: dict[str, int] = field(default_factory=dict)
    size: int = 0


def read_addition(entry: Mapping[str, Any]) -> Addition:
    """Return an addition as the manifest has it."""
    return Addition(**{**entry, "years": tuple(entry["years"])})
