"""Goods trade in total: each way, balance, growth, shares, concentration of suppliers.

Every number comes from one source: a share divides two figures of the same source and year, and
series of different sources are never joined.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from comity import catalogue
from comity.delivery.entries import Entry, annual_growth, concentration
from comity.lake import GOODS_AND_SERVICES, TOTAL, Dossier, Flow
from comity.lake.memo import on_its_own
from comity.measure import Absence, Measure

PILLAR = "trade"
_GROWTH_SPAN = 10
_SHORTEST_SPAN = 2
_BASIS_ORDER = {"reconciled": 0, "reported": 1, "mirror": 2}


def history(dossier: Dossier) -> pd.DataFrame:
    """Return both directions over time, one row a source, year and direction.

    Columns: source, year, period, exporter, importer, product, value_usd, valuation, basis,
    revision. Rows of different sources are not comparable to the digit, and ``GS`` counts services
    too: a chart marks where one ends.
    """
    rows = dossier.between
    rows = rows[rows["product"].isin([TOTAL, GOODS_AND_SERVICES])]
    return rows.sort_values(["source", "year"]).reset_index(drop=True)


@on_its_own()
def goods(dossier: Dossier) -> tuple[Flow, ...]:
    """Return every goods total between the two, sorted by year."""
    rows = [
        flow
        for way in sorted(dossier.directions)
        for flow in dossier.flows.get(way, ())
        if flow.product == TOTAL
    ]
    return tuple(sorted(rows, key=lambda flow: flow.year))


def latest(dossier: Dossier) -> tuple[str, int] | None:
    """Return the source and calendar year of the headline figures, or None without any.

    The latest year in which either direction is recorded; between sources of that year the
    reconciled one.
    """
    flows = [flow for flow in goods(dossier) if flow.is_calendar]
    if not flows:
        return None
    newest = max(flows, key=lambda flow: (flow.year, -_BASIS_ORDER[flow.basis]))
    return newest.source, newest.year


def goods_exports(dossier: Dossier) -> list[Entry]:
    """Return goods sold each way in the headline year, and in fiscal years where reported.

    Where the newest source of all pairs lacks the two, that is stated, and an older source serves.
    """
    chosen = latest(dossier)
    entries: list[Entry] = _lacking(dossier, chosen)
    for exporter, importer in dossier.directions:
        if chosen is None:
            continue
        source, year = chosen
        flow = _flow(dossier, exporter, importer, source, year)
        if flow is None:
            entries.append(_not_recorded(dossier, exporter, importer, source, year))
            continue
        earlier = _flow(dossier, exporter, importer, source, year - 1)
        entries.append(_measure(flow, earlier))
    return entries + _fiscal_years(dossier)


def _lacking(dossier: Dossier, chosen: tuple[str, int] | None) -> list[Entry]:
    """State that the newest source of all pairs has nothing, where an older one had to serve."""
    newest = dossier.store.newest_totals
    if newest is None or newest == chosen:
        return []
    source, year = newest
    if (chosen is not None and chosen[1] >= year) or (dossier.until or year) < year:
        return []
    return [
        _not_recorded(dossier, exporter, importer, source, year)
        for exporter, importer in dossier.directions
    ]


def _fiscal_years(dossier: Dossier) -> list[Entry]:
    """Return the last two fiscal years of the newest source that reports in them."""
    flows = [flow for flow in goods(dossier) if not flow.is_calendar]
    if not flows:
        return []
    newest = flows[-1]
    entries: list[Entry] = []
    for exporter, importer in dossier.directions:
        for year in (newest.year - 1, newest.year):
            flow = _flow(dossier, exporter, importer, newest.source, year)
            if flow is not None:
                earlier = _flow(dossier, exporter, importer, newest.source, year - 1)
                entries.append(_measure(flow, earlier))
    return entries


def goods_trade_total(dossier: Dossier) -> list[Entry]:
    """Return the sum of both directions in the headline year, where both are recorded."""
    both = _both(dossier)
    if both is None:
        return []
    there, back = both
    return [_derived("goods_trade_total", there.value_usd + back.value_usd, there)]


def trade_balance(dossier: Dossier) -> list[Entry]:
    """Return the first country's exports less its imports; negative where it buys more."""
    both = _both(dossier)
    if both is None:
        return []
    there, back = both
    return [_derived("trade_balance", there.value_usd - back.value_usd, there)]


