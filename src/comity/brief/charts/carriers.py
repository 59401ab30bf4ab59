"""The chart of carriers: whose task the promises are, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from comity.brief import text
from comity.brief.charts.theme import (
    INK,
    OTHER,
    QUIET,
    Padding,
    category,
    frame,
    key,
    key_height,
    layer,
    paint,
    quantity,
)
from comity.brief.content import Chart

GROUPS = ("delivered", "missed", "open")
_COLORS = {"delivered": INK, "missed": QUIET, "open": OTHER}
_NAMES = {
    "delivered": "Delivered",
    "missed": "Overdue or missed",
    "open": "Not due, in part, or nothing known",
}


def promises(
    counts: Mapping[str, Mapping[str, int]],
    ties: Sequence[tuple[Any, ...]],
    sources: Sequence[str],
) -> Chart | None:
    """Return how many promises each actor has to keep, by what became of them.

    Parameters
    ----------
    counts : mapping of actor to mapping of group to int
        Groups as in `GROUPS`.
    ties : sequence of tuple
        Rows of the table beneath: actor, tie, direction, period, value, against what is usual.
    sources : sequence of str
        Source ids of the ties.
    """
    total = sum(sum(by.values()) for by in counts.values())
    if not total:
        return None
    rows, labels = [], []
    for actor, by in counts.items():
        start = 0
        for group in GROUPS:
            count = by.get(group, 0)
            if count:
                rows.append(
                    {
                        "name": actor.capitalize(),
                        "start": start,
                        "value": start + count,
                        "color": _COLORS[group],
                    }
                )
            start += count
        labels.append(
            {
                "name": actor.capitalize(),
                "value": start,
                "label": f"{by.get('delivered', 0)} of {start}",
            }
        )
    largest = max(float(str(row["value"])) for row in labels)
    x = quantity("value", domain=[0, largest], axis=None)
    y = category("name", [str(row["name"]) for row in labels])
    legend = [(_NAMES[group], _COLORS[group]) for group in GROUPS]
    lead = max(counts, key=lambda actor: sum(counts[actor].values()))
    most = sum(counts[lead].values())
    title = f"{most} of {total} promises are for {_who(lead)} to keep"
    others = {actor: sum(by.values()) for actor, by in counts.items() if actor != lead}
    if any(others.values()):
        told = (f"{count} for {_who(actor)}" for actor, count in others.items() if count)
        title += f"; {', '.join(told)}"
    elif total == 1:
        title = f"The one promise is for {_who(lead)} to keep"
    else:
        title = f"All {total} promises are for {_who(lead)} to keep"
    return Chart(
        id="carriers",
        title=title,
        subtitle="Promises in the ledger by who would have to keep them, and what became of them; "
        "labels: delivered of all",
        description=f"{title}. Horizontal bars, stacked.",
        spec=frame(
            [
                layer({"type": "bar"}, rows, x=x, x2={"field": "start"}, y=y, color=paint()),
                layer(
                    {"type": "text", "align": "left", "dx": 5},
                    labels,
                    x=x,
                    y=y,
                    text={"field": "label"},
                ),
                *key(legend, key_height(legend), 92),
            ],
            32 * len(labels),
            Padding(92, 60, key_height(legend), 4),
        ),
        columns=("Carried by", "Tie", "Direction", "Period", "Value", "Times the usual"),
        rows=tuple(ties),
        sources=tuple(sources),
        note="Who would have to keep a promise is read from what it is and its pillar, by one rule "
        "for all, which the method of dependence states. The table has the measured ties by who "
        "makes them.",
    )


def _who(actor: str) -> str:
    return {"government": "governments", "business": "firms", "society": "people and scholars"}.get(
        actor, text.capital(actor)
    )
