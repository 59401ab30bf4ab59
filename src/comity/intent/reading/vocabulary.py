"""The words that the reader knows: actors, indicators, products, cues, all from CSV files."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from comity.catalogue.countries import aliases, list_countries

# A space of a pattern, but not one in a set or in a look-behind, whose width must stay fixed.
_SPACE = re.compile(r"(\[[^\]]*\]|\(\?<[!=][^)]*\))| ")
_WHOLE_WORDS = {"target", "hypothetical", "denial", "negation"}
_ADJECTIVES = {"adjective", "demonym"}


@dataclass(frozen=True, slots=True)
class Actor:
    """A country or a group as a text names it."""

    start: int
    end: int
    id: str
    kind: str  # name, adjective, demonym, capital, seat, leader, minister, bloc, ...


@dataclass(frozen=True, slots=True)
class Indicator:
    """A phrase that stands for an indicator.

    Parameters
    ----------
    measures : str
        What sort of quantity it takes: ``money``, ``count``, ``times``, ``share``, ``barrels``.
    role : str
        Whose it is: ``out`` the origin's (exports, students), ``in`` the destination's (imports),
        ``both`` (two-way trade).
    """

    id: str
    measures: str
    role: str
    pattern: re.Pattern[str]
    unless: re.Pattern[str] | None


@dataclass(frozen=True, slots=True)
class Product:
    """A good that a figure may be about, with its HS code."""

    id: str
    name: str
    hs: str
    pattern: re.Pattern[str]


def _rows(name: str) -> list[dict[str, str]]:
    path = files("comity.intent.reading") / "data" / f"{name}.csv"
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def _alias_rows() -> list[dict[str, str]]:
    path = files("comity.catalogue") / "data" / "indicator_aliases.csv"
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def _words(pattern: str) -> str:
    """Return a phrase of the tables as a pattern: a space stands for any white space."""
    return _SPACE.sub(lambda match: match[1] or r"\s+", pattern)


@cache
def indicators() -> tuple[Indicator, ...]:
    """Return the phrases for indicators, in the order of the table."""
    return tuple(
        Indicator(
            row["indicator"],
            row["measures"],
            row["role"],
            re.compile(rf"(?<![\w-])(?:{_words(row['pattern'])})(?![\w])", re.IGNORECASE),
            re.compile(_words(row["unless"]), re.IGNORECASE) if row["unless"] else None,
        )
        for row in _alias_rows()
    )


@cache
def products() -> tuple[Product, ...]:
    """Return the goods that a figure may be about."""
    return tuple(
        Product(
            row["product"],
            row["name"],
            row["hs"],
            re.compile(rf"(?<![\w-])(?:{_words(row['pattern'])})(?![\w])", re.IGNORECASE),
        )
        for row in _rows("products")
    )


@cache
def cues(kind: str, where: str) -> re.Pattern[str]:
    """Return one pattern for all cues of a kind before or after a figure."""
    found = [
        _words(row["pattern"].strip())
        for row in _rows("cues")
        if row["kind"] == kind and row["where"] == where
    ]
    joined = "|".join(f"(?:{pattern})" for pattern in found)
    if kind in _WHOLE_WORDS and where == "before":
        joined = rf"(?<!\w)(?:{joined})(?!\w)"
    return re.compile(joined, re.IGNORECASE)


@cache
def stances() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return what a text can say about a promise: ahead, done, ongoing, not."""
    return tuple(
        (row["stance"], re.compile(rf"(?<![\w-])(?:{_words(row['pattern'])})(?![\w])", re.I))
        for row in _rows("stances")
    )


@cache
def topics() -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    """Return the subjects by which a text and a ledger are matched: id, name, pattern."""
    return tuple(
        (row["topic"], row["name"], re.compile(_words(row["pattern"]), re.IGNORECASE))
        for row in _rows("topics")
    )


@cache
def any_topic() -> re.Pattern[str]:
    """Return one pattern that finds a sentence with any of the subjects."""
    return re.compile("|".join(pattern.pattern for _, _, pattern in topics()), re.IGNORECASE)


@cache
def _names() -> dict[str, tuple[str, str]]:
    """Return every name of an actor, as texts write it -> (id, kind)."""
    names: dict[str, tuple[str, str]] = {}
    for country in list_countries():
        for alias in aliases(country.iso3, "name", "local", "former", "abbrev"):
            if len(alias) > 2 and "," not in alias and "(" not in alias:
                names.setdefault(alias, (country.iso3, "name"))
        for kind in ("capital", "adjective", "demonym"):
            for alias in aliases(country.iso3, kind):
                names.setdefault(alias, (country.iso3, kind))
                if kind in _ADJECTIVES:
                    names.setdefault(_plural(alias), (country.iso3, "demonym"))
    for country in list_countries():
        names[country.name] = (country.iso3, "name")
        names.setdefault(country.capital, (country.iso3, "capital"))
        names.setdefault(country.adjective, (country.iso3, "adjective"))
        names.setdefault(_plural(country.demonym), (country.iso3, "demonym"))
    for row in _rows("actors"):
        names[row["text"]] = (row["id"], row["kind"])
    names.pop("", None)
    return names


def _plural(word: str) -> str:
    return "" if not word or word.endswith(("ese", "ss", "sh", "ch", "s")) else f"{word}s"


@cache
def _actor_pattern() -> re.Pattern[str]:
    # Grouped by first letter: one step to the few names that can begin there.
    groups: dict[str, list[str]] = defaultdict(list)
    for name in sorted(_names(), key=len, reverse=True):
        groups[name[0]].append(re.escape(name[1:]).replace(r"\ ", r"\s+"))
    parts = [f"{re.escape(first)}(?:{'|'.join(rest)})" for first, rest in groups.items()]
    # "US$" and "US dollars" are money, not an actor.
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?![\w$])(?!\s+dollars?\b)")


def actors(text: str, start: int = 0, end: int | None = None) -> list[Actor]:
    """Return the countries and groups named in a plain text, in order.

    Names are read as they are written: "Turkey" is a country, "turkey" is not.

    Examples
    --------
    >>> [(a.id, a.kind) for a in actors("Moscow and New Delhi on India-US trade")]
    [('RUS', 'capital'), ('IND', 'capital'), ('IND', 'name'), ('USA', 'abbrev')]
    """
    names = _names()
    found = []
    for match in _actor_pattern().finditer(text, start, len(text) if end is None else end):
        name = match.group()
        id_, kind = names.get(name) or names[re.sub(r"\s+", " ", name)]
        if kind != "stop":
            found.append(Actor(match.start(), match.end(), id_, kind))
    return found
