"""The yardstick's two charts, with the tables beneath."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from comity.brief import text as say
from comity.brief.charts.signature import (
    Lane,
    Panel,
    Row,
    draw_history,
    draw_signature,
    label_intensity,
    sort_rows,
)
from comity.brief.charts.theme import Pair
from comity.brief.content import Chart
from comity.brief.yardstick.measures import as_measure
from comity.brief.yardstick.words import entitle, find_move
from comity.measure import Absence
from comity.potential.yardstick import Entry, Standing

_LEAST_YEARS = 3

USUAL = (
    "Usual: what a gravity model of all other pairs expects of two countries that send and receive "
    "as much as these and lie this far apart, given common borders, languages and colonial past; "
    "the pair itself is left out."
)
SKEWED = (
    "More than half of all pairs lie below 1: a few strong ties carry most of the total. Where "
    "next to nothing is usual there is no band."
)
NOTE = (
    f"{USUAL} Grey: 80 % of pairs with a similar usual value. Thin lines: the same under other "
    f"distances, languages and years. {SKEWED}"
)


def chart_signature(pair: Pair, entries: Sequence[Entry]) -> Chart:
    """Return the signature of a pair: every tie against what is usual."""
    rows: list[Row] = []
    table: list[tuple[object, ...]] = []
    shown: list[Standing] = []
    for _, group in groupby(entries, key=_tie_key):
        ways = list(group)
        known = [entry for entry in ways if isinstance(entry, Standing)]
        if not any("below-floor" not in s.flags or s.value >= s.series.tie.floor for s in known):
            continue
        shown += known
        series = known[0].series
        lanes = tuple(_lane(entry, directed=series.tie.directed) for entry in ways)
        name = series.tie.label.format(product=series.product)
        rows.append(Row(name, say.period(known[0].period), lanes, series.tie.bond))
        table += [_table_row(pair, standing, name) for standing in known]
    sources = tuple(dict.fromkeys(source for s in shown for source in s.sources))
    title = entitle(pair, [as_measure(s) for s in shown])
    return Chart(
        id="signature",
        title=title,
        subtitle="Actual over usual value, logarithmic scale; the upper mark of a row is what "
        f"comes from {pair.a.with_article}",
        description=f"{title}. One row a tie, one mark a direction, against a line at the usual.",
        spec=draw_signature(pair, sort_rows(rows)),
        columns=(
            "Tie", "Direction", "Year", "Actual", "Usual", "Actual / usual", "Other models",
            "80 % of comparable pairs", "Higher than, % of pairs",
        ),
        rows=tuple(table),
        sources=sources,
        note=NOTE,
    )  # fmt: skip


def _lane(entry: Entry, *, directed: bool) -> Lane:
    origin = entry.origin if directed else ""
    if isinstance(entry, Absence):
        return Lane(origin, None, None, None, "unknown")
    if "below-floor" in entry.flags and entry.value < entry.series.tie.floor:
        # As little as usual: a ratio of such small numbers says nothing.
        return Lane(origin, None, None, None, "few" if entry.value else "none")
    return Lane(origin, entry.intensity, entry.band, entry.range, label_intensity(entry.intensity))


def _table_row(pair: Pair, standing: Standing, name: str) -> tuple[object, ...]:
    low, high = standing.range
    unit = standing.series.tie.unit
    return (
        name,
        pair.way(standing.origin) if standing.series.tie.directed else "together",
        say.period(standing.period),
        say.amount(standing.value, unit),
        say.amount(standing.expected, unit),
        label_intensity(standing.intensity),
        f"{label_intensity(low)} to {label_intensity(high)}" if standing.variants else "",
        ""
        if standing.band is None
        else f"{label_intensity(standing.band[0])} to {label_intensity(standing.band[1])}",
        "" if standing.rank is None else round(100 * standing.rank),
    )


def chart_history(pair: Pair, past: Sequence[Standing]) -> Chart | None:
    """Return intensity over the years, or None where no tie has three of them."""
    panels: list[Panel] = []
    drawn: list[Standing] = []
    bonds = [s for s in past if s.series.tie.bond]
    for label, group in groupby(bonds, key=lambda s: s.series.tie.label):
        of_tie = list(group)
        lines = []
        by_line = groupby(
            sorted(of_tie, key=lambda s: (s.series.source, s.origin, s.year)),
            key=lambda s: (s.series.source, s.origin if s.series.tie.directed else ""),
        )
        for (_, origin), points in by_line:
            line = tuple((float(s.year), s.intensity) for s in points)
            lines.append((origin, line))
        if len({s.year for s in of_tie}) >= _LEAST_YEARS:
            panels.append(Panel(label, tuple(lines)))
            drawn += of_tie
    if not panels:
        return None
    title = _history_title(drawn)
    return Chart(
        id="signature-history",
        title=title,
        subtitle="Actual over usual value by year, logarithmic scale; each source has a line of "
        "its own",
        description=f"{title}. One panel a tie, lines over years.",
        spec=draw_history(pair, panels),
        columns=("Tie", "Direction", "Year", "Actual", "Usual", "Actual / usual", "Source"),
        rows=tuple(
            (
                s.series.tie.label,
                pair.way(s.origin) if s.series.tie.directed else "together",
                say.period(s.period),
                say.amount(s.value, s.series.tie.unit),
                say.amount(s.expected, s.series.tie.unit),
                label_intensity(s.intensity),
                s.series.source,
            )
            for s in drawn
        ),
        sources=tuple(dict.fromkeys(source for s in drawn for source in s.sources)),
        note="Each year is judged by a model of its own year. Sources are not joined: they do not "
        "measure the same thing.",
    )


def _history_title(drawn: Sequence[Standing]) -> str:
    finding = find_move([], [as_measure(s, "history") for s in drawn])
    return finding.text.rstrip(".") if finding else "Little has moved against what is usual"


def tie_of(entry: Entry) -> str:
    """Return the id of a standing's or a gap's tie."""
    return entry.series.tie.id if isinstance(entry, Standing) else entry.indicator


def _tie_key(entry: Entry) -> tuple[str, str]:
    return tie_of(entry), entry.series.product if isinstance(entry, Standing) else ""
