"""Puts one pair together: every indicator of every pillar, the findings, the sources."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

from comity import catalogue
from comity.brief import carriers, charts, logistics, opportunities, settlement, yardstick
from comity.brief.content import Brief, Chart, Section
from comity.brief.findings import MOST, findings
from comity.brief.promises.section import promised
from comity.delivery import (
    bonds,
    defence,
    dependence,
    diplomacy,
    events,
    investment,
    manufacturing,
    mirror,
    outlook,
    people,
    products,
    published,
    research,
    size,
    trade,
)
from comity.delivery.entries import Entry, absences, measures
from comity.errors import LakeError, NoDataError, UsageError
from comity.intent.ledger import Ledger
from comity.lake import Dossier, Store
from comity.measure import Measure

Indicator = Callable[[Dossier], list[Entry]]
Begin = Callable[[Iterable[Chart]], object]

PILLARS: dict[str, tuple[Indicator, ...]] = {
    "size": (
        size.gdp,
        outlook.gdp_growth,
        outlook.gdp_projection,
        size.population,
        outlook.population_projection,
        size.distance,
    ),
    "trade": (
        trade.goods_exports,
        trade.goods_trade_total,
        trade.trade_balance,
        trade.trade_growth,
        mirror.mirror_asymmetry,
    ),
    "products": (
        products.goods_exports_hs2,
        products.goods_exports_sector,
        products.product_hhi,
        products.complementarity,
    ),
    "dependence": (
        trade.export_share,
        trade.import_share,
        trade.customer_rank,
        trade.supplier_rank,
        trade.supplier_hhi,
        dependence.import_share_hs2,
        dependence.export_share_hs2,
        dependence.asymmetry,
    ),
    "manufacturing": (
        manufacturing.intra_industry,
        manufacturing.parts_share,
        manufacturing.licensed_production,
    ),
    "defence": (
        defence.arms_tiv,
        defence.arms_share,
        defence.arms_export_share,
        defence.arms_supplier_hhi,
        bonds.alliance,
        bonds.militarised_disputes,
    ),
    "people": (
        people.migrants,
        people.migrants_share,
        people.students,
        people.refugees,
        people.asylum_seekers,
        people.visa_rule,
    ),
    "research": (
        research.co_works,
        research.co_works_few_authors,
        research.co_works_share,
        research.co_works_growth,
    ),
    "diplomacy": (
        diplomacy.un_agreement,
        diplomacy.un_kappa,
        diplomacy.un_agreement_powers,
        diplomacy.un_agreement_issue,
        diplomacy.ideal_point_distance,
        bonds.joint_igos,
        bonds.diplomatic_representation,
    ),
    "investment": (investment.fdi_position, investment.fdi_position_by_investor),
    "published": (published.published,),
}


def assemble(
    store: Store,
    a: str,
    b: str,
    year: int | None = None,
    *,
    draw: bool = True,
    begin: Begin = list,
    ledger: Ledger | None = None,
    as_of: dt.date | None = None,
) -> Brief:
    """Return the brief of two countries.

    Parameters
    ----------
    store : Store
        The lake.
    a, b : str
        Two different ISO 3166 alpha-3 codes.
    year : int, optional
        Read the lake as if nothing later existed; the headline trade figures must be of this year.
    draw : bool
        Whether to make the charts; formats without pictures need none.
    begin : callable, optional
        Is handed each section's charts as soon as they are known.
    ledger : Ledger, optional
        Of the promises; by default the one that the commands use.
    as_of : date, optional
        The day on which promises are judged; by default today, or the last day of ``year``.

    Raises
    ------
    UsageError
        Both are the same country.
    NoDataError
        No source has trade between the two in ``year``, or the lake has nothing at all on them.
    """
    first, second = catalogue.country(a), catalogue.country(b)
    if first.iso3 == second.iso3:
        raise UsageError(
            f"A brief is about two countries, and both of these are {first.with_article}.",
            "Name another second country.",
        )
    dossier = Dossier(store, first.iso3, second.iso3, until=year)
    if year is not None:
        _check_year(dossier, year)
    dossier.read_ahead()

    def begun(section: Section | None) -> Section | None:
        if section is not None:
            begin(section.charts)
        return section

    def judge() -> Section | None:
        return begun(
            yardstick.section(store, first.iso3, second.iso3, year, draw=draw, thorough=draw)
        )

    # Drawing takes longest: what needs no yardstick goes first, and is drawn while that computes.
    # Without charts it goes first itself, while the rows of the pair are read.
    usual = None if draw else judge()
    pillars = [_section(dossier, pillar, draw=draw, begin=begin) for pillar in PILLARS]
    every = [measure for section in pillars for measure in section.measures]
    if not every:
        raise NoDataError(
            f"The lake holds nothing on {first.with_article} and {second.with_article}.",
            "Try another pair, or add a publisher's file to the lake.",
        )
    kept = promised(dossier, draw=draw, ledger=ledger, as_of=as_of)
    others = [
        begun(None if kept is None else kept.section),
        begun(opportunities.section(dossier, draw=draw)),
        begun(settlement.section(dossier, draw=draw)),
        begun(logistics.section(dossier, draw=draw)),
    ]
    usual = judge() if draw else usual
    seen = every if usual is None else [*every, *usual.measures]
    rows = () if kept is None else kept.rows
    news = events.in_the_news(dossier)
    carried = begun(carriers.section(seen, (first.iso3, second.iso3), rows, news=news, draw=draw))
    parts = (usual, *pillars, carried, *others)
    sections = tuple(part for part in parts if part is not None)
    beside = logistics.sources(first.iso3, second.iso3)
    sources = _sources(store, sections, beside if kept is None else beside | kept.sources)
    publishers = {key: str(row["publisher"]) for key, row in sources.items()}
    sentences = findings(first, second, every, publishers)
    judged = [] if usual is None else yardstick.findings(_current(usual))
    promises = () if kept is None else kept.findings
    return Brief(
        a=first,
        b=second,
        lake_id=store.id,
        built=store.built,
        sections=sections,
        # What each sold comes first: the yardstick's sentences judge it.
        findings=(*sentences[:1], *judged, *promises, *sentences[1:])[:MOST],
        sources=sources,
        commitments=() if kept is None else kept.commitments,
        command=f"comity brief {first.iso3} {second.iso3}" + (f" --year {year}" if year else ""),
    )


def _current(section: Section) -> list[Measure]:
    """Return the measures of today: earlier years are read for the pictures alone."""
    return [measure for measure in section.measures if "history" not in measure.flags]


def _section(dossier: Dossier, pillar: str, *, draw: bool, begin: Begin) -> Section:
    entries = [entry for indicator in PILLARS[pillar] for entry in indicator(dossier)]
    known = measures(entries)
    section = Section(
        pillar=pillar,
        title=catalogue.pillar(pillar).name,
        measures=tuple(known),
        absences=tuple(absences(entries)),
        charts=charts.draw(pillar, dossier, known) if draw else (),
    )
    begin(section.charts)
    return section


def _check_year(dossier: Dossier, year: int) -> None:
    rows = trade.history(Dossier(dossier.store, dossier.a, dossier.b))
    years = sorted({int(value) for value in rows["year"]})
    if year not in years:
        raise NoDataError(
            f"The lake has no trade between {catalogue.country(dossier.a).with_article} and "
            f"{catalogue.country(dossier.b).with_article} in {year}.",
            f"It has {_spans(years)}." if years else "It has none in any year.",
        )


def _sources(
    store: Store, sections: Iterable[Section], beside: dict[str, dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Return the sources named, by id; a number whose source is unknown may not be printed.

    ``beside`` holds sources that are not the lake's: the ledger's, and those of corridors.
    """
    known = {**store.sources, **beside}
    named: set[str] = set()
    for section in sections:
        named.update(*(measure.sources for measure in section.measures))
        named.update(*(chart.sources for chart in section.charts))
    if unknown := sorted(named - set(known)):
        raise LakeError(
            f"The lake does not say what its source {', '.join(unknown)} is.",
            "Build the lake again.",
        )
    # An absence may name a source that this lake does not have at all.
    named |= {gap.source for section in sections for gap in section.absences} & set(known)
    return {name: known[name] for name in sorted(named)}


def _spans(years: list[int]) -> str:
    """Write years as spans: "2000-2016, 2023"."""
    spans: list[list[int]] = []
    for year in years:
        if spans and year == spans[-1][1] + 1:
            spans[-1][1] = year
        else:
            spans.append([year, year])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in spans)
