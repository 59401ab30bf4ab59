"""Pillars, indicators and sources: what is measured, and where the figures come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

from comity.catalogue._names import name_key, suggest
from comity.catalogue._tables import read_table
from comity.errors import UnknownNameError


@dataclass(frozen=True, slots=True)
class Pillar:
    """One part of a relationship, and the question that it answers."""

    id: str
    name: str
    order: int
    question: str


@dataclass(frozen=True, slots=True)
class Indicator:
    """Something that is measured of a pair, or of one of its sides.

    Attributes
    ----------
    id, pillar, name : str
        Its id, the pillar it belongs to, its name.
    unit : str
        Base unit: ``USD``, ``persons``, ``km``, ``share`` (a fraction), ``index``, ``ratio``.
    directed : bool
        Whether origin and destination may not be swapped.
    kind : str
        ``flow`` (a year's worth), ``stock`` (at a date), ``share``, ``index``, ``rank``, ``rate``,
        ``distance``, ``rule``, ``estimate`` or ``statement``.
    format : str
        How to print a value: ``usd``, ``percent1``, ``integer``, ``decimal2``, ``text``, ...
    label, description, formula : str
        Short label for charts, one sentence, formula (empty where the figure is the publisher's).
    """

    id: str
    pillar: str
    name: str
    unit: str
    directed: bool
    kind: str
    format: str
    label: str
    description: str
    formula: str


@dataclass(frozen=True, slots=True)
class Source:
    """Where figures come from, and on what terms.

    ``redistributable`` says whether comity may ship the figures; where not, the user brings the
    publisher's file. ``years`` and ``version`` are texts, as the publisher writes them.
    """

    id: str
    publisher: str
    title: str
    version: str
    licence: str
    licence_url: str
    citation: str
    url: str
    redistributable: bool
    years: str
    last_verified: str
    note: str


_Row = TypeVar("_Row", Pillar, Indicator, Source)


def pillars() -> tuple[Pillar, ...]:
    """Return the pillars in the order of a brief."""
    return tuple(_pillars().values())


def pillar(text: str) -> Pillar:
    """Return the pillar of an id or a name, or say that nobody knows it."""
    return _find("pillar", text, _pillars())


def indicators(pillar: str | None = None) -> tuple[Indicator, ...]:
    """Return the indicators, all or those of one pillar."""
    return tuple(i for i in _indicators().values() if pillar in (None, i.pillar))


def indicator(text: str) -> Indicator:
    """Return the indicator of an id or a name.

    Raises
    ------
    UnknownNameError
        There is none; the hint says what may have been meant.

    Examples
    --------
    >>> indicator("goods_exports").unit, indicator("goods_exports").directed
    ('USD', True)
    """
    return _find("indicator", text, _indicators())


def sources(*, redistributable: bool | None = None) -> tuple[Source, ...]:
    """Return the sources by id: all, or those that comity may, or may not, ship."""
    rows = _sources().values()
    return tuple(s for s in rows if redistributable in (None, s.redistributable))


def source(text: str) -> Source:
    """Return the source of an id.

    Raises
    ------
    UnknownNameError
        There is none; the hint says what may have been meant.

    Examples
    --------
    >>> source("cepii-baci-202501").publisher
    'CEPII'
    """
    return _find("source", text, _sources())


def _find(kind: str, text: str, known: Mapping[str, _Row]) -> _Row:
    if text in known:
        return known[text]
    keys = {name_key(key.replace("_", " ")): key for key in known}
    names = {name_key(getattr(row, "name", key)): key for key, row in known.items()}
    index = names | keys
    key = name_key(text.replace("_", " "))
    if key in index:
        return known[index[key]]
    raise UnknownNameError(kind, text, suggest(text.replace("_", " "), index))


@cache
def _pillars() -> Mapping[str, Pillar]:
    rows = [
        Pillar(r["id"], r["name"], int(r["order"]), r["question"]) for r in read_table("pillars")
    ]
    return {row.id: row for row in sorted(rows, key=lambda row: row.order)}


@cache
def _indicators() -> Mapping[str, Indicator]:
    return {
        r["id"]: Indicator(
            id=r["id"],
            pillar=r["pillar"],
            name=r["name"],
            unit=r["unit"],
            directed=r["directed"] == "yes",
            kind=r["kind"],
            format=r["format"],
            label=r["label"],
            description=r["description"],
            formula=r["formula"],
        )
        for r in read_table("indicators")
    }


@cache
def _sources() -> Mapping[str, Source]:
    return {
        r["id"]: Source(
            id=r["id"],
            publisher=r["publisher"],
            title=r["title"],
            version=r["version"],
            licence=r["licence"],
            licence_url=r["licence_url"],
            citation=r["citation"],
            url=r["url"],
            redistributable=r["redistributable"] == "yes",
            years=r["years"],
            last_verified=r["last_verified"],
            note=r["note"],
        )
        for r in read_table("sources")
    }
