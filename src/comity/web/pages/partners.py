"""The chart of a country's partners: what there is against what is usual, one dot a partner."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, log10
from typing import TYPE_CHECKING, Any

from comity.brief import text
from comity.brief.charts.theme import (
    INK,
    OTHER,
    PAPER,
    QUIET,
    A,
    Padding,
    Spec,
    frame,
    key,
    key_height,
    layer,
    paint,
    quantity,
    text_width,
)
from comity.brief.content import Chart
from comity.catalogue import Country
from comity.catalogue.countries import by_iso3
from comity.potential.yardstick.ties import Tie

if TYPE_CHECKING:
    from comity.web.pages.country import Cell, Partner

_LABELS = 10
_HEIGHT = 380
_PLOT = 226.0  # how wide the plot is in the narrow drawing, to keep names apart there, too
_END = 66.0  # room for names to the right of it


def draw(country: Country, tie: Tie, partners: Sequence[Partner]) -> Chart | None:
    """Return the chart, or None where fewer than three partners can be judged.

    Parameters
    ----------
    country : Country
        Whose partners.
    tie : Tie
        Which tie.
    partners : sequence of Partner
        All of them; dots are those of whom enough is usual.
    """
    dots = [
        _dot(partner, cell, color, phrase(tie, country, partner.code, way))
        for partner in partners
        for cell, color, way in ((partner.back, OTHER, "back"), (partner.there, A, "there"))
        if cell is not None and cell.intensity is not None and cell.value > 0
    ]
    if len(dots) < 3:
        return None
    both = [dot[axis] for dot in dots for axis in ("usual", "value")]
    low, high = 10 ** floor(log10(min(both))), 10 ** ceil(log10(max(both)))
    ways = [(f"From {country.name}", A), (f"To {country.name}", OTHER)]
    items = ways if tie.directed else [("Together", A)]
    ticks = [10.0**k for k in range(round(log10(low)), round(log10(high)) + 1)]
    far = max(dots, key=lambda dot: abs(dot["value"] - dot["usual"]))
    axis: dict[str, Any] = {"log": True, "domain": [low, high], "values": ticks, "format": "~s"}
    across, up = quantity("usual", **axis), quantity("value", **axis)
    layers = [
        layer(
            {"type": "line", "color": QUIET, "strokeWidth": 1.5},
            [{"usual": low, "value": low}, {"usual": high, "value": high}],
            x=across,
            y=up,
        ),
        layer(
            {"type": "point", "filled": True, "size": 36, "opacity": 0.8},
            dots,
            x=across,
            y=up,
            color=paint(),
        ),
        *_names(_named(dots, far, low, high), across, up),
        *key(items, key_height(items), 52),
    ]
    return Chart(
        id="partners",
        title=text.capital(f"{far['label']}, furthest from what is usual in dollars")
        if tie.unit == "USD"
        else text.capital(f"{far['label']}, furthest from what is usual"),
        subtitle="Upwards what there is, to the right what is usual; on the line both are equal. "
        f"{'Dollars' if tie.unit == 'USD' else tie.unit.capitalize()}, logarithmic scales",
        description=f"{len(dots)} dots, one a partner and direction, about the line on which "
        f"actual and usual are equal.",
        spec=frame(layers, _HEIGHT, Padding(52, 70, key_height(items), 28)),
        columns=(),
        rows=(),
        sources=(),
        note="Partners of whom less than the tie's floor is usual, and those without any, have no "
        "dot; the table has them all.",
    )


def phrase(tie: Tie, country: Country, code: str, way: str) -> str:
    """Return what a tie with a partner is called: "India's sales of goods to China"."""
    here, other = country.with_article, by_iso3(code).with_article
    a, b = (here, other) if way == "there" else (other, here)
    words = tie.phrase.replace("{a's}", text.possessive(a))
    return words.replace("{a}", a).replace("{b}", b)


def _dot(partner: Partner, cell: Cell, color: str, what: str) -> dict[str, Any]:
    return {
        "usual": cell.expected,
        "value": cell.value,
        "color": color,
        "name": partner.name,
        "label": f"{what}: {cell.amount}, {cell.times} usual",
        "far": abs(log10(cell.value / cell.expected)) * abs(cell.gap) ** 0.5,
    }


def _names(named: list[dict[str, Any]], across: Spec, up: Spec) -> list[Spec]:
    """Return the names beside their dots; a halo keeps them readable across others."""
    layers = []
    for align, dx in (("left", 7), ("right", -7)):
        words = [dot for dot in named if dot["align"] == align]
        base: Spec = {"type": "text", "align": align, "baseline": "middle", "dx": dx, "color": INK}
        halo = base | {"stroke": PAPER, "strokeWidth": 3, "color": PAPER}
        layers += [layer(m, words, x=across, y=up, text={"field": "name"}) for m in (halo, base)]
    return layers


def _named(
    dots: list[dict[str, Any]], first: dict[str, Any], low: float, high: float
) -> list[dict[str, Any]]:
    """Return the dots that get a name: the one of the title, then the furthest.

    A name goes to the side where it covers fewer dots, and only where no other name is.
    """
    scale = _PLOT / (log10(high) - log10(low))
    tall = _HEIGHT / _PLOT * scale
    spots = [(log10(d["usual"] / low) * scale, log10(d["value"] / low) * tall) for d in dots]
    order = sorted(range(len(dots)), key=lambda n: (dots[n] is not first, -dots[n]["far"]))
    taken: list[tuple[float, float, float]] = []
    named: list[dict[str, Any]] = []
    for n in order:
        (x, y), width = spots[n], text_width(dots[n]["name"])
        best: tuple[int, str, float, float] | None = None
        for align, start in (("left", x + 5), ("right", x - 5 - width)):
            end = start + width
            inside = start >= 0 and end <= _PLOT + _END
            free = all(abs(y - b) > 13 or end < a or start > c for a, b, c in taken)
            if inside and free:
                covered = sum(start < p < end and abs(y - q) < 7 for p, q in spots)
                if best is None or covered < best[0]:
                    best = (covered, align, start, end)
        if best is not None:
            taken.append((best[2], y, best[3]))
            named.append(dots[n] | {"align": best[1]})
        if len(named) == _LABELS:
            break
    return named
