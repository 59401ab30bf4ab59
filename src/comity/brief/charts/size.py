"""The chart of sizes: what each one is of the two together."""

from __future__ import annotations

from collections.abc import Sequence

from comity.brief import text
from comity.brief.charts.rows import split
from comity.brief.charts.theme import Pair
from comity.brief.content import Chart
from comity.brief.render import names
from comity.measure import Measure

_SHOWN = ("gdp", "population")


def sizes(pair: Pair, measures: Sequence[Measure]) -> Chart | None:
    """Return the two economies and populations as parts of their sum."""
    rows = []
    table = []
    used: list[Measure] = []
    ratios: dict[str, float] = {}
    a, b = pair.codes
    for indicator in _SHOWN:
        found = {m.origin: m for m in measures if m.indicator == indicator and m.value}
        if a not in found or b not in found:
            continue
        first, second = found[a], found[b]
        x, y = float(first.value or 0), float(second.value or 0)
        ratios[indicator] = x / y
        name = names.indicator_label(indicator)
        rows.append((name, x / (x + y), text.of(first), text.of(second)))
        table.append((name, text.period(first.period), x, text.period(second.period), y))
        used += [first, second]
    if not rows:
        return None
    title = _title(pair, ratios)
    return Chart(
        id="size",
        title=title,
        subtitle="GDP in current US dollars, and people",
        description=f"{title}. Bars of one length, cut where one country's part ends.",
        spec=split(
            rows,
            (pair.color(a), pair.color(b)),
            [(pair.name(code), pair.color(code)) for code in pair.codes],
        ),
        columns=("Measure", "Period", pair.a.name, "Period", pair.b.name),
        rows=tuple(table),
        sources=tuple(dict.fromkeys(s for m in used for s in m.sources)),
    )


def _title(pair: Pair, ratios: dict[str, float]) -> str:
    words = {"gdp": "economy", "population": "population"}
    parts = []
    for indicator, ratio in ratios.items():
        large, small = (pair.a, pair.b) if ratio >= 1 else (pair.b, pair.a)
        factor = max(ratio, 1 / ratio)
        times = text.number(factor, 2) if factor < 100 else text.count(factor)
        whose = text.possessive(large.with_article)
        if factor < 1.05:
            parts.append(f"the two {words[indicator]}s are about as large")
        else:
            parts.append(
                f"{whose} {words[indicator]} is {times} times {text.possessive(small.with_article)}"
            )
    title = ", ".join(parts)
    return text.capital(title)
