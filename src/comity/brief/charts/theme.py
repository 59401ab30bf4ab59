"""The one look of every chart: colours by role, type, paddings, scales, the key.

A specification is plain Vega-Lite with its data inside. Its layout is fixed (explicit paddings, no
labels that move), which makes it quick to draw and lets a page draw it at two widths. Colours are
those of the light page; a page maps them to its own by the colour's value, so each role has one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from comity.catalogue import Country

Spec: TypeAlias = dict[str, Any]

WIDE, NARROW = 544, 348

# One colour a country everywhere: blue and vermilion of Okabe and Ito, the second darkened until
# it reads as text on white (5:1). The estimates differ by one step so that a page can hatch them.
A, B = "#0072b2", "#b84e00"
A_ESTIMATE, B_ESTIMATE = "#0072b3", "#b84e01"
INK, QUIET, RULE, OTHER, PAPER = "#1f2328", "#59636e", "#d8dee4", "#818b98", "#ffffff"

FONT = "Liberation Sans"
SIZE = 12
_LETTER = 0.53  # mean width of a letter, in type sizes
_KEY_END = 8  # kept free after the last name of a line of the key
_BOLD = 1.15  # how much wider bold letters are

_CONFIG: Spec = {
    "aria": False,
    "font": FONT,
    "view": {"stroke": None},
    "text": {"fontSize": SIZE, "fill": INK},
    "line": {"strokeWidth": 2, "strokeCap": "round", "strokeJoin": "round"},
    "axis": {
        "title": None,
        "domain": False,
        "ticks": False,
        "gridColor": RULE,
        "labelColor": QUIET,
        "labelFontSize": SIZE,
        "labelPadding": 6,
        "labelLimit": 0,
        "labelOverlap": False,
        "labelBound": False,
        "labelFlush": False,
    },
}


@dataclass(frozen=True, slots=True)
class Pair:
    """The two countries and the colours that they keep."""

    a: Country
    b: Country

    def name(self, code: str) -> str:
        """Return the name of one of the two."""
        return self.a.name if code == self.a.iso3 else self.b.name

    def said(self, code: str) -> str:
        """Return the name of one of the two as it stands in a sentence."""
        return (self.a if code == self.a.iso3 else self.b).with_article

    def color(self, code: str, *, estimate: bool = False) -> str:
        """Return the colour of one of the two."""
        if code == self.a.iso3:
            return A_ESTIMATE if estimate else A
        return B_ESTIMATE if estimate else B

    def way(self, origin: str) -> str:
        """Name a direction by its origin: "India → Russia"."""
        return f"{self.name(origin)} → {self.name(self.other(origin))}"

    def other(self, code: str) -> str:
        """Return the other one's code."""
        return self.b.iso3 if code == self.a.iso3 else self.a.iso3

    @property
    def codes(self) -> tuple[str, str]:
        """Both codes, in order."""
        return self.a.iso3, self.b.iso3


@dataclass(frozen=True, slots=True)
class Padding:
    """Space around the plot, in pixels, for labels that the layout does not measure."""

    left: int = 44
    right: int = 12
    top: int = 30
    bottom: int = 28


def frame(layers: Sequence[Spec], height: int, padding: Padding) -> Spec:
    """Return a whole specification over the layers."""
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": WIDE - padding.left - padding.right,
        "height": height,
        "padding": {
            "left": padding.left,
            "right": padding.right,
            "top": padding.top,
            "bottom": padding.bottom,
        },
        "autosize": {"type": "none"},
        "background": None,
        "config": _CONFIG,
        "layer": list(layers),
    }


def layer(mark: str | Spec, values: Iterable[Mapping[str, Any]], **encoding: Spec) -> Spec:
    """Return one layer with its own data."""
    return {"mark": mark, "data": {"values": list(values)}, "encoding": encoding}


def quantity(field: str, *, log: bool = False, **more: Any) -> Spec:  # noqa: ANN401
    """Return the encoding of a quantity; ``more`` goes into the scale and the axis."""
    zero = more.pop("zero", True)
    scale: Spec = {"type": "log", "nice": True} if log else {"nice": True, "zero": zero}
    if "domain" in more:
        scale["domain"] = more.pop("domain")
        scale["nice"] = False
    axis = None if more.get("axis", True) is None else {"tickCount": 5} | more
    if axis and axis.get("format") == "~s":
        # d3 writes M and G where readers of tables know m and bn.
        axis["labelExpr"] = "replace(replace(datum.label, 'M', ' m'), 'G', ' bn')"
    if axis and str(axis.get("format", "")).endswith("%"):
        axis |= {"labelExpr": "replace(datum.label, '%', ' %')", "labelSeparation": 10}
    if axis and str(axis.get("format", "")).startswith("+"):
        axis["labelExpr"] = "datum.value == 0 ? '0' : datum.label"  # zero has no sign
    return {"field": field, "type": "quantitative", "scale": scale, "axis": axis}


def plain(field: str, domain: Sequence[float], *, reverse: bool = False) -> Spec:
    """Return the encoding of a quantity between two ends, without an axis."""
    scale: Spec = {"domain": list(domain), "nice": False, "zero": False, "reverse": reverse}
    return {"field": field, "type": "quantitative", "scale": scale, "axis": None}


