"""Charts of votes: with each other and with third powers, by issue, and positions over time."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from comity.brief import text
from comity.brief.charts.rows import bars, dots, lines
from comity.brief.charts.theme import INK, OTHER, QUIET, Pair
from comity.brief.content import Chart
from comity.brief.render import names
from comity.measure import Measure

_LONG_NAME = 14


def agreement(pair: Pair, measures: Sequence[Measure]) -> Chart | None:
    """Return how often the two vote alike, and each with the USA, China and the EU."""
    votes = [m for m in measures if m.indicator == "un_agreement" and m.value is not None]
    own = [m for m in votes if {m.origin, m.destination} == set(pair.codes)]
    thirds = [m for m in votes if m not in own]
    if not own and not thirds:
        return None
    rows = (
        [("With each other", [(float(m.value or 0), INK, "diamond") for m in own])] if own else []
    )
    for power in dict.fromkeys(m.destination for m in thirds):
        marks = [
            (float(m.value or 0), pair.color(m.origin), "dot")
            for m in thirds
            if m.destination == power
        ]
        rows.append((f"With {names.country(power)}", marks))
    legend = [("each other", INK)] + [(pair.name(c), pair.color(c)) for c in pair.codes]
    title = _agreement_title(pair, own, thirds)
    period = text.period(votes[0].period)
    return Chart(
        id="un-agreement",
        title=title,
        subtitle=f"Agreement in UN General Assembly votes that were not unanimous, {period}",
        description=f"{title}. One row a partner, one dot a country.",
        spec=dots(rows, domain=(0, 1), legend=legend),
        columns=("Who", "With", "Agreement, %", "Before, %"),
        rows=tuple(
            (
                pair.name(m.origin),
                names.country(m.destination),
                100 * float(m.value or 0),
                None if m.previous is None else 100 * m.previous,
            )
            for m in votes
        ),
        sources=tuple(dict.fromkeys(s for m in votes for s in m.sources)),
        note="1 alike, 0 opposed, an abstention half way. With the EU: mean over its members.",
    )


def issues(measures: Sequence[Measure]) -> Chart | None:
    """Return the two's agreement by issue."""
    found = [m for m in measures if m.indicator == "un_agreement_issue" and m.value is not None]
    if len(found) < 2:
        return None
    found = sorted(found, key=lambda m: -(m.value or 0))
    rows = [
        (names.product_name(m.product), float(m.value or 0), QUIET, text.share(float(m.value or 0)))
        for m in found
    ]
    title = (
        f"They agree most on {names.in_sentence(rows[0][0])} ({rows[0][3]}), least on "
        f"{names.in_sentence(rows[-1][0])} ({rows[-1][3]})"
    )
    return Chart(
        id="un-issues",
        title=title,
        subtitle=f"Agreement in UN votes by issue, {text.period(found[0].period)}",
        description=f"{title}. Horizontal bars.",
        spec=bars(rows, domain=(0, 1), left=150, right=48),
        columns=("Issue", "Agreement, %", "Votes"),
        rows=tuple(
            (name, 100 * value, m.note.removeprefix("Over ").removesuffix(" votes."))
            for (name, value, _, _), m in zip(rows, found, strict=True)
        ),
        sources=tuple(dict.fromkeys(s for m in found for s in m.sources)),
        note="A vote may belong to more than one issue.",
    )


def positions(pair: Pair, points: pd.DataFrame, source: str) -> Chart | None:
    """Return ideal points over time, with the USA and China for scale."""
    series: list[tuple[str, str, list[tuple[float, float]]]] = []
    for code in (*pair.codes, "USA", "CHN"):
        mine = points[points["country"] == code].sort_values("year")
        if len(mine) < 3 or (code in ("USA", "CHN") and code in pair.codes and len(series) > 3):
            continue
        if any(code == known for _, known, _ in series):
            continue
        known = [(float(y), float(v)) for y, v in zip(mine["year"], mine["value"], strict=True)]
        color = pair.color(code) if code in pair.codes else OTHER
        series.append((color, code, known))
    shown = [code for _, code, _ in series if code in pair.codes]
    if len(shown) < 2:
        return None
    ends = {code: known[-1] for _, code, known in series}
    a, b = pair.codes
    gap = abs(ends[a][1] - ends[b][1])
    near = "close together" if gap < 0.5 else "apart" if gap < 1.5 else "far apart"
    both = text.listed([pair.a.with_article, pair.b.with_article])
    title = f"{text.capital(both)} stand {near} in the UN: {gap:.1f} apart in {ends[a][0]:.0f}"
    table = points.pivot_table(index="year", columns="country", values="value")
    codes = [code for _, code, _ in series]
    table = table.reindex(columns=codes).sort_index(ascending=False)
    return Chart(
        id="ideal-points",
        title=title,
        subtitle="Ideal points from UN votes; higher is nearer to the US-led order, 1 is about one "
        "standard deviation of all members",
        description=f"{title}. Lines over years.",
        spec=lines(
            [(_short(pair, code), color, known) for color, code, known in reversed(series)],
            zero=False,
            points=False,
            label_ends=True,
            format="+.0f",
            left=30,
            rule=0.0,
        ),
        columns=("Year", *(names.country(code) for code in codes)),
        rows=tuple(
            (str(year), *(None if v != v else float(v) for v in line))
            for year, line in zip(table.index, table.to_numpy(), strict=True)
        ),
        sources=(source,),
    )


def _short(pair: Pair, code: str) -> str:
    """Return a name that fits beside a line."""
    if code in pair.codes:
        return pair.name(code) if len(pair.name(code)) <= _LONG_NAME else code
    return {"USA": "USA", "CHN": "China"}.get(code, code)


def _agreement_title(pair: Pair, own: Sequence[Measure], thirds: Sequence[Measure]) -> str:
    both = text.listed([pair.a.with_article, pair.b.with_article])
    both = text.capital(both)
    gaps = []
    for power in dict.fromkeys(m.destination for m in thirds):
        scores = {m.origin: float(m.value or 0) for m in thirds if m.destination == power}
        if len(scores) == 2:
            gaps.append((abs(scores[pair.codes[0]] - scores[pair.codes[1]]), power, scores))
    if own:
        title = f"{both} vote alike {text.share(float(own[0].value or 0))} of the time"
        if gaps:
            _, power, scores = max(gaps, key=lambda gap: gap[0])
            x, y = (text.share(scores[code]) for code in pair.codes)
            title += f"; with {names.country(power)} {x} and {y}"
        return title
    first = thirds[0]
    return (
        f"{pair.name(first.origin)} votes with {names.country(first.destination)} "
        f"{text.share(float(first.value or 0))} of the time"
    )
