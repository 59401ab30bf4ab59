"""What two countries could sell each other, as a section of a brief and as sentences."""

from __future__ import annotations

import math

import pandas as pd

from comity import catalogue
from comity.brief import text
from comity.brief.charts import opportunities as charts
from comity.brief.charts.theme import Pair
from comity.brief.content import Chart, Section
from comity.errors import NoDataError
from comity.lake import Dossier
from comity.measure import Absence, Measure
from comity.potential.opportunities import Opportunities, opportunities
from comity.potential.world import world_of

PILLAR = "opportunities"


def section(dossier: Dossier, *, draw: bool = True) -> Section | None:
    """Return both directions as one section; what cannot be computed is a stated gap.

    None where the lake is read as of a year before its table of every country's trade.
    """
    store, a, b, year = dossier.store, dossier.a, dossier.b, dossier.until
    measures: list[Measure] = []
    gaps: list[Absence] = []
    drawn: list[Chart | None] = []
    notes: list[str] = []
    pair = Pair(catalogue.country(a), catalogue.country(b))
    for exporter, importer in ((a, b), (b, a)):
        try:
            if year is not None and world_of(store).year > year:
                return None
            found = opportunities(store, exporter, importer, new=False, dossier=dossier)
        except NoDataError as error:
            gaps.append(_gap(exporter, importer, "export_potential", error.message))
            continue
        measures += measures_of(found)
        gaps += _gaps(found)
        if draw:
            drawn.append(charts.potential(pair, found))
        notes += found.notes
    return Section(
        pillar=PILLAR,
        title=catalogue.pillar(PILLAR).name,
        measures=tuple(measures),
        absences=tuple(gaps),
        charts=tuple(chart for chart in drawn if chart is not None),
        notes=tuple(dict.fromkeys(notes)),
    )


def measures_of(found: Opportunities) -> list[Measure]:
    """Return the totals of one direction, and its ease, as measures."""
    pair = found.ease
    also = tuple(s for s in found.sources if s != found.source)
    rows: list[tuple[str, float, str, str]] = [
        (
            "export_potential",
            found.total("potential_normal"),
            "USD",
            "At normal ease (1): market shares times demand, product by product.",
        ),
        (
            "unrealised_potential",
            found.total("unrealised_normal"),
            "USD",
            "Sum over products of potential at normal ease less what is sold, where positive.",
        ),
        (
            "unrealised_at_ease",
            found.total("unrealised"),
            "USD",
            f"The same at the ease of {found.ease.period}, {pair.used:.2f}.",
        ),
        (
            "trade_ease",
            pair.actual,
            "index",
            "Goods trade over what shares in products suggest, times closeness to the usual "
            "suppliers' distance; 1 is normal.",
        ),
        (
            "trade_ease_without_fuels",
            pair.without_fuels,
            "index",
            f"With HS 27 left out, {text.share(pair.fuels)} of this direction."
            if not math.isnan(pair.fuels)
            else "",
        ),
    ]
    return [
        Measure(
            pillar=PILLAR,
            indicator=indicator,
            origin=found.exporter.iso3,
            destination=found.importer.iso3,
            period=found.period,
            value=value,
            unit=unit,
            source=found.source,
            also=also,
            flags=("estimate",),
            note=note,
        )
        for indicator, value, unit, note in rows
        if not math.isnan(value)
    ]


def sentences(found: Opportunities, named: tuple[str, ...] = ()) -> list[str]:
    """Return what the table of one direction says, and what it cannot say."""
    seller, buyer = found.exporter.with_article, found.importer.with_article
    normal = text.money(found.total("potential_normal"))
    said = [
        f"World market shares and demand of {found.period} suggest that {seller} sells {buyer} "
        f"{normal} of goods a year at normal ease"
        + (
            f"; it sold {text.money(found.total('actual'))} in {text.period(found.actual_period)}."
            if found.knows_actual
            else "."
        ),
        *_ease(found),
    ]
    if found.knows_actual:
        room = found.products.sort_values("unrealised_normal", ascending=False)
        room = room[room["unrealised_normal"] > 0].head(4)
        if len(room):
            parts = [
                f"{row['label'].lower()} ({text.money(row['unrealised_normal'], short=True)})"
                for _, row in room.iterrows()
            ]
            said.append(
                f"Unused at normal ease: {text.money(found.total('unrealised_normal'))}, most of "
                f"it in {text.listed(parts)}."
            )
        over = found.products[found.products["actual"] > found.products["potential_normal"]]
        share = over["actual"].sum() / found.total("actual") if found.total("actual") else 0.0
        said.append(
            f"{text.share(float(share))} of what is sold is in products that already pass that "
            "benchmark."
        )
    best = found.new["label"].head(3)
    if len(best):
        said.append(
            f"New products nearest to what {seller} makes and {buyer} buys: "
            f"{text.listed([name.lower() for name in best])}."
        )
    for _, row in found.named(named).iterrows() if named else ():
        said.append(_named(row, found))
    return [sentence[:1].upper() + sentence[1:] for sentence in said]


def _ease(found: Opportunities) -> list[str]:
    pair = found.ease
    if math.isnan(pair.actual):
        return []
    words = (
        f"ease was {pair.actual:.2f} in {pair.period}: trade {pair.trade:.2f} times what shares in "
        f"products suggest, times {pair.distance:.2f} for distance"
    )
    if not math.isnan(pair.without_fuels):
        words += f"; without HS 27 it was {pair.without_fuels:.2f}"
    return [f"{words}."]


def _named(row: pd.Series, found: Opportunities) -> str:
    name = str(row["label"])
    amount = text.money(float(row["potential_normal"]), short=True)
    if not found.knows_actual:
        return f"{name}: potential {amount} at normal ease; what is sold is unknown."
    sold = text.money(float(row["actual"]), short=True)
    if not row["unrealised_normal"] > 0:
        return f"{name}: {sold} sold against a benchmark of {amount}; no unused room at this level."
    room = text.money(float(row["unrealised_normal"]), short=True)
    return (
        f"{name}: {sold} sold against a benchmark of {amount}; {room} unused, "
        f"{text.ordinal(float(row['rank_normal']))} of {len(found.sectors)} sectors."
    )


def _gaps(found: Opportunities) -> list[Absence]:
    gaps: list[Absence] = []
    ends = (found.exporter.iso3, found.importer.iso3)
    if not found.knows_actual:
        gaps.append(
            _gap(
                *ends,
                "unrealised_potential",
                "No source in the lake splits trade between the two by product.",
            )
        )
    if math.isnan(found.ease.actual):
        gaps.append(
            _gap(*ends, "trade_ease", "The lake has no total of this direction; not a zero.")
        )
    return gaps


def _gap(exporter: str, importer: str, indicator: str, reason: str) -> Absence:
    return Absence(
        pillar=PILLAR,
        indicator=indicator,
        origin=exporter,
        destination=importer,
        source="",
        reason=reason,
    )
