"""A lake small enough to check by hand, in which no two numbers are alike."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from comity import catalogue
from comity.lake import Dossier, Store, write
from comity.sources.registry import recognise

YEAR = 2023
# exporter, importer, million dollars
TRADE = [
    ("IND", "RUS", 4.0),
    ("RUS", "IND", 60.0),
    ("IND", "USA", 76.0),
    ("USA", "IND", 40.0),
    ("CHN", "IND", 100.0),
    ("CHN", "RUS", 110.0),
    ("RUS", "CHN", 120.0),
    ("RUS", "USA", 20.0),
]
SOURCES = (
    "cepii-baci-202501",
    "usitc-itpde",
    "cepii-baci-hs92-2024",
    "dgcis-tradestat",
    "un-desa-migrants-2024",
    "unhcr-refugees",
    "openalex-coauthorship-2024",
    "passport-index-2025",
    "un-votes",
    "un-ideal-points",
    "worldbank-wdi-gdp",
    "worldbank-wdi-population",
    "cepii-geodist",
    "page-example",
)


def flows() -> pd.DataFrame:
    rows = []

    def add(year, exporter, importer, product, millions, source, **other):
        rows.append(
            {
                "year": year,
                "exporter": exporter,
                "importer": importer,
                "product": product,
                "value_usd": millions * 1e6,
                "valuation": "fob",
                "basis": "reconciled",
                "revision": "TOTAL",
                "period": str(year),
                "source": source,
                **other,
            }
        )

    for exporter, importer, millions in TRADE:
        add(YEAR, exporter, importer, "TOTAL", millions, "cepii-baci-202501")
    for year, sold, bought in ((2006, 1.0, 2.0), (2016, 2.0, 8.0)):
        add(year, "IND", "RUS", "TOTAL", sold, "usitc-itpde")
        add(year, "RUS", "IND", "TOTAL", bought, "usitc-itpde")
        add(year, "IND", "IND", "TOTAL", 999.0, "usitc-itpde")
    fiscal = {"source": "dgcis-tradestat", "basis": "reported", "revision": "ITC-HS"}
    for year, period, factor in ((2024, "FY2024-25", 1.0), (2025, "FY2025-26", 0.9)):
        to, back = {**fiscal, "period": period}, {**fiscal, "period": period, "valuation": "cif"}
        for product, millions in (("30", 3.0), ("84", 2.0), ("TOTAL", 5.0)):
            add(year, "IND", "RUS", product, millions * factor, **to)
        for product, millions in (("27", 56.0), ("31", 7.0), ("TOTAL", 63.0)):
            add(year, "RUS", "IND", product, millions * factor, **back)
    world = {"source": "cepii-baci-hs92-2024", "revision": "HS92"}
    for exporter, importer, shares in (
        ("IND", "WLD", {"30": 60.0, "84": 40.0}),
        ("WLD", "IND", {"27": 90.0, "84": 10.0}),
        ("RUS", "WLD", {"27": 80.0, "31": 20.0}),
        ("WLD", "RUS", {"30": 30.0, "84": 70.0}),
    ):
        for product, millions in shares.items():
            add(2024, exporter, importer, product, millions, **world)
    return pd.DataFrame(rows)


def ties() -> pd.DataFrame:
    rows = [
        ("migrants", 2015, "IND", "RUS", 700.0, None, "persons", "un-desa-migrants-2024"),
        ("migrants", 2024, "IND", "RUS", 800.0, None, "persons", "un-desa-migrants-2024"),
        ("migrants", 2024, "RUS", "IND", 60.0, None, "persons", "un-desa-migrants-2024"),
        ("migrants", 2024, "CHN", "RUS", 7200.0, None, "persons", "un-desa-migrants-2024"),
        ("refugees", 2024, "IND", "RUS", 5.0, None, "persons", "unhcr-refugees"),
        ("asylum_seekers", 2024, "RUS", "IND", 9.0, None, "persons", "unhcr-refugees"),
        ("visa_rule", 2025, "IND", "RUS", None, "e-visa", "rule", "passport-index-2025"),
        ("visa_rule", 2025, "RUS", "IND", 30.0, None, "days", "passport-index-2025"),
    ]
    for year, works in ((2013, 100.0), (2022, 210.0), (2023, 200.0)):
        for origin, destination in (("IND", "RUS"), ("RUS", "IND")):
            rows.append(
                ("co_works", year, origin, destination, works, None, "works",
                 "openalex-coauthorship-2024")
            )  # fmt: skip
    names = ["indicator", "year", "origin", "destination", "value", "text", "unit", "source"]
    return pd.DataFrame(rows, columns=names)


def facts() -> pd.DataFrame:
    rows = []
    for country, gdp, people, works in (
        ("IND", 3.5e12, 1.4e9, 8000),
        ("RUS", 2.0e12, 1.44e8, 4000),
    ):
        rows += [
            ("gdp", 2013, country, gdp / 2, "USD", "worldbank-wdi-gdp"),
            ("gdp", 2023, country, gdp, "USD", "worldbank-wdi-gdp"),
            ("population", 2024, country, people, "persons", "worldbank-wdi-population"),
            ("co_works_international", 2023, country, works, "works",
             "openalex-coauthorship-2024"),
        ]  # fmt: skip
    for country, early, late in (("IND", -1.0, -0.5), ("RUS", -0.6, -0.8), ("USA", 2.0, 2.5)):
        rows += [
            ("ideal_point", 2009, country, early, "points", "un-ideal-points"),
            ("ideal_point", 2019, country, late, "points", "un-ideal-points"),
        ]
    rows += [
        ("migrants_hosted", 2024, "RUS", 8000.0, "persons", "un-desa-migrants-2024"),
        ("migrants_hosted", 2024, "IND", 120.0, "persons", "un-desa-migrants-2024"),
    ]
    names = ["indicator", "year", "country", "value", "unit", "source"]
    return pd.DataFrame(rows, columns=names)


def votes() -> tuple[pd.DataFrame, pd.DataFrame]:
    calls, cast = [], []
    for number in range(1, 41):
        year = 2010 + (number - 1) // 4
        unanimous = number % 4 == 0
        calls.append((number, year, year - 1945, None, None, "nuclear", unanimous, "un-votes"))
        # On the contested votes the two differ on one in three; the USA always opposes India.
        india = 1
        russia = 3 if number % 4 == 1 and not unanimous else 1
        usa = 1 if unanimous else 3
        for country, vote in (("IND", india), ("RUS", russia), ("USA", usa)):
            cast.append((country, number, vote, "un-votes"))
    rollcalls = pd.DataFrame(
        calls,
        columns=[
            "rollcall", "year", "session", "resolution", "important", "issues", "unanimous",
            "source",
        ],
    )  # fmt: skip
    return rollcalls, pd.DataFrame(cast, columns=["country", "rollcall", "vote", "source"])


def statements() -> pd.DataFrame:
    common = {"origin": "IND", "destination": "RUS", "unit": "USD", "source": "page-example"}
    return pd.DataFrame(
        [
            {"id": "CL-1", "claim": "Trade of about 68 billion", "indicator": "goods_trade_total",
             "period": "FY2024-25", "value": 70.0e6, "said_by": "A minister", **common},
            {"id": "CL-2", "claim": "Exports near 5 billion", "indicator": "goods_exports",
             "period": "FY2024-25", "value": 5.0e6, "said_by": "A paper", **common},
        ]
    )  # fmt: skip


def sources() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "id": list(SOURCES),
            "publisher": [f"Publisher of {name}" for name in SOURCES],
            "title": list(SOURCES),
            "licence": "invented",
            "citation": [f"Citation of {name}" for name in SOURCES],
            "redistributable": True,
        }
    )


def frames() -> dict[str, pd.DataFrame]:
    rollcalls, cast = votes()
    proximity = pd.DataFrame(
        [
            {"origin": a, "destination": b, "distance_km": 4500.0, "source": "cepii-geodist"}
            for a, b in (("IND", "RUS"), ("RUS", "IND"))
        ]
    )
    return {
        "flows": flows(),
        "ties": ties(),
        "facts": facts(),
        "proximity": proximity,
        "rollcalls": rollcalls,
        "votes": cast,
        "statements": statements(),
        "sources": sources(),
    }


@pytest.fixture(scope="session")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Return the small lake."""
    folder: Path = tmp_path_factory.mktemp("lake")
    return write(folder, frames(), built="2026-01-01")


