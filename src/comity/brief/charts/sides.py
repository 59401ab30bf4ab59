"""Bars to both sides of a middle, on one scale: what goes there, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from comity.brief.charts.rows import BLANK, unique
from comity.brief.charts.theme import (
    QUIET,
    Padding,
    Spec,
    category,
    frame,
    key,
    key_height,
    layer,
    paint,
    quantity,
    text_width,
)

_ACROSS = 300.0
"""How wide the narrow drawing's plot is, in pixels, with a little to spare."""


def mirrored(
    rows: Sequence[tuple[str, float | None, float | None, str, str]],
    colors: tuple[str, str],
    legend: Sequence[tuple[str, str]],
    *,
    label_space: int = 58,
    hatched: Mapping[tuple[int, int], str] | None = None,
) -> Spec:
    """Return bars to both sides of a middle, on one scale: the first to the left.

    Parameters
    ----------
    rows : sequence of (name, left value, right value, left label, right label)
        From the top down; None draws nothing.
    colors : pair of str
        Colours of the two sides.
    legend : sequence of (name, colour)
        Key above the bars.
    label_space : int
        Space for a label, kept free on both sides.
    hatched : mapping of (row, side) to colour, optional
        Bars in the colour of an estimate, which a page hatches; sides are 0 and 1.
    """
    values: list[dict[str, Any]] = []
    order: list[str] = []
    for n, (name, a, b, label_a, label_b) in enumerate(rows):
        shown = unique(name, n)
        order.append(shown)
        for side, (value, label) in enumerate(((a, label_a), (b, label_b))):
            if value is not None:
                color = (hatched or {}).get((n, side), colors[side])
                signed = value * (1 if side else -1)
                values.append({"name": shown, "value": signed, "color": color, "label": label})
    x = quantity("value", domain=_two_sided(rows, label_space), axis=None)
    y = category("name", order, padding=0.0) | {"axis": None}
    names = [{"name": name, "shown": name.rstrip(BLANK)} for name in order]
    return frame(
        [
            layer(
                {"type": "bar", "height": 14, "yOffset": 7},
                values,
                x=x,
                y=y,
                color=paint(),
            ),
            *(
                layer(
                    {"type": "text", "align": align, "dx": dx, "dy": 7},
                    [value for value in values if (value["value"] < 0) == (dx < 0)],
                    x=x,
                    y=y,
                    text={"field": "label"},
                )
                for align, dx in (("right", -5), ("left", 5))
            ),
            layer(
                {"type": "text", "align": "center", "dy": -9, "color": QUIET},
                names,
                x={"datum": 0, "type": "quantitative"},
                y=y,
                text={"field": "shown"},
            ),
            *key(legend, key_height(legend), 12),
        ],
        40 * len(rows),
        Padding(12, 12, key_height(legend), 2),
    )


def _two_sided(
    rows: Sequence[tuple[str, float | None, float | None, str, str]], label_space: int
) -> list[float]:
    """Return the ends of a scale that both sides share: the longer bars get the more room.

    What is counted are pixels of the narrow drawing; names stand over the middle and need theirs.
    """
    left = max((row[1] or 0.0 for row in rows), default=0.0)
    right = max((row[2] or 0.0 for row in rows), default=0.0)
    if not left + right:
        left = right = 1.0
    half = min(max((text_width(row[0]) for row in rows), default=0.0) / 2, _ACROSS / 2)
    wanted = label_space + (_ACROSS - 2 * label_space) * left / (left + right)
    middle = min(max(wanted, half), _ACROSS - half)
    room = ((middle - label_space, left), (_ACROSS - middle - label_space, right))
    size = min(pixels / value for pixels, value in room if value)
    return [-middle / size, (_ACROSS - middle) / size]