def trade_growth(dossier: Dossier) -> list[Entry]:
    """Return growth a year over the last ten years of the longest calendar series, each way.

    ``(last / first) ** (1 / years) - 1`` within one source.
    """
    entries: list[Entry] = []
    for exporter, importer in dossier.directions:
        series = _longest_series(dossier, exporter, importer)
        if series is None:
            continue
        first, last = series
        entries.append(
            Measure(
                pillar=PILLAR,
                indicator="trade_growth",
                origin=exporter,
                destination=importer,
                period=f"{first.year}/{last.year}",
                value=annual_growth(first.value_usd, last.value_usd, last.year - first.year),
                unit="share a year",
                source=last.source,
                flags=("nominal",),
                note="Growth a year in current dollars, within one source.",
            )
        )
    return entries


def _longest_series(dossier: Dossier, exporter: str, importer: str) -> tuple[Flow, Flow] | None:
    """Return first and last year of the newest calendar series, at most ten years apart.

    A series is one source's and of one basis: what one side reported and what the other did are two
    series.
    """
    by_source: dict[tuple[str, str], list[Flow]] = {}
    for flow in goods(dossier):
        direction = (flow.exporter, flow.importer) == (exporter, importer)
        if direction and flow.is_calendar and flow.value_usd > 0:
            by_source.setdefault((flow.source, flow.basis), []).append(flow)
    candidates = []
    for (_, basis), flows in by_source.items():
        last = flows[-1]
        first = next(flow for flow in flows if flow.year >= last.year - _GROWTH_SPAN)
        if last.year - first.year >= _SHORTEST_SPAN:
            order = (last.year, len(flows), -_BASIS_ORDER[basis])
            candidates.append((order, first, last))
    if not candidates:
        return None
    _, first, last = max(candidates, key=lambda candidate: candidate[0])
    return first, last


def export_share(dossier: Dossier) -> list[Entry]:
    """Return the importer's share in the exporter's goods exports to all, each way."""
    return _shares(dossier, "export_share", side="exporter")


def import_share(dossier: Dossier) -> list[Entry]:
    """Return the exporter's share in the importer's goods imports from all, each way."""
    return _shares(dossier, "import_share", side="importer")


def customer_rank(dossier: Dossier) -> list[Entry]:
    """Return the importer's place among the exporter's customers, each way; 1 is the largest."""
    return _ranks(dossier, "customer_rank", side="exporter")


def supplier_rank(dossier: Dossier) -> list[Entry]:
    """Return the exporter's place among the importer's suppliers, each way; 1 is the largest."""
    return _ranks(dossier, "supplier_rank", side="importer")


def supplier_hhi(dossier: Dossier) -> list[Entry]:
    """Return the concentration of each country's suppliers, the sum of squared import shares."""
    chosen = latest(dossier)
    if chosen is None:
        return []
    entries: list[Entry] = []
    for country in (dossier.a, dossier.b):
        partners = _partners(dossier, country, "importer", *chosen)
        if partners.sum() > 0:
            entries.append(
                Measure(
                    pillar="dependence",
                    indicator="supplier_hhi",
                    origin=country,
                    destination="",
                    period=str(chosen[1]),
                    value=concentration(partners),
                    unit="index",
                    source=chosen[0],
                    note=f"Over {len(partners)} suppliers; 0 spread, 1 all from one.",
                )
            )
    return entries


def _flow(dossier: Dossier, exporter: str, importer: str, source: str, year: int) -> Flow | None:
    """Return a source's figure; where it has both reports, the exporter's."""
    wanted = (exporter, importer, source, year)
    found = [
        flow
        for flow in goods(dossier)
        if (flow.exporter, flow.importer, flow.source, flow.year) == wanted
    ]
    return min(found, key=lambda flow: _BASIS_ORDER[flow.basis], default=None)