@pytest.fixture(scope="session")
def dossier(toy: Store) -> Dossier:
    """Return India and Russia in the small lake."""
    return Dossier(toy, "IND", "RUS")


@pytest.fixture(scope="session")
def mirrored(toy: Store) -> Dossier:
    """Return Russia and India in the small lake: the same pair, named the other way round."""
    return Dossier(toy, "RUS", "IND")


def grow(folder: Path, *files: Path, **tables: pd.DataFrame) -> Store:
    """Write the small lake with publishers' files added, and other tables in place of its own."""
    parts = {name: [frame] for name, frame in {**frames(), **tables}.items()}
    named = {}
    for path in files:
        publisher, found = recognise(path)
        about = catalogue.source(found.catalogue)
        named[found.source] = {
            "id": found.source,
            "publisher": about.publisher,
            "title": found.what,
            "version": found.version,
            "licence": about.licence,
            "citation": about.citation,
            "redistributable": about.redistributable,
        }
        for name, frame in publisher.read(path, found).items():
            parts.setdefault(name, []).append(frame)
    near = parts["proximity"][0]
    also = {
        name for cell in near.get("also", pd.Series(dtype=str)).dropna() for name in cell.split(";")
    }
    used = {*near["source"], *also} - {""} | set(SOURCES)
    extra = pd.DataFrame(
        [{**sources().iloc[0], "id": name} for name in sorted(used - set(SOURCES))]
    )
    parts["sources"] += [pd.DataFrame(list(named.values())), extra]
    together = {
        name: pd.concat([p for p in some if len(p)], ignore_index=True)
        for name, some in parts.items()
    }
    return write(folder, together, built="2026-01-01")


def twice(*, basis: str | None = None) -> dict[str, pd.DataFrame]:
    """Return the small lake's tables with every figure there twice.

    Under two sources, or with `basis` under one: as the exporter's report and as the importer's.
    """
    tables = frames()
    for name in ("flows",) if basis else ("flows", "ties", "facts", "rollcalls", "votes"):
        other = {"basis": basis} if basis else {"source": "a-" + tables[name]["source"]}
        tables[name] = pd.concat([tables[name], tables[name].assign(**other)], ignore_index=True)
    if not basis:
        known = tables["sources"]
        tables["sources"] = pd.concat([known, known.assign(id="a-" + known["id"])])
    return tables


@pytest.fixture(scope="session")
def grown() -> Callable[..., Store]:
    """Return `grow`: the small lake with publishers' files added."""
    return grow


@pytest.fixture(scope="session")
def doubled(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Return the small lake with every figure under two sources."""
    return write(tmp_path_factory.mktemp("doubled"), twice(), built="2026-01-01")


@pytest.fixture(scope="session")
def both_reports(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Return the small lake with two reports of every flow in one source."""
    return write(tmp_path_factory.mktemp("both"), twice(basis="mirror"), built="2026-01-01")
