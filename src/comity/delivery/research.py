"""Research together: works with authors in both countries."""

from __future__ import annotations

import pandas as pd

from comity.delivery.entries import Entry, annual_growth
from comity.delivery.latest import tie_rows
from comity.lake import Dossier
from comity.lake.memo import on_its_own
from comity.measure import Absence, Measure

PILLAR = "research"
_SPAN = 10


@on_its_own()
def series(dossier: Dossier, indicator: str = "co_works") -> pd.DataFrame:
    """Return works with authors in both, by year: year, value, source, share_a, share_b.

    The shares are of each side's international works in that year, by the same source; NaN where
    that does not say.
    """
    rows = tie_rows(dossier, indicator)
    facts = dossier.facts_of(indicator.replace("co_works", "co_works_international"))
    facts = facts[facts["source"].isin(rows["source"])]
    result = rows[["year", "value", "source"]].reset_index(drop=True)
    for name, country in (("share_a", dossier.a), ("share_b", dossier.b)):
        works = facts[facts["country"] == country].set_index("year")["value"]
        total = result["year"].map(works)
        result[name] = (result["value"] / total).where(total > 0)
    return result


def co_works(dossier: Dossier) -> list[Entry]:
    """Return co-authored works in the latest years, with the same ten years before."""
    rows = series(dossier)
    if rows.empty:
        return [
            Absence(
                pillar=PILLAR,
                indicator="co_works",
                origin=dossier.a,
                destination=dossier.b,
                source="openalex-coauthorship-2024",
                reason="The source lists no work with authors in both.",
            )
        ]
    by_year = rows.set_index("year")["value"]
    source = str(rows["source"].iloc[0])
    return [
        Measure(
            pillar=PILLAR,
            indicator="co_works",
            origin=dossier.a,
            destination=dossier.b,
            period=str(year),
            value=float(by_year[year]),
            unit="works",
            source=source,
            previous=_value_at(by_year, year - _SPAN),
            previous_period=str(year - _SPAN) if year - _SPAN in by_year.index else "",
        )
        for year in sorted(by_year.index)[-2:]
    ]


def co_works_few_authors(dossier: Dossier) -> list[Entry]:
    """Return co-authored works without those of giant collaborations, where the lake has them."""
    rows = series(dossier, "co_works_few_authors")
    return [
        Measure(
            pillar=PILLAR,
            indicator="co_works_few_authors",
            origin=dossier.a,
            destination=dossier.b,
            period=str(row["year"]),
            value=float(row["value"]),
            unit="works",
            source=str(row["source"]),
            note="Works of many authors left out: one of them ties hundreds of countries.",
        )
        for _, row in rows.tail(1).iterrows()
    ]


def co_works_share(dossier: Dossier) -> list[Entry]:
    """Return the share of the joint works in each side's international works."""
    rows = series(dossier)
    entries: list[Entry] = []
    for name, country, other in (
        ("share_a", dossier.a, dossier.b),
        ("share_b", dossier.b, dossier.a),
    ):
        shares = rows.dropna(subset=[name]).set_index("year")[name]
        if shares.empty:
            continue
        year = int(shares.index[-1])
        entries.append(
            Measure(
                pillar=PILLAR,
                indicator="co_works_share",
                origin=country,
                destination=other,
                period=str(year),
                value=float(shares[year]),
                unit="share",
                source=str(rows["source"].iloc[0]),
                previous=_value_at(shares, year - _SPAN),
                previous_period=str(year - _SPAN) if year - _SPAN in shares.index else "",
                note="Of the country's works with authors in any other country.",
            )
        )
    return entries


def co_works_growth(dossier: Dossier) -> list[Entry]:
    """Return growth a year of the joint works over the last ten years of the series."""
    rows = series(dossier)
    rows = rows[rows["year"] >= rows["year"].max() - _SPAN] if len(rows) else rows
    if len(rows) < 2 or rows["value"].iloc[0] <= 0:
        return []
    first, last = rows.iloc[0], rows.iloc[-1]
    return [
        Measure(
            pillar=PILLAR,
            indicator="co_works_growth",
            origin=dossier.a,
            destination=dossier.b,
            period=f"{first['year']}/{last['year']}",
            value=annual_growth(
                float(first["value"]), float(last["value"]), int(last["year"] - first["year"])
            ),
            unit="share a year",
            source=str(last["source"]),
        )
    ]


def _value_at(series: pd.Series, year: int) -> float | None:
    return float(series[year]) if year in series.index else None
