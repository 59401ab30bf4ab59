"""The yardstick in sentences, each resting on named measures."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import log

from comity import catalogue
from comity.brief import text as say
from comity.brief.charts.signature import label_intensity
from comity.brief.charts.theme import Pair
from comity.measure import Finding, Measure
from comity.potential.yardstick.ties import Tie, list_ties

PILLAR = "yardstick"
# A series that ended longer ago than this before the newest says nothing of today.
_RECENT = 5
# From next to nothing to next to nothing is no move.
_LITTLE = 0.1


def findings(measures: Sequence[Measure]) -> list[Finding]:
    """Return the section's sentences from its measures, the strongest ones first.

    Goods both ways; ties outside the band of comparable pairs; how the longest series moved.
    """
    now = [m for m in measures if m.pillar == PILLAR and "history" not in m.flags]
    past = [m for m in measures if m.pillar == PILLAR and "history" in m.flags]
    written = [_goods(now), _rest(now), _outside(now), find_move(now, past)]
    return [finding for finding in written if finding is not None]


def _goods(now: Sequence[Measure]) -> Finding | None:
    goods = [m for m in now if m.indicator == "goods_exports"]
    if not goods:
        return None
    parts = []
    for m in goods:
        value, expected = m.value or 0.0, m.expected or 0.0
        part = f"{_name(m.origin)} would usually sell {_name(m.destination)} {say.money(expected)} "
        part += f"of goods and sold {say.money(value)}, {in_words(m.intensity or 0.0)}"
        if m.rank is not None and m.rank > 0.9:
            part += f", more than {say.share(m.rank)} of all pairs"
        parts.append(part)
    text = f"By size, distance and history, {'; '.join(parts)} ({goods[0].period})."
    return Finding(text, tuple(goods), PILLAR)


def _rest(now: Sequence[Measure]) -> Finding | None:
    """Say what is left where fuels are taken out."""
    rest = [m for m in now if m.indicator == "goods_exports_less_fuels"]
    if not rest:
        return None
    parts = [
        f"{_name(m.origin)} sold {_name(m.destination)} {say.money(m.value or 0.0)}, "
        f"{in_words(m.intensity or 0.0, again=n > 0)}"
        for n, m in enumerate(sorted(rest, key=lambda m: -(m.intensity or 0.0)))
    ]
    return Finding(
        f"Without mineral fuels, {'; '.join(parts)} ({say.period(rest[0].period)}).",
        tuple(rest),
        PILLAR,
    )


def _outside(now: Sequence[Measure]) -> Finding | None:
    """Name what lies outside the band that holds 80 % of comparable pairs."""
    bonds = [m for m in now if _side(m) is not None]
    if not bonds:
        return None
    above = sorted([m for m in bonds if _side(m) == 1], key=lambda m: -(m.intensity or 0.0))
    below = sorted([m for m in bonds if _side(m) == -1], key=lambda m: m.intensity or 0.0)
    parts = []
    for side, chosen in (("above", above), ("below", below)):
        if chosen:
            named = [f"{_phrase(m)} ({label_intensity(m.intensity or 0.0)})" for m in chosen]
            parts.append(f"{side} it: {say.listed(named)}")
    if not parts:
        return Finding(
            "Every tie of the two that can be measured lies within the band that holds 80 % of "
            "comparable pairs.",
            tuple(bonds),
            PILLAR,
        )
    inside = len(bonds) - len(above) - len(below)
    text = (
        f"Of {say.in_words(len(bonds))} {'tie' if len(bonds) == 1 else 'ties'}, each direction "
        "counted, "
        f"{say.in_words(inside) if inside else 'none'} "
        f"{'lie' if inside > 1 else 'lies'} within the band that holds 80 % of comparable pairs; "
        f"{'; '.join(parts)}."
    )
    return Finding(text, tuple(above + below), PILLAR)


def find_move(now: Sequence[Measure], past: Sequence[Measure]) -> Finding | None:
    """Say how the tie that moved the most moved, over one unbroken series."""
    every = [m for m in (*past, *now) if _tie(m).bond and m.intensity]
    newest = max((_year(m) for m in every), default=0)
    lines: dict[tuple[str, str, str, str], list[Measure]] = {}
    for m in every:
        lines.setdefault((m.indicator, m.source, m.origin, m.destination), []).append(m)
    best: tuple[float, Measure, Measure] | None = None
    for line in lines.values():
        line.sort(key=_year)
        last = line[-1]
        before = [m for m in line if 10 <= _year(last) - _year(m) <= 25]
        if not before or _year(last) < newest - _RECENT:
            continue
        if max(last.intensity or 0.0, before[0].intensity or 0.0) < _LITTLE:
            continue
        ratio = (last.intensity or 0.0) / (before[0].intensity or 1.0)
        if best is None or abs(log(ratio)) > best[0]:
            best = (abs(log(ratio)), before[0], last)
    if best is None or best[0] < log(1.25):
        return None
    _, first, last = best
    verb = "rose" if (last.intensity or 0.0) > (first.intensity or 0.0) else "fell"
    return Finding(
        f"{_capital(_phrase(last))} {verb} from {in_words(first.intensity or 0.0)} in "
        f"{first.period} to {in_words(last.intensity or 0.0, again=True)} in {last.period}.",
        (first, last),
        PILLAR,
    )


def in_words(intensity: float, *, again: bool = False) -> str:
    """Write an intensity for a sentence; ``again`` where "what is usual" has been said.

    Examples
    --------
    >>> in_words(7.093), in_words(0.846), in_words(0.0), in_words(1.02)
    ('7.1 times what is usual', '85 % of what is usual', 'nothing', 'about what is usual')
    >>> in_words(7.093, again=True), in_words(0.0305, again=True)
    ('7.1 times the usual', '3.1 % of the usual')
    """
    usual = "the usual" if again else "what is usual"
    if intensity == 0:
        return "nothing"
    if 0.95 <= intensity <= 1.05:
        return "about what is usual"
    if intensity < 1:
        return f"{say.share(intensity)} of {usual}"
    return f"{say.number(intensity, 2 if intensity < 100 else 3)} times {usual}"


def entitle(pair: Pair, named: Sequence[Measure]) -> str:
    """Return the title of the signature: what stands highest above, and lowest below."""
    above = [m for m in named if _side(m) == 1]
    below = [m for m in named if _side(m) == -1]
    parts = []
    if above:
        top = max(above, key=lambda m: m.intensity or 0.0)
        parts.append(f"{_phrase(top)} are {in_words(top.intensity or 0.0)}")
    if below:
        last = min(below, key=lambda m: m.intensity or 0.0)
        if last.intensity == 0:
            parts.append(f"there are no {_phrase(last)}")
        else:
            share = in_words(last.intensity or 0.0, again=bool(parts))
            parts.append(f"{_phrase(last)} are {share}")
    if not parts:
        both = say.listed([pair.a.with_article, pair.b.with_article])
        return f"No tie of {both} stands out from what is usual"
    return _capital("; ".join(parts))


def _side(measure: Measure) -> int | None:
    """Say where a bond lies: 1 above the band, -1 below it, 0 within; None where nobody can say.

    Where too little is usual for a band, three times the tie's floor is above. An estimate from
    totals alone has nobody to be compared with.
    """
    tie, intensity = _tie(measure), measure.intensity or 0.0
    if not tie.bond or "estimate" in measure.flags:
        return None
    if measure.band is not None:
        return (intensity > measure.band[1]) - (intensity < measure.band[0])
    return 1 if (measure.value or 0.0) > 3 * max(tie.floor, measure.expected or 0.0) else None


def _tie(measure: Measure) -> Tie:
    return next(tie for tie in list_ties() if tie.id == measure.indicator)


def _year(measure: Measure) -> int:
    return int(re.findall(r"\d{4}", measure.period)[-1])


def _phrase(measure: Measure) -> str:
    return _fill(_tie(measure).phrase, measure)


def _fill(phrase: str, of: Measure) -> str:
    a, b = _name(of.origin), _name(of.destination)
    filled = phrase.replace("{a's}", say.possessive(a)).replace("{a}", a).replace("{b}", b)
    return filled.replace("{product}", of.product)


def _name(country: str) -> str:
    return catalogue.country(country).with_article


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
