"""What the embedded data must satisfy before it is written, and what its sources lack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from comity import catalogue
from comity.lake.schema import GOODS_AND_SERVICES, TOTAL, WORLD
from comity.sources import cepii, oec, penppml, tradestat, tradestat_partners, usitc

_Tables = Mapping[str, pd.DataFrame]

# Statuses of the catalogue that count as a country when gaps are listed.
_SOVEREIGN = ("member", "observer", "partial")

# (what, source, exporter, importer, year, product, US dollars as the publisher prints it)
_FLOWS = (
    ("BACI 2023", cepii.BACI, "IND", "RUS", 2023, TOTAL, 4.054e9),
    ("BACI 2023", cepii.BACI, "RUS", "IND", 2023, TOTAL, 66.149e9),
    ("ITPD-E 2010", usitc.ITPDE, "IND", "RUS", 2010, GOODS_AND_SERVICES, 2.435e9),
    ("ITPD-E 2010", usitc.ITPDE, "RUS", "IND", 2010, GOODS_AND_SERVICES, 4.445e9),
    ("penppml 2016", penppml.TRADE, "IND", "RUS", 2016, TOTAL, 1.810e9),
    ("EIDB FY2024-25", tradestat.EIDB, "RUS", "IND", 2024, TOTAL, 63.811e9),
    ("EIDB FY2024-25", tradestat.EIDB, "IND", "RUS", 2024, TOTAL, 4.881e9),
    ("EIDB FY2024-25, HS 27", tradestat.EIDB, "RUS", "IND", 2024, "27", 56.873e9),
    ("EIDB FY2025-26", tradestat.EIDB, "RUS", "IND", 2025, TOTAL, 55.370e9),
    ("EIDB FY2025-26", tradestat.EIDB, "IND", "RUS", 2025, TOTAL, 4.494e9),
    ("MEIDB FY2018-19", tradestat_partners.MONTHLY, "IND", "RUS", 2018, TOTAL, 2.390e9),
    ("FY2017-18", tradestat_partners.COMMODITIES, "IND", "RUS", 2017, TOTAL, 2.113e9),
    ("FY2018-19", tradestat_partners.COMMODITIES, "IND", "RUS", 2018, TOTAL, 2.390e9),
    ("FY2019-20", tradestat_partners.COMMODITIES, "IND", "RUS", 2019, TOTAL, 3.018e9),
    ("FY2021-22", tradestat_partners.COMMODITIES, "IND", "RUS", 2021, TOTAL, 3.255e9),
    ("FY2022-23", tradestat_partners.COMMODITIES, "IND", "RUS", 2022, TOTAL, 3.147e9),
    ("OEC 2024", oec.CHAPTERS, "IND", WORLD, 2024, TOTAL, 459e9),
    ("OEC 2024", oec.CHAPTERS, WORLD, "IND", 2024, TOTAL, 689e9),
    ("OEC 2024", oec.CHAPTERS, "RUS", WORLD, 2024, TOTAL, 377e9),
    ("OEC 2024, HS 27", oec.CHAPTERS, "RUS", WORLD, 2024, "27", 235e9),
    ("OEC sections", oec.SECTIONS, "IND", WORLD, 2021, TOTAL, 403e9),
    ("OEC sections", oec.SECTIONS, "RUS", WORLD, 2021, TOTAL, 484e9),
    ("OEC sections", oec.SECTIONS, "CHN", WORLD, 2021, TOTAL, 3339e9),
)
_TIES = (
    ("migrants", "IND", "RUS", 2024, 7456),
    ("migrants", "RUS", "IND", 2024, 640),
    ("co_works", "IND", "RUS", 2022, 2386),
    ("co_works", "RUS", "IND", 2023, 2186),
)
_LINE = 0.006e6  # a chapter is printed to 0.01 million dollars
_TOTAL_LINE = 0.06e6  # a partner's total to 0.1 million


@dataclass(frozen=True, slots=True)
class Check:
    """One check: what was expected, what was found."""

    name: str
    expected: str
    found: str
    passed: bool


def run_checks(tables: _Tables) -> list[Check]:
    """Set the tables against what their publishers print, and against themselves."""
    return [
        *_world_totals(tables),
        *_spot_values(tables),
        *_sums(tables["flows"]),
        *_symmetry(tables),
        *_votes(tables),
    ]


def find_gaps(tables: _Tables) -> dict[str, dict[str, list[str]]]:
    """Return, by source and table, the sovereign countries that it has no row on."""
    sovereign = [
        country.iso3
        for country in catalogue.list_countries(current=True)
        if country.status in _SOVEREIGN
    ]
    gaps: dict[str, dict[str, list[str]]] = {}
    for name, sides in (
        ("flows", ("exporter", "importer")),
        ("ties", ("origin", "destination")),
        ("facts", ("country",)),
        ("proximity", ("origin",)),
        ("votes", ("country",)),
    ):
        for source, rows in tables[name].groupby("source"):
            for side in sides:
                present = set(rows[side]) | _reporter(rows, sides)
                if len(present) > 2 * len(sovereign) // 5:
                    lacking = [code for code in sovereign if code not in present]
                    gaps.setdefault(str(source), {})[f"{name}.{side}"] = lacking
    return gaps


def _reporter(rows: pd.DataFrame, sides: tuple[str, ...]) -> set[str]:
    """Return the country that all rows are about, if any: it is no partner of its own."""
    one, other = rows[sides[0]], rows[sides[-1]]
    return {
        code for code in (one.iloc[0], other.iloc[0]) if ((one == code) | (other == code)).all()
    }


def _world_totals(tables: _Tables) -> Iterator[Check]:
    flows, facts = tables["flows"], tables["facts"]
    baci = flows[flows["source"] == cepii.BACI]
    yield _near("world goods trade 2023, BACI", 21.75e12, baci["value_usd"].sum(), 0.001)
    countries = len(set(baci["exporter"]) | set(baci["importer"]))
    yield Check("countries in BACI 2023", "194", str(countries), countries == 194)
    totals = flows[(flows["source"] == oec.CHAPTERS) & (flows["product"] == TOTAL)]
    for side, name in (("importer", "exports"), ("exporter", "imports")):
        total = totals.loc[totals[side] == WORLD, "value_usd"].sum()
        yield _near(f"world goods {name} 2024, OEC", 22.8e12, total, 0.003)
    for indicator, year, expected in (
        ("migrants_hosted", 2024, 304e6),
        ("population", 2023, 8.06e9),
        ("gdp", 2023, 105.4e12),
    ):
        # WDI has no Taiwan, and no recent figure for a few others, but counts them in the world.
        lacking = 0.0 if indicator == "migrants_hosted" else 0.02
        rows = facts[(facts["indicator"] == indicator) & (facts["year"] == year)]
        world = rows["country"] == WORLD
        printed = rows.loc[world, "value"].sum()
        yield _near(f"world {indicator} {year}", expected, printed, 0.001)
        summed = rows.loc[~world, "value"].sum()
        yield _near(f"countries' {indicator} {year}, added", printed, summed, lacking)


def _spot_values(tables: _Tables) -> Iterator[Check]:
    flows, ties = tables["flows"], tables["ties"]
    key = ["source", "exporter", "importer", "year", "product"]
    wanted = flows[flows["source"].isin({row[1] for row in _FLOWS})]
    wanted = wanted[wanted["exporter"].isin(["IND", "RUS", "CHN", WORLD])]
    values = wanted.set_index(key)["value_usd"]
    for what, source, exporter, importer, year, product, expected in _FLOWS:
        found = values.get((source, exporter, importer, year, product))
        yield _near(f"{what}: {exporter} to {importer}", expected, found, 0.002)
    pair = ties[ties["origin"].isin(["IND", "RUS"]) & ties["destination"].isin(["IND", "RUS"])]
    counts = pair.set_index(["indicator", "origin", "destination", "year"])["value"]
    for indicator, origin, destination, year, expected in _TIES:
        found = counts.get((indicator, origin, destination, year))
        yield _near(f"{indicator} {year}: {origin} to {destination}", expected, found, 0.0)


def _sums(flows: pd.DataFrame) -> Iterator[Check]:
    """Check that the parts of a country's trade add up to the total that is printed beside them."""
    for source, line, total_line in (
        (oec.CHAPTERS, 1.0, 1.0),
        (tradestat.EIDB, _LINE, _TOTAL_LINE),
    ):
        rows = flows[flows["source"] == source]
        key = ["year", "exporter", "importer"]
        totals = rows[rows["product"] == TOTAL].set_index(key)["value_usd"]
        parts = rows[rows["product"] != TOTAL].groupby(key)["value_usd"].agg(["sum", "count"])
        off = (parts["sum"] - totals).abs()
        worst = off.max()
        passed = len(parts) == len(totals) and bool(
            (off <= parts["count"] * line + total_line).all()
        )
        yield Check(
            f"chapters add up to totals, {source}",
            "within rounding",
            f"{len(totals)} totals, at most {worst:,.0f} USD off",
            passed,
        )


