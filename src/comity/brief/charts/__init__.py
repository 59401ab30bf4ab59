"""The charts of a brief: every function takes figures and returns a `Chart`, or None without them.

A chart is plain Vega-Lite; nothing is drawn here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from comity import catalogue
from comity.brief.charts import (
    defence,
    dependence,
    diplomacy,
    investment,
    manufacturing,
    mirror,
    people,
    products,
    published,
    research,
    size,
    trade,
)
from comity.brief.charts.theme import Pair
from comity.brief.content import Chart
from comity.delivery import defence as arms
from comity.delivery import dependence as needs
from comity.delivery import diplomacy as votes
from comity.delivery import manufacturing as making
from comity.delivery import mirror as reports
from comity.delivery import people as ties
from comity.delivery import products as goods
from comity.delivery import published as statements
from comity.delivery import research as science
from comity.delivery import trade as flows
from comity.lake import WORLD, Dossier
from comity.measure import Measure

__all__ = ["Pair", "draw", "short_name"]

_SHORT = {
    "cepii-baci": "BACI",
    "usitc-itpde": "ITPD-E",
    "penppml": "penppml",
    "dgcis": "DGCI&S India",
    "cow-trade": "Correlates of War",
    "imf": "IMF",
    "un-comtrade": "UN Comtrade",
}


def draw(pillar: str, dossier: Dossier, measures: Sequence[Measure]) -> tuple[Chart, ...]:
    """Return the charts of one pillar.

    Parameters
    ----------
    pillar : str
        Id of the catalogue.
    dossier : Dossier
        What the lake holds on the two.
    measures : sequence of Measure
        The pillar's measures.
    """
    pair = Pair(catalogue.country(dossier.a), catalogue.country(dossier.b))
    match pillar:
        case "size":
            return _there([size.sizes(pair, measures)])
        case "trade":
            rows = flows.history(dossier)
            names = {str(source): short_name(dossier, str(source)) for source in rows["source"]}
            apart = mirror.dumbbells(pair, reports.compare(dossier))
            return _there([trade.balance(pair, measures), trade.history(pair, rows, names), apart])
        case "dependence":
            table = needs.by_chapter(dossier)
            by_chapter = [dependence.chapters(pair, table, code) for code in pair.codes]
            return _there([trade.shares(pair, measures), *by_chapter])
        case "defence":
            deliveries = arms.shares(dossier)
            if deliveries.empty:
                return _there([defence.published(pair, arms.said(dossier))])
            register = str(arms.deliveries(dossier)["source"].iloc[0])
            return _there([defence.suppliers(pair, deliveries, register)])
        case "manufacturing":
            return _there([manufacturing.both_ways(pair, making.by_product(dossier))])
        case "products":
            return _there(_products(pair, dossier))
        case "people":
            return _there(
                [
                    people.migrants(pair, ties.series(dossier, "migrants")),
                    people.refugees(pair, ties.series(dossier, "refugees")),
                ]
            )
        case "research":
            series = science.series(dossier)
            return _there([research.works(pair, series), research.shares(pair, series)])
        case "diplomacy":
            points = votes.ideal_points(dossier)
            release = str(points["source"].iloc[0]) if len(points) else ""
            return _there(
                [
                    diplomacy.agreement(pair, measures),
                    diplomacy.issues(measures),
                    diplomacy.positions(pair, points, release),
                ]
            )
        case "investment":
            return _there([investment.positions(pair, ties.series(dossier, "fdi_position"))])
        case "published":
            return _there([published.comparison(pair, statements.comparison(dossier))])
        case _:
            return ()


def short_name(dossier: Dossier, source: str) -> str:
    """Return a source's name as it fits into a chart."""
    for start, name in _SHORT.items():
        if source.startswith(start):
            return name
    return str(dossier.store.sources.get(source, {}).get("publisher", source))[:24]


def _products(pair: Pair, dossier: Dossier) -> list[Chart | None]:
    a, b = pair.codes
    there, back = goods.makeup(dossier, a, b), goods.makeup(dossier, b, a)
    if there.empty or back.empty:
        world = [goods.makeup(dossier, code, WORLD) for code in pair.codes]
        return [products.sectors(pair, world[0], world[1], world=True)]
    return [
        products.sectors(pair, there, back, world=False),
        products.chapters(pair, there, a),
        products.chapters(pair, back, b),
    ]


def _there(charts: Iterable[Chart | None]) -> tuple[Chart, ...]:
    return tuple(chart for chart in charts if chart is not None)
