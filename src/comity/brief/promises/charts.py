"""The charts of promises: a bullet bar for every target, a line for every promise made again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from comity.brief import text
from comity.brief.charts.theme import (
    INK,
    OTHER,
    PAPER,
    QUIET,
    Padding,
    Spec,
    frame,
    layer,
    paint,
    plain,
)
from comity.brief.content import Chart
from comity.brief.promises.view import Row, View
from comity.intent.ledger import dates, wording
from comity.intent.ledger.chains import Chain
from comity.intent.ledger.model import Pace
from comity.intent.ledger.outcome import Outcome

MOST = 1.3
"""A bar ends here, in shares of its target, with an arrow: what is beyond is in its label."""
_ROW = 44
MONEY = ("USD", "EUR", "GBP")
LONGEST = 30
LETTERS = 46
"""What fits in one line of the narrow drawing."""
_ALL = 14
"""Targets in the picture of all pairs, those due last; the table has every one."""
_TALL = 58
"""A row of theirs: the sides with the verdict, the target with the figure, the bar."""


def targets(view: View) -> Chart | None:
    """Return a bullet bar for every target with a figure, or None where there is none.

    A row is a target: the bar is the level found, the upright line the target, the small tick the
    level quoted when it was promised. Restatements with the same date share a row.
    """
    whole = not view.chosen.b
    known = [r for r in view.everything if _share(r) is not None and (r.is_past or not whole)]
    rows = _first_of_each(known)
    if not rows:
        return None
    shown = rows[-_ALL:] if whole else rows
    reached = sum(1 for row in rows if row.verdict.status.reached)
    in_time = sum(1 for row in rows if row.verdict.status is Outcome.met and row.promise.due)
    title = reached_of(len(rows), reached, in_time, "due" if whole else "with a figure")
    return Chart(
        id="promise-targets",
        title=title,
        subtitle="Level found as a share of the target; upright line: the target",
        description=f"{title}. One bar a target.",
        spec=_bullets(view, shown, paired=whole),
        columns=("Target", "Made on", "Due", "Target value", "Figure", "Period", "Verdict"),
        rows=tuple(
            (
                f"{_parties(view, row.promise.parties)}, {_name(row)}" if whole else _name(row),
                row.promise.announced or None,
                row.promise.due or None,
                _target(row),
                row.verdict.figure.value if row.verdict.figure else None,
                row.verdict.figure.period if row.verdict.figure else None,
                row.verdict.status.value,
            )
            for row in rows
        ),
        sources=tuple(
            dict.fromkeys(s for r in rows for s in (*r.verdict.sources, r.promise.source))
        ),
        note="Small tick: the level quoted with the promise. Where a target was reached late, the "
        "bar is the level when it was due."
        + (
            f" The table has the {len(rows) - _ALL} targets that were due before these."
            if len(shown) < len(rows)
            else ""
        ),
    )


def reached_of(targets: int, reached: int, in_time: int, which: str) -> str:
    """Return how many targets were reached, as a title says it.

    Examples
    --------
    >>> reached_of(17, 8, 3, "with a figure")
    'Eight of seventeen targets with a figure were reached, three by the date'
    >>> reached_of(1, 0, 0, "with a figure"), reached_of(3, 0, 0, "due")
    ('The one target with a figure has not been reached', 'None of three targets due was reached')
    """
    if targets == 1:
        done = "has been reached" if reached else "has not been reached"
        return f"The one target {which} {done}{', by the date' if in_time else ''}"
    of = f"of {text.in_words(targets)} targets {which}"
    if not reached:
        return f"None {of} was reached"
    verb = "was" if reached == 1 else "were"
    return (
        f"{text.in_words(reached).capitalize()} {of} {verb} reached, {_none_or(in_time)} by the "
        "date"
    )


def _none_or(number: int) -> str:
    return text.in_words(number) if number else "none"


def timeline(view: View) -> Chart | None:
    """Return one line for every promise made again, or None where none was.

    Dots are the days on which it was made, diamonds the dates named; the line runs from the first
    to the last of them.
    """
    shown = [chain for chain in view.chains if _made(chain)][:16]
    if not shown:
        return None
    again = sum(chain.restatements for chain in view.chains)
    slipped = sum(1 for chain in view.chains if chain.slip > 0)
    title = (
        f"{text.in_words(len(view.chains)).capitalize()} promises were made again, "
        f"{text.in_words(again)} times in all; {_none_or(slipped)} with a later date"
    )
    if len(view.chains) == 1:
        times = "once" if again == 1 else f"{text.in_words(again)} times in all"
        title = f"One promise was made again, {times}"
    return Chart(
        id="promise-timeline",
        title=title,
        subtitle="● when it was made, ◇ a date named for it; dotted: the day of this page",
        description=f"{title}. One line a promise.",
        spec=_lines(view, shown),
        columns=("Promise", "Made on", "Dates named", "Slip, years"),
        rows=tuple(
            (
                _chain_name(view, chain),
                ", ".join(p.announced for p in chain.promises if p.announced),
                ", ".join(chain.dues) or None,
                chain.slip,
            )
            for chain in view.chains
        ),
        sources=tuple(dict.fromkeys(p.source for chain in view.chains for p in chain.promises)),
        note=""
        if len(shown) == len(view.chains)
        else "The table has the other promises made again.",
    )


def _bullets(view: View, rows: list[Row], *, paired: bool) -> Spec:
    values: list[dict[str, Any]] = []
    for n, row in enumerate(rows):
        share, target = _share(row), row.promise.target
        base = target.baseline / _target(row) if target and target.baseline else None
        done = row.verdict.status.reached
        name = _parties(view, row.promise.parties) if paired else _name(row)
        values.append(
            {
                "row": n,
                "share": min(share or 0.0, MOST),
                "beyond": (share or 0.0) > MOST,
                "base": base if base is not None and base <= MOST else None,
                "name": name,
                "label": _status(row) if paired else _label(row, len(name)),
                "target": _name(row),
                "found": _found(row),
                "color": INK if done and row.verdict.at_due is None else OTHER,
            }
        )
    x = plain("share", [0, MOST])
    y = plain("row", [-0.5, len(rows) - 0.5], reverse=True)
    zero = {"datum": 0, "type": "quantitative"}
    end = {"datum": MOST, "type": "quantitative"}
    one = {"datum": 1, "type": "quantitative"}
    mark = {"type": "text", "baseline": "middle"}
    bar, upper = (16, -18) if paired else (9, -9)
    second = [
        layer(mark | {"align": align, "dy": -2, "color": QUIET}, values,
              x=at, y=y, text={"field": field})
        for align, at, field in (("left", zero, "target"), ("right", end, "found"))
    ]  # fmt: skip
    return frame(
        [
            layer({"type": "bar", "height": 10, "yOffset": bar}, values,
                  x=x, x2=zero, y=y, color=paint()),
            layer({"type": "tick", "orient": "vertical", "size": 20, "thickness": 2.5,
                   "yOffset": bar, "color": INK}, values, x=one, y=y),
            layer({"type": "tick", "orient": "vertical", "size": 10, "thickness": 1.5,
                   "yOffset": bar, "color": QUIET}, [v for v in values if v["base"] is not None],
                  x=plain("base", [0, MOST]), y=y),
            layer(mark | {"align": "right", "dx": -3, "dy": bar, "text": "▸", "color": OTHER},
                  [v for v in values if v["beyond"]], x=x, y=y),
            layer(mark | {"align": "left", "dy": upper, "fontWeight": 600}, values,
                  x=zero, y=y, text={"field": "name"}),
            layer(mark | {"align": "right", "dy": upper, "color": QUIET}, values,
                  x=end, y=y, text={"field": "label"}),
            *(second if paired else ()),
        ],
        (_TALL if paired else _ROW) * len(rows),
        Padding(2, 2, 2, 2),
    )  # fmt: skip


def _lines(view: View, shown: list[Chain]) -> Spec:
    made, named, spans, labels = [], [], [], []
    for n, chain in enumerate(shown):
        days = [dates.position(day) for day in _made(chain)]
        ends = [_end(due) for due in chain.dues]
        made += [{"row": n, "at": day} for day in days]
        named += [{"row": n, "at": end} for end in ends]
        spans.append({"row": n, "at": min(days + ends), "to": max(days + ends)})
        labels.append({"row": n, "name": _chain_name(view, chain), "label": _slip(chain)})
    today = _end(view.as_of.isoformat())
    first = int(min(span["at"] for span in spans)) - 1
    last = int(max(today, *(span["to"] for span in spans))) + 1
    x = plain("at", [first, last])
    x["axis"] = {"format": "d", "grid": True, "tickCount": 5, "labelPadding": 6}
    y = plain("row", [-0.5, len(shown) - 0.5], reverse=True)
    mark = {"type": "text", "baseline": "middle"}
    start, end = ({"datum": at, "type": "quantitative"} for at in (first, last))
    return frame(
        [
            layer({"type": "rule", "strokeWidth": 1, "color": QUIET, "strokeDash": [2, 3]},
                  [{"at": today}], x=x),
            layer({"type": "rule", "strokeWidth": 2, "color": OTHER, "yOffset": 9}, spans,
                  x=x, x2={"field": "to"}, y=y),
            layer({"type": "point", "shape": "diamond", "size": 90, "strokeWidth": 2, "opacity": 1,
                   "color": INK, "filled": False, "yOffset": 9}, named, x=x, y=y),
            layer({"type": "point", "filled": True, "size": 60, "opacity": 1, "color": INK,
                   "yOffset": 9}, made, x=x, y=y),
            layer(mark | {"align": "left", "dy": -9, "fontWeight": 600}, labels,
                  x=start, y=y, text={"field": "name"}),
            # A halo keeps the label readable across the line of today.
            layer(mark | {"align": "right", "dy": -9, "color": PAPER, "stroke": PAPER,
                          "strokeWidth": 3}, labels, x=end, y=y, text={"field": "label"}),
            layer(mark | {"align": "right", "dy": -9, "color": QUIET}, labels,
                  x=end, y=y, text={"field": "label"}),
        ],
        _ROW * len(shown),
        Padding(14, 14, 2, 26),
    )  # fmt: skip


def _parties(view: View, ids: Sequence[str]) -> str:
    """Name the two sides briefly: "Russia–Türkiye"."""
    return "–".join(wording.party(view.ledger, ids[n]).removeprefix("the ") for n in (0, -1))


def _first_of_each(rows: list[Row]) -> list[Row]:
    """Return one row of each chain and date, trade first, then by the date due."""
    kept: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        chain = row.chain.first.id if row.chain else row.promise.id
        kept.setdefault((chain, row.promise.due, _target(row)), row)
    return sorted(
        kept.values(),
        key=lambda r: (not r.promise.is_trade_target, r.promise.due or "9999", r.promise.id),
    )


def _target(row: Row) -> float:
    target = row.promise.target
    if target is None:
        return 0.0
    if target.multiple is not None and target.baseline is not None:
        return target.multiple * target.baseline
    return float(target.high or target.low or 0.0)


def _share(row: Row) -> float | None:
    target = row.promise.target
    figure = row.verdict.at_due or row.verdict.figure
    if target is None or figure is None or not _target(row) or target.pace is Pace.total:
        return None
    return figure.value / _target(row)


def _name(row: Row, *, dated: bool = True) -> str:
    target = row.promise.target
    by = f" by {_when(row.promise.due)}" if dated and row.promise.due else ""
    if target is None:
        return row.promise.text
    if target.unit in MONEY:
        what = _short(_target(row), target.unit)
        what = f"Exports of {what}" if target.origin else what
        what = f"Invest {what}" if "investment" in target.indicator else what
    else:
        words = target.indicator.removesuffix(" delivered").removesuffix(" commissioned")
        what = words[:1].upper() + words[1:]
        what = what if len(what) <= LONGEST else what[: LONGEST - 1].rstrip() + "…"
    return f"{what}{by}"


def _label(row: Row, taken: int) -> str:
    """Return the verdict and its figure, without the period where the name leaves no room."""
    said = _found(row)
    if not said:
        return _status(row)
    dated = f"{_status(row)}: {said}"
    return dated if len(dated) + taken <= LETTERS else dated.rpartition(", ")[0]


def _status(row: Row) -> str:
    status = row.verdict.status
    return "date unclear" if status is Outcome.met_undated else status.value


def _found(row: Row) -> str:
    """Return the figure that the bar shows and its period: "$41.8 bn, 2023"."""
    target = row.promise.target
    figure = row.verdict.at_due or row.verdict.figure
    if figure is None or target is None:
        return ""
    limit = "≤ " if figure.bound.value == "at most" else ""
    found = _short(figure.value, target.unit)
    if target.unit not in MONEY:
        found = f"{found} of {_short(_target(row), target.unit)}"
    return f"{limit}{found}, {_when(figure.period)}"


def _short(value: float, unit: str) -> str:
    """Return a figure as briefly as it can be read: "$30 bn", "601,427"."""
    if unit == "USD":
        return text.money(value, short=True).replace(".00 ", " ").replace(".0 ", " ")
    return wording.amount(value, unit if unit in MONEY else "")


def _when(period: str) -> str:
    if period.startswith("FY"):
        return text.period(period).removeprefix("FY ")
    return str(dates.year_of(period))


def _made(chain: Chain) -> list[str]:
    return [p.announced for p in chain.promises if p.announced]


def _end(due: str) -> float:
    last = dates.last_day(due)
    return round(last.year + last.timetuple().tm_yday / 366, 2)


def _chain_name(view: View, chain: Chain) -> str:
    name = _name(view.row(chain.first.id), dated=False)
    if not view.chosen.b:
        named = f"{_parties(view, chain.first.parties)}, {name}"
        if len(named) + len(_slip(chain)) <= LETTERS:
            return named
        return f"{chain.first.parties[0]}–{chain.first.parties[-1]}, {name}"
    due = chain.first.due
    return f"{name} by {_when(due)}" if due and len(chain.dues) == 1 else name


def _slip(chain: Chain) -> str:
    times = f"{len(chain.promises)} times"
    return f"{times}, +{chain.slip:g} years" if chain.slip > 0 else times