def _symmetry(tables: _Tables) -> Iterator[Check]:
    names = [
        "distance_km",
        "distance_cities_km",
        "distance_capitals_km",
        "contiguous",
        "common_official_language",
        "common_ethnic_language",
        "common_spoken_language",
        "colonial_tie",
        "common_colonizer",
    ]
    proximity = tables["proximity"]
    for name in names:
        table = proximity.rename(columns={name: "value"})
        yield _symmetric(name, table[["origin", "destination", "value"]].dropna(), [])
    apart = proximity[proximity["origin"] != proximity["destination"]]
    index = apart["common_spoken_language"].dropna()
    span = f"{index.min():.3f} to {index.max():.3f}"
    # Above one where two countries share several languages that most of their people speak.
    yield Check("common spoken language", "0 to 2", span, bool(index.between(0, 2).all()))
    ties = tables["ties"]
    yield _symmetric("co_works", ties[ties["indicator"] == "co_works"], ["year"])


def _symmetric(name: str, rows: pd.DataFrame, also: list[str]) -> Check:
    key = ["origin", "destination", *also]
    one = rows.set_index(key)["value"].astype(float)
    names = {"origin": "destination", "destination": "origin"}
    other = rows.rename(columns=names).set_index(key)["value"].astype(float)
    off = (one - other.reindex(one.index)).abs()
    wrong = int((off.isna() | (off > 0)).sum())
    return Check(f"{name} is symmetric", "0 rows differ", f"{wrong} of {len(one):,}", wrong == 0)


def _votes(tables: _Tables) -> Iterator[Check]:
    votes, calls = tables["votes"], tables["rollcalls"]
    taken = len(set(votes["rollcall"]))
    listed = len(calls)
    yield Check(
        "roll calls with votes", f"of {listed:,} listed", f"{taken:,}", 0 <= listed - taken <= 2
    )
    years = votes.merge(calls[["rollcall", "year"]], on="rollcall")
    soviet = years.loc[years["country"] == "SUN", "year"].max()
    russian = years.loc[years["country"] == "RUS", "year"].min()
    yield Check(
        "the Soviet Union votes until 1991, Russia from 1992",
        "1991, 1992",
        f"{soviet}, {russian}",
        (soviet, russian) == (1991, 1992),
    )


def _near(name: str, expected: float, found: float | None, tolerance: float) -> Check:
    if found is None:
        return Check(name, f"{expected:,.0f}", "missing", passed=False)
    passed = abs(found - expected) <= tolerance * abs(expected)
    return Check(name, f"{expected:,.0f}", f"{found:,.0f}", bool(passed))
