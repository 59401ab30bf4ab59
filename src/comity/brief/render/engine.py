"""A chart's specification drawn as what stands inside an SVG: small, and in the page's own colours.

Imports nothing of comity, and runs as a program too: `comity.brief.render.drawing` starts it beside
a page that is being put together, as vl-convert does not let Python go on while it draws.
"""

from __future__ import annotations

import json
import re
import signal
import sys
from html import escape
from string import ascii_letters
from typing import Any, BinaryIO
from xml.etree import ElementTree as ET

ZERO_WIDTH = "\u200b"
_SVG = "{http://www.w3.org/2000/svg}"
_DECIMALS = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
_DROPPED = frozenset(
    {
        "class", "role", "aria-hidden", "aria-roledescription", "aria-label", "pointer-events",
        "font-family", "stroke-miterlimit", "opacity=1", "stroke-width=1", "font-size=12px",
        "transform=translate(0,0)", "style",
    }
)  # fmt: skip
_SHAPES = frozenset({"path", "line", "rect", "text", "circle"})


def start() -> None:
    """Start vl-convert, which takes longer than any chart."""
    import vl_convert

    vl_convert.vegalite_to_svg({"mark": "point", "data": {"values": [{}]}})


def draw(spec: dict[str, Any], widths: list[int], *, alone: bool = False) -> list[tuple[str, str]]:
    """Return the view box and the content of a chart's SVG, for each of some widths.

    Parameters
    ----------
    spec : dict
        Vega-Lite, with its data inside.
    widths : list of int
        In pixels, paddings included; where the specification has no fixed paddings, as it says.
    alone : bool
        Whether no other thread of this process draws: then what is to be drawn at several widths,
        which differ in nothing but that, is compiled once. Compiling hands back Python's objects
        while vl-convert is locked; another thread that waits for the lock would hold Python, and
        both would wait for ever.
    """
    import vl_convert

    short, words = _abbreviated(spec)
    if alone and short.get("autosize") == {"type": "none"} and "layer" in short:
        compiled = vl_convert.vegalite_to_vega(short)
        pictures = [
            vl_convert.vega_to_svg(compiled | {"width": fitted(short, width)["width"]})
            for width in widths
        ]
    else:
        pictures = [vl_convert.vegalite_to_svg(fitted(short, width)) for width in widths]
    return [_tidy(picture, words) for picture in pictures]


def _tidy(picture: str, words: dict[str, str]) -> tuple[str, str]:
    root = ET.fromstring(picture)  # noqa: S314  # our own engine's output
    return str(root.get("viewBox")), "".join(_write(child, words) for child in root)


def fitted(spec: dict[str, Any], total: int) -> dict[str, Any]:
    """Return a specification whose plot fills a given width, paddings included."""
    padding = spec.get("padding")
    if not isinstance(padding, dict):
        return spec
    return spec | {"width": total - padding.get("left", 0) - padding.get("right", 0)}


def _abbreviated(spec: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the specification with letters for its texts, and the texts by letter.

    The engine measures every text, which takes longer than all else, and needs no width where
    the layout is fixed: so it is given one letter a text, and the texts are put in afterwards.
    """
    if spec.get("autosize") != {"type": "none"} or "layer" not in spec:
        return spec, {}
    letters: dict[str, str] = {}

    def short(words: object) -> object:
        return letters.setdefault(words, _letter(len(letters))) if isinstance(words, str) else words

    layers = []
    for layer in spec["layer"]:
        encoding = dict(layer["encoding"])
        fields = {encoding[channel].get("field") for channel in ("text",) if channel in encoding}
        if "sort" in encoding.get("y", {}):
            fields.add(encoding["y"]["field"])
            order = [short(name) for name in encoding["y"]["sort"]]
            encoding["y"] = encoding["y"] | {"sort": order}
        values = [
            {name: short(value) if name in fields else value for name, value in row.items()}
            for row in layer["data"]["values"]
        ]
        layers.append(layer | {"encoding": encoding, "data": {"values": values}})
    return spec | {"layer": layers}, {letter: words for words, letter in letters.items()}


def _letter(position: int) -> str:
    first, second = divmod(position, len(ascii_letters))
    return ascii_letters[second] if not first else _letter(first - 1) + ascii_letters[second]


def _lines(words: str) -> str:
    """Write a text, a second line beneath the first and both about the middle."""
    lines = words.rstrip(ZERO_WIDTH).split("\n")
    if len(lines) == 1:
        return escape(lines[0], quote=False)
    return "".join(
        f'<tspan x="0" dy="{-6 if n == 0 else 13}">{escape(line, quote=False)}</tspan>'
        for n, line in enumerate(lines)
    )


def _write(element: ET.Element, words: dict[str, str]) -> str:
    """Write an element without what the page does not need."""
    tag = element.tag.removeprefix(_SVG)
    about = element.attrib
    if about.get("display") == "none" or about.get("opacity") == "0":
        return ""
    if tag in _SHAPES and tag != "text" and not about.get("fill") and not about.get("stroke"):
        return ""
    kept = "".join(
        f' {name}="{escape(_rounded(name, value))}"'
        for name, value in about.items()
        if name not in _DROPPED
        and f"{name}={value}" not in _DROPPED
        and not (name == "stroke" and value == "transparent")
    )
    text = element.text or ""
    inner = _lines(words.get(text, text)) if text else ""
    inner += "".join(_write(child, words) for child in element)
    if tag == "g":
        if not inner:
            return ""
        if not kept:
            return inner
    if tag == "text" and not inner:
        return ""
    return f"<{tag}{kept}>{inner}</{tag}>" if inner else f"<{tag}{kept}/>"


def _rounded(name: str, value: str) -> str:
    if name in ("d", "transform", "x", "y", "x1", "x2", "y1", "y2", "width", "height"):
        return _DECIMALS.sub(lambda match: f"{float(match[0]):.1f}".removesuffix(".0"), value)
    return value


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Draw until there is no more to draw: a line a request, ``[spec, widths]``, a line an answer.

    The answer is what `draw` returns, or a text: why it could not.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # meant for whoever asks
    start()
    for line in requests:
        answer: Any
        try:
            answer = draw(*json.loads(line), alone=True)
        except Exception as error:  # whatever it is, the page has to know
            answer = str(error)
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
