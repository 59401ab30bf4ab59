"""Who carries the relationship: promises and measured ties by actor, put together.

A promise is a task for whoever would have to act: governments build reactors and open consulates,
firms trade and invest, people move and scholars write.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from comity import catalogue
from comity.brief import text
from comity.brief.charts import carriers as chart
from comity.brief.content import Section
from comity.brief.render import names
from comity.delivery.carriers import Actor, Tie, ties
from comity.delivery.entries import Entry
from comity.delivery.entries import measures as measured
from comity.delivery.events import shares
from comity.measure import Measure

PILLAR = "carriers"

# Who would have to keep a promise, by the pillar it is about. Agreements, talks and bodies are for
# governments whatever they are about.
KEEPERS: Mapping[str, Actor] = {
    "trade": Actor.business,
    "products": Actor.business,
    "investment": Actor.business,
    "manufacturing": Actor.business,
    "people": Actor.society,
    "research": Actor.society,
    "diplomacy": Actor.government,
    "defence": Actor.government,
    "energy": Actor.government,
    "logistics": Actor.government,
    "settlement": Actor.government,
    "institutions": Actor.government,
}
_OFFICIAL = frozenset({"agreement-signed", "negotiation", "institution"})
_GROUPS = {
    "delivered": "delivered",
    "delivered late": "delivered",
    "overdue": "missed",
    "missed": "missed",
    "lapsed": "missed",
}


class _Promise(Protocol):
    @property
    def kind(self) -> str: ...
    @property
    def pillar(self) -> str: ...


class Row(Protocol):
    """A promise with where it stands, as `comity.brief.promises.view.Row`."""

    @property
    def promise(self) -> _Promise:
        """What was promised."""

    @property
    def standing(self) -> str:
        """What became of it."""


def keeper(kind: str, pillar: str) -> Actor:
    """Return who would have to keep a promise.

    Examples
    --------
    >>> keeper("quantified-target", "trade").value, keeper("negotiation", "trade").value
    ('business', 'government')
    """
    if kind in _OFFICIAL:
        return Actor.government
    return KEEPERS.get(pillar, Actor.government)


def tally(rows: Iterable[Row]) -> dict[str, dict[str, int]]:
    """Return how many promises each actor has to keep, by what became of them."""
    counts: dict[str, dict[str, int]] = {actor.value: {} for actor in Actor}
    for row in rows:
        group = _GROUPS.get(str(row.standing), "open")
        by = counts[keeper(str(row.promise.kind), row.promise.pillar).value]
        by[group] = by.get(group, 0) + 1
    return counts


def section(
    measures: Sequence[Measure],
    pair: tuple[str, str],
    rows: Sequence[Row] = (),
    *,
    news: Sequence[Entry] = (),
    draw: bool = True,
) -> Section | None:
    """Return who carries the relationship, or None where nothing is known of any actor.

    Parameters
    ----------
    measures : sequence of Measure
        All measures of the brief, those of the yardstick with their intensity.
    pair : tuple of str
        The two countries.
    rows : sequence of Row
        The promises of the pair.
    news : sequence of Measure
        What is reported of the two, as `comity.delivery.events.in_the_news`: context.
    draw : bool
        Also the chart.
    """
    found = ties(list(measures), pair)
    counts = tally(rows)
    if not found and not news and not any(counts[actor] for actor in counts):
        return None
    sources = dict.fromkeys(name for tie in found for name in tie.measure.sources)
    drawn = chart.promises(counts, [_row(tie) for tie in found], list(sources)) if draw else None
    return Section(
        pillar=PILLAR,
        title=catalogue.pillar(PILLAR).name,
        # The ties are printed in their own sections; here they are only sorted by who makes them.
        measures=tuple(measured(news)),
        charts=() if drawn is None else (drawn,),
        notes=(*sentences(measures, pair, rows), *in_the_news(news)),
    )


def sentences(
    measures: Sequence[Measure], pair: tuple[str, str], rows: Sequence[Row] = ()
) -> list[str]:
    """Return who carries the relationship, in sentences."""
    counts = tally(rows)
    total = sum(sum(by.values()) for by in counts.values())
    lines = []
    if total:
        parts = [
            f"{_named(actor)} {sum(by.values())} ({by.get('delivered', 0)} delivered)"
            for actor, by in counts.items()
        ]
        of = "The one promise" if total == 1 else f"The {total} promises"
        lines.append(f"{of} in the ledger, by who would keep them: {text.listed(parts)}.")
    by_actor: dict[Actor, list[float]] = {}
    for tie in ties(list(measures), pair):
        if tie.measure.intensity is not None:
            by_actor.setdefault(tie.actor, []).append(tie.measure.intensity)
    parts = [
        f"{_named(actor.value)} {_above(values)} of {len(values)}"
        for actor, values in by_actor.items()
    ]
    if parts:
        lines.append(f"Measured ties above what is usual, by who makes them: {text.listed(parts)}.")
    present = {tie.actor for tie in ties(list(measures), pair)}
    silent = [actor for actor in Actor if actor not in present]
    if silent and measures:
        lines.append(
            f"Nothing is measured of ties made by {text.listed([_named(a) for a in silent])}."
        )
    return lines


def in_the_news(news: Sequence[Entry]) -> list[str]:
    """Return who acts in what is reported of the two, in a sentence; none without reports."""
    held = shares(list(news))
    if not held:
        return []
    period = text.period(measured(news)[0].period)
    parts = [f"{_named(actor.value)} {text.share(value)}" for actor, value in held.items()]
    return [
        f"In the news of {period}, of the events between the two that say who acts, it is "
        f"{text.listed(parts)}. That is context: a report is no proof of delivery."
    ]


def _row(tie: Tie) -> tuple[str, str, str, str, str, str]:
    m = tie.measure
    there = names.country(m.destination) if m.destination else ""
    way = f"{names.country(m.origin)} → {there}" if there else names.country(m.origin)
    usual = "–" if m.intensity is None else text.number(m.intensity, 2)
    label = names.indicator_label(m.indicator)
    return tie.actor.value, label, way, text.period(m.period), text.of(m), usual


def _above(values: Sequence[float]) -> int:
    return sum(value > 1 for value in values)


def _named(actor: str) -> str:
    return {"government": "governments", "business": "firms"}.get(actor, "people and scholars")
