"""The tables of a lake: their columns, keys and rules, in one place.

Countries are ISO 3166 alpha-3 (``WLD`` for the world), products HS text with leading zeros,
``TOTAL`` for all goods or ``GS`` for goods and services together (never to be read as goods),
values in base units (USD, persons, km). Missing is missing, never zero. Every row names its source.
"""

from __future__ import annotations

from dataclasses import dataclass

SCHEMA_VERSION = 1

WORLD = "WLD"
TOTAL = "TOTAL"
GOODS_AND_SERVICES = "GS"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its type (``text``, ``int``, ``float``, ``bool``) and whether it may be missing."""

    name: str
    type: str
    optional: bool = False
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its columns in order, its key, and the columns that may not be negative.

    An optional table may be missing from a lake, which is the same as empty.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    sort: tuple[str, ...]
    countries: tuple[str, ...] = ()
    not_negative: tuple[str, ...] = ()
    optional: bool = False


_SOURCE = Column("source", "text", meaning="id of a row of `sources`")
_YEAR = Column("year", "int", meaning="calendar year, or the year in which a fiscal year begins")
_PERIOD = Column("period", "text", meaning="as printed: 2023, FY2024-25")

FLOWS = Table(
    "flows",
    "goods trade",
    (
        _YEAR,
        Column("exporter", "text"),
        Column("importer", "text", meaning="WLD: exports to all; as exporter: imports from all"),
        Column("product", "text", meaning="TOTAL (goods), HS2 to HS6, HS section S01 to S21, GS"),
        Column("value_usd", "float", meaning="current US dollars"),
        Column("quantity_t", "float", optional=True, meaning="metric tons"),
        Column("valuation", "text", meaning="fob or cif"),
        Column("basis", "text", meaning="reconciled, reported or mirror (by the importer)"),
        Column("revision", "text", meaning="HS22, HS92, ITC-HS, TOTAL, GS"),
        _PERIOD,
        _SOURCE,
    ),
    key=("year", "exporter", "importer", "product", "basis", "source"),
    sort=("exporter", "importer", "year", "product", "source", "basis"),
    countries=("exporter", "importer"),
    not_negative=("value_usd", "quantity_t"),
)

DETAILS = Table(
    "details",
    "goods trade between two countries at a publisher's finest products, for publishers that have "
    "all pairs; `flows` has their sums by pair, by chapter and with the world",
    FLOWS.columns,
    key=FLOWS.key,
    sort=("year", "exporter", "importer", "product", "source", "basis"),
    countries=FLOWS.countries,
    not_negative=FLOWS.not_negative,
    optional=True,
)

TIES = Table(
    "ties",
    "countable ties other than goods: people, research",
    (
        Column("indicator", "text"),
        _YEAR,
        Column("origin", "text"),
        Column("destination", "text"),
        Column("value", "float", optional=True),
        Column("text", "text", optional=True, meaning="where the tie is a rule, not a count"),
        Column("unit", "text"),
        _SOURCE,
    ),
    key=("indicator", "year", "origin", "destination", "source"),
    sort=("indicator", "origin", "destination", "year", "source"),
    countries=("origin", "destination"),
    not_negative=("value",),
)

FACTS = Table(
    "facts",
    "one country's own figures",
    (
        Column("indicator", "text"),
        _YEAR,
        Column("country", "text"),
        Column("value", "float"),
        Column("unit", "text"),
        _SOURCE,
    ),
    key=("indicator", "year", "country", "source"),
    sort=("indicator", "country", "year", "source"),
    countries=("country",),
)

PROXIMITY = Table(
    "proximity",
    "distance and ties of language and history",
    (
        Column("origin", "text"),
        Column("destination", "text"),
        Column("distance_km", "float", meaning="population-weighted, harmonic mean"),
        Column("distance_cities_km", "float", optional=True, meaning="between the largest cities"),
        Column("distance_capitals_km", "float", optional=True),
        Column("contiguous", "bool", optional=True),
        Column("common_official_language", "bool", optional=True),
        Column("common_ethnic_language", "bool", optional=True, meaning="spoken by 9 % in both"),
        Column("common_spoken_language", "float", optional=True, meaning="index; 0 none"),
        Column("colonial_tie", "bool", optional=True, meaning="ever, in either direction"),
        Column("common_colonizer", "bool", optional=True, meaning="after 1945"),
        _SOURCE,
        Column("also", "text", optional=True, meaning="further source ids, joined by ;"),
    ),
    key=("origin", "destination"),
    sort=("origin", "destination"),
    countries=("origin", "destination"),
    not_negative=("distance_km", "distance_cities_km", "distance_capitals_km"),
)

AGREEMENTS = Table(
    "agreements",
    "trade agreements in force between two countries",
    (
        Column("treaty", "text"),
        Column("origin", "text"),
        Column("destination", "text"),
        Column("kind", "text", optional=True),
        Column("depth", "float", optional=True),
        Column("in_force_from", "int"),
        Column("in_force_to", "int", optional=True, meaning="last year seen; missing: still"),
        _SOURCE,
    ),
    key=("treaty", "origin", "destination", "in_force_from", "source"),
    sort=("origin", "destination", "in_force_from", "treaty", "source"),
    countries=("origin", "destination"),
)

ROLLCALLS = Table(
    "rollcalls",
    "votes taken in the UN General Assembly",
    (
        Column("rollcall", "int"),
        _YEAR,
        Column("session", "int"),
        Column("resolution", "text", optional=True),
        Column("important", "bool", optional=True, meaning="as marked by the US State Department"),
        Column("issues", "text", optional=True, meaning="issue ids, joined by ;"),
        Column("unanimous", "bool", meaning="all who voted yes, abstain or no voted alike"),
        _SOURCE,
    ),
    key=("rollcall", "source"),
    sort=("rollcall", "source"),
)

VOTES = Table(
    "votes",
    "how each member voted",
    (
        Column("country", "text"),
        Column("rollcall", "int"),
        Column("vote", "int", meaning="1 yes, 2 abstain, 3 no"),
        _SOURCE,
    ),
    key=("country", "rollcall", "source"),
    sort=("country", "rollcall", "source"),
    countries=("country",),
)

TARIFFS = Table(
    "tariffs",
    "what importers levy, by product",
    (
        _YEAR,
        Column("importer", "text"),
        Column("exporter", "text", meaning="WLD: levied on everybody without a preference"),
        Column("product", "text", meaning="HS2 to HS6"),
        Column("kind", "text", meaning="MFN, or PREF where any line has a preference"),
        Column("rate", "float", meaning="fraction of the price; simple average over lines"),
        Column("rate_min", "float", optional=True),
        Column("rate_max", "float", optional=True),
        Column("lines", "int", optional=True, meaning="tariff lines of the product"),
        Column("lines_specific", "int", optional=True, meaning="of them not in the average"),
        Column("estimated", "bool", meaning="with equivalents of specific duties"),
        Column("revision", "text", meaning="HS22, HS17"),
        _SOURCE,
    ),
    key=("year", "importer", "exporter", "product", "kind", "source"),
    sort=("importer", "exporter", "year", "product", "kind", "source"),
    countries=("importer", "exporter"),
    not_negative=("rate", "rate_min", "rate_max", "lines", "lines_specific"),
    optional=True,
)

STATEMENTS = Table(
    "statements",
    "published figures, and who said them",
    (
        Column("id", "text"),
        Column("claim", "text"),
        Column("indicator", "text", meaning="id of the catalogue, or the words of the statement"),
        Column("origin", "text", optional=True),
        Column("destination", "text", optional=True),
        Column("product", "text", optional=True),
        Column("period", "text", optional=True),
        Column("value", "float", optional=True, meaning="base units; the middle of a range"),
        Column("value_low", "float", optional=True),
        Column("value_high", "float", optional=True),
        Column("unit", "text", optional=True),
        Column("said_by", "text"),
        Column("said_on", "text", optional=True),
        Column("agrees_with", "text", optional=True),
        Column("conflicts_with", "text", optional=True),
        _SOURCE,
    ),
    key=("id",),
    sort=("id",),
)

SOURCES = Table(
    "sources",
    "where the rows come from",
    (
        Column("id", "text"),
        Column("publisher", "text"),
        Column("title", "text"),
        Column("version", "text", optional=True),
        Column("years", "text", optional=True),
        Column("licence", "text"),
        Column("licence_note", "text", optional=True),
        Column("citation", "text"),
        Column("url", "text", optional=True),
        Column("retrieved", "text", optional=True),
        Column("sha256", "text", optional=True, meaning="of the input file; several joined by ;"),
        Column("redistributable", "bool"),
    ),
    key=("id",),
    sort=("id",),
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        FLOWS,
        DETAILS,
        TIES,
        FACTS,
        PROXIMITY,
        AGREEMENTS,
        TARIFFS,
        ROLLCALLS,
        VOTES,
        STATEMENTS,
        SOURCES,
    )
}