def years(field: str, values: Iterable[float], **more: Any) -> Spec:  # noqa: ANN401
    """Return the encoding of years along the bottom, with few and whole labels."""
    known = sorted(values)
    first, last = known[0], known[-1]
    if first == last:
        first, last = first - 1, last + 1
    axis = {"format": "d", "grid": False, "values": _year_ticks(first, last), "labelPadding": 8}
    scale = {"domain": [first, last], "nice": False, "zero": False}
    return {"field": field, "type": "quantitative", "scale": scale, "axis": axis | more}


def category(field: str, order: Sequence[str], *, padding: float = 0.3, **axis: Any) -> Spec:  # noqa: ANN401
    """Return the encoding of named rows from the top down, names on at most two lines."""
    return {
        "field": field,
        "type": "nominal",
        "sort": list(order),
        "scale": {"type": "band", "paddingInner": padding, "paddingOuter": padding / 2},
        "axis": {
            "labelExpr": "split(datum.label, '\\n')",
            "labelColor": INK,
            "labelLineHeight": 13,
            # A second line must not push the first off the middle of its row.
            "labelOffset": {
                "condition": {"test": "indexof(datum.label, '\\n') > 0", "value": -6},
                "value": 0,
            },
        }
        | axis,
    }


def key(items: Sequence[tuple[str, str]], top: int = 30, left: int = 0) -> list[Spec]:
    """Return the key above the plot: a dot and a name in its colour, in one line or two.

    ``top`` and ``left`` are the paddings of the plot, so that the key begins where the title does.
    """
    values: list[dict[str, Any]] = []
    x, y = 5.0 - left, -top + 8.0
    for name, color in items:
        width = _key_width(name)
        if values and x + left + width > NARROW - _KEY_END:
            x, y = 5.0 - left, y + 16
        values.append({"name": name, "color": color, "x": x, "y": y})
        x += width
    paint = {"field": "color", "type": "nominal", "scale": None}
    place = {
        "x": {"field": "x", "type": "quantitative", "scale": None, "axis": None},
        "y": {"field": "y", "type": "quantitative", "scale": None, "axis": None},
    }
    return [
        layer(
            {"type": "point", "filled": True, "size": 70, "opacity": 1},
            values,
            color=paint,
            **place,
        ),
        layer(
            {"type": "text", "align": "left", "baseline": "middle", "dx": 9, "fontWeight": 600},
            values,
            text={"field": "name"},
            color=paint,
            **place,
        ),
    ]


def key_height(items: Sequence[tuple[str, str]]) -> int:
    """Return the space that a key needs above the plot."""
    x, lines = 5.0, 1
    for position, (name, _) in enumerate(items):
        width = _key_width(name)
        if position and x + width > NARROW - _KEY_END:
            x, lines = 5.0, lines + 1
        x += width
    return 14 + 16 * lines


def paint(field: str = "color") -> Spec:
    """Return the encoding of a colour that the data name themselves."""
    return {"field": field, "type": "nominal", "scale": None, "legend": None}


def _key_width(name: str) -> float:
    return text_width(name) * _BOLD + 30


def text_width(words: str, size: float = SIZE) -> float:
    """Return about how wide a text is, in pixels."""
    return len(words) * size * _LETTER


def two_lines(words: str, letters: int = 22) -> str:
    r"""Break a name into at most two lines, and cut what does not fit.

    Examples
    --------
    >>> two_lines("Mineral fuels and oils", 12)
    'Mineral\nfuels and o…'
    """
    if len(words) <= letters:
        return words
    lines: list[str] = []
    for word in words.split():
        if lines and len(lines[-1]) + 1 + len(word) <= letters:
            lines[-1] += f" {word}"
        elif len(lines) < 2:
            lines.append(word)
        else:
            lines[-1] += f" {word}"
    return "\n".join(
        line if len(line) <= letters else line[: letters - 1].rstrip(" ,;") + "…" for line in lines
    )


def unit_of(largest: float) -> tuple[float, str, str]:
    """Return the scale in which amounts are drawn: divisor, its word, its short sign.

    Examples
    --------
    >>> unit_of(6.6e10), unit_of(3.2e6)
    ((1000000000.0, 'Billion', 'bn'), (1000000.0, 'Million', 'm'))
    """
    scales = ((1e12, "Trillion", "tn"), (1e9, "Billion", "bn"), (1e6, "Million", "m"))
    for size, word, sign in scales:
        if largest >= size:
            return size, word, sign
    return (1e3, "Thousand", "k") if largest >= 1e4 else (1.0, "", "")


def wants_log(values: Iterable[float]) -> bool:
    """Say whether a series spans so many orders that a linear scale would hide most of it."""
    positive = sorted(value for value in values if value > 0)
    if len(positive) < 3:
        return False
    middle = positive[len(positive) // 2]
    return positive[-1] / middle > 12 and positive[-1] / positive[0] > 40


def decades(values: Iterable[float]) -> list[float]:
    """Return the powers of ten around positive values, for a logarithmic axis."""
    positive = [value for value in values if value > 0]
    low, high = min(positive), max(positive)
    ticks = [10.0**power for power in range(-12, 16)]
    inside = [tick for tick in ticks if low / 10 < tick < high * 10]
    return inside or [low, high]


def whole(values: Iterable[float]) -> str:
    """Return the d3 format of counts: in full, beyond a million by scale."""
    largest = max(values, default=0.0)
    return "~s" if largest >= 1e6 else ",d" if largest > 4 else ",~r"


def _year_ticks(first: float, last: float) -> list[int]:
    start, end = round(first), int(last)
    span = end - start
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100) if span / step <= 6 or step == 100)
    ticks = [year for year in range(start, end + 1) if year % step == 0]
    return ticks or [start, end]