def _both(dossier: Dossier) -> tuple[Flow, Flow] | None:
    chosen = latest(dossier)
    if chosen is None:
        return None
    there = _flow(dossier, dossier.a, dossier.b, *chosen)
    back = _flow(dossier, dossier.b, dossier.a, *chosen)
    return None if there is None or back is None else (there, back)


@on_its_own()
def _all_partners(dossier: Dossier, source: str, year: int) -> pd.DataFrame:
    return dossier.partners(source, year)


def _partners(dossier: Dossier, country: str, side: str, source: str, year: int) -> pd.Series:
    """Return a country's flows to (side exporter) or from (side importer) each partner."""
    rows = _all_partners(dossier, source, year)
    return rows.loc[rows[side] == country, "value_usd"]


def _among_partners(dossier: Dossier, side: str) -> Iterator[tuple[Flow, pd.Series]]:
    """Return each direction's flow, and the flows to or from all partners that it is one of."""
    chosen = latest(dossier)
    if chosen is None:
        return
    for exporter, importer in dossier.directions:
        flow = _flow(dossier, exporter, importer, *chosen)
        if flow is not None:
            whose = exporter if side == "exporter" else importer
            yield flow, _partners(dossier, whose, side, *chosen)


def _shares(dossier: Dossier, indicator: str, side: str) -> list[Entry]:
    return [
        Measure(
            pillar="dependence",
            indicator=indicator,
            origin=flow.exporter,
            destination=flow.importer,
            period=flow.period,
            value=flow.value_usd / float(partners.sum()),
            unit="share",
            source=flow.source,
            flags=(flow.basis,),
            note=f"Of the goods trade that the source records, with {len(partners)} partners; "
            "trade between two countries that had not yet reported is missing.",
        )
        for flow, partners in _among_partners(dossier, side)
        if partners.sum() > 0
    ]


def _ranks(dossier: Dossier, indicator: str, side: str) -> list[Entry]:
    return [
        Measure(
            pillar="dependence",
            indicator=indicator,
            origin=flow.exporter,
            destination=flow.importer,
            period=flow.period,
            value=float(int((partners > flow.value_usd).sum()) + 1),
            unit="rank",
            source=flow.source,
            note=f"Among {len(partners)} partners.",
        )
        for flow, partners in _among_partners(dossier, side)
        if flow.value_usd > 0
    ]


def _measure(flow: Flow, earlier: Flow | None) -> Measure:
    return Measure(
        pillar=PILLAR,
        indicator="goods_exports",
        origin=flow.exporter,
        destination=flow.importer,
        period=flow.period,
        value=flow.value_usd,
        unit="USD",
        source=flow.source,
        previous=None if earlier is None else earlier.value_usd,
        previous_period="" if earlier is None else earlier.period,
        flags=flow.flags,
    )


def _derived(indicator: str, value: float, there: Flow) -> Measure:
    return Measure(
        pillar=PILLAR,
        indicator=indicator,
        origin=there.exporter,
        destination=there.importer,
        period=there.period,
        value=value,
        unit="USD",
        source=there.source,
        flags=(there.basis,),
    )


def _not_recorded(
    dossier: Dossier, exporter: str, importer: str, source: str, year: int
) -> Absence:
    """State a gap, and whether the source lacks the flow or a whole country."""
    known = _all_partners(dossier, source, year)
    covered = set(known["exporter"]) | set(known["importer"])
    lacking = [catalogue.country(code).name for code in (exporter, importer) if code not in covered]
    reason = (
        f"The source does not cover {' and '.join(lacking)}."
        if lacking
        else f"No flow in this direction is recorded for {year}; that is not a zero."
    )
    return Absence(
        pillar=PILLAR,
        indicator="goods_exports",
        origin=exporter,
        destination=importer,
        source=source,
        reason=reason,
    )
