"""The sentences that a brief opens with, each resting on named measures; a room a pillar.

A sentence is written only where all of its measures are there; a pair on which little is known gets
few sentences, never an invented one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from comity.brief.findings import (
    dependence,
    diplomacy,
    investment,
    people,
    products,
    research,
    size,
    trade,
)
from comity.brief.findings.shelf import Shelf
from comity.catalogue import Country
from comity.measure import Finding, Measure

__all__ = ["MOST", "findings"]

# More than this nobody reads.
MOST = 15

SENTENCES: tuple[Callable[[Shelf], Finding | None], ...] = (
    trade.both_ways,
    trade.fiscal_years,
    dependence.suppliers,
    dependence.asymmetry,
    products.largest_chapter,
    products.largest_three,
    products.fit,
    trade.growth,
    investment.positions,
    people.migrants,
    people.visas,
    research.works,
    diplomacy.votes,
    diplomacy.third_powers,
    diplomacy.ideal_points,
    size.size,
)


def findings(
    a: Country, b: Country, measures: Sequence[Measure], publishers: Mapping[str, str]
) -> list[Finding]:
    """Return the sentences of a brief in reading order.

    ``publishers`` names the publisher of each source id.
    """
    shelf = Shelf(a, b, measures, publishers)
    written = [sentence(shelf) for sentence in SENTENCES]
    return [finding for finding in written if finding is not None]
