"""What a simulation says, in sentences: each names its tier, its band and its assumption."""

from __future__ import annotations

from comity import catalogue
from comity.brief import text
from comity.potential.simulation import Kind, Simulation
from comity.potential.simulation.scenario import Side

_DECIMALS = 4
# Initials that are spoken as a word have no article.
_WORDS = frozenset({"ASEAN", "BRICS", "MERCOSUR", "NATO", "OPEC", "SAARC", "APEC", "BIMSTEC"})


def sentences(found: Simulation) -> list[str]:
    """Return the findings of a simulation, the world's answer first."""
    return [
        *found.notes,
        *_flows(found),
        _welfare(found),
        _third(found),
        *_partial(found),
        *_products(found),
    ]


def percent(change: float, digits: int = 2) -> str:
    """Write a relative change with its sign, to ten-thousandths of a per cent at most.

    Examples
    --------
    >>> percent(0.000146), percent(-0.0123), percent(-0.00000241), percent(-0.0000000071)
    ('+0.015 %', '−1.2 %', '−0.0002 %', '0.0000 %')
    """
    if abs(change) < 5e-7:
        return "0.0000 %"
    sign, size = "+" if change > 0 else text.MINUS, abs(change) * 100
    written = text.number(size, digits)
    if len(written.partition(".")[2]) > _DECIMALS:
        written = f"{size:.{_DECIMALS}f}"
    return f"{sign}{written} %"


def _flows(found: Simulation) -> list[str]:
    sides = {side.id: side for side in (found.scenario.a, found.scenario.b)}
    parts = []
    for row in found.worldwide.sides.to_dict("records"):
        seller, buyer = sides[str(row["seller"])], sides[str(row["buyer"])]
        before, after = float(row["before"]), float(row["after"])
        words = (
            f"{text.possessive(short(seller))} sales to {short(buyer)} would be "
            f"{text.money(after)} instead of {text.money(before)} ({percent(after / before - 1)}"
        )
        if found.worldwide.draws:
            low, high = float(row["low"]) / before - 1, float(row["high"]) / before - 1
            words += f"; 95 % of draws {percent(low)} to {percent(high)}"
        parts.append(words + ")")
    opening = f"Tier 3: with {found.scenario.words}, "
    return [f"{opening}{text.listed(parts)}, by the trade of {found.world.year}."]


def _welfare(found: Simulation) -> str:
    rows = found.worldwide.countries
    members = rows[rows["role"] != "third"].sort_values("spending", ascending=False).head(4)
    parts = []
    for row in members.itertuples():
        name = catalogue.country(str(row.code)).name
        low, high = float(str(row.low)), float(str(row.high))
        band = f" ({percent(low)} to {percent(high)})" if found.worldwide.draws else ""
        parts.append(f"{name} {percent(float(str(row.welfare)))}{band}")
    return f"Tier 3, real income: {text.listed(parts)}."


def _third(found: Simulation) -> str:
    rows = found.worldwide.countries
    third = rows[rows["role"] == "third"]
    weight = third["spending"]
    mean = float((third["welfare"] * weight).sum() / weight.sum())
    ordered = third.sort_values("welfare")
    worst, best = ordered.iloc[0], ordered.iloc[-1]
    names = [catalogue.country(str(row["code"])).name for row in (worst, best)]
    return (
        f"Tier 3, third countries: {percent(mean)} together; {names[0]} "
        f"{percent(float(str(worst['welfare'])))} at one end, {names[1]} "
        f"{percent(float(best['welfare']))} at the other."
    )


def _partial(found: Simulation) -> list[str]:
    effect = found.effect
    if effect is None:
        return []
    low, high = effect.interval
    which = "" if effect.depth == "any" else f" {effect.depth}"
    band = f"95 % interval {percent(low, 3)} to {percent(high, 3)}"
    return [
        f"Tier 2: the{which} agreements of {text.period(effect.years)} changed trade between their "
        f"members by {percent(effect.change, 3)} ({band}), with all else alike; no product, tariff "
        "or answer of others is in this figure."
    ]


def _products(found: Simulation) -> list[str]:
    rows = found.products.rows
    if rows.empty:
        return [f"Tier 1: {found.products.absent}"]
    lines = []
    for seller, buyer in (
        (found.scenario.a, found.scenario.b),
        (found.scenario.b, found.scenario.a),
    ):
        mine = rows[rows["exporter"].isin(seller.members) & rows["importer"].isin(buyer.members)]
        if mine.empty:
            continue
        change, base = float(mine["change"].sum()), float(mine["imports"].sum())
        by_product = mine[mine["product"] != "TOTAL"].groupby("label")["change"].sum()
        led = by_product.reindex(by_product.abs().sort_values(ascending=False).index).head(3)
        words = (
            f"Tier 1: through tariffs alone, sales of {short(seller)} to {short(buyer)} would "
            f"change by {_signed(change)} of {text.money(base)}"
        )
        diverted = float(mine["diversion"].sum())
        if abs(change) > 0:
            words += f", {text.share(diverted / change)} of it at the cost of other suppliers"
        if found.scenario.kind in (Kind.raise_, Kind.withdrawal):
            words = words.replace("at the cost", "to the gain")
        if len(led):
            names = [f"{str(n).lower()} ({_signed(float(v), short=True)})" for n, v in led.items()]
            words += f"; most in {text.listed(names)}"
        lines.append(words + ".")
    duties = rows.groupby("importer")["revenue"].sum()
    parts = [
        f"{side.said} {_signed(float(total))}"
        for side in (found.scenario.a, found.scenario.b)
        if (total := duties[duties.index.isin(side.members)].sum())
    ]
    if parts:
        lines.append(
            f"Tier 1, duties collected: {text.listed(parts)} a year; tier 3 does not count them."
        )
    return lines


def short(side: Side) -> str:
    """Return a side's name for a sentence: a bloc by its initials."""
    if side.id in _WORDS:
        return side.id
    return f"the {side.id}" if catalogue.is_bloc(side.id) else side.said


def _signed(value: float, *, short: bool = False) -> str:
    written = text.money(value, short=short)
    return f"+{written}" if value > 0 else written
