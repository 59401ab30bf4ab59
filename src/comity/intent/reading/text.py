"""A text cut into sentences, with offsets that always point into the text as it was read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# One character for one character, so that offsets stay true.
_PLAIN = str.maketrans(
    {
        "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2007": " ", "\u200a": " ", "\u2008": " ",
        "\u2018": "'", "\u2019": "'", "\u02bc": "'", "\u201c": '"', "\u201d": '"',
        "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "\u2014",
        "\u2212": "-", "\t": " ", "\r": "\n", "\x0b": "\n", "\x0c": "\n", "\u2028": "\n",
        "\u2029": "\n", "\x85": "\n", "\u200b": " ", "\ufeff": " ",
    }
)  # fmt: skip
_PARAGRAPH = re.compile(r"\n[ ]*\n\s*")
_LINE = re.compile(r"\n")
_END = re.compile(r"[.!?…]['\")\]]*(?=\s+['\"(\[]*[A-Z0-9$€£₹À-Þ])")
_ABBREVIATION = re.compile(
    r"(?:\b(?:[A-Z]|Mr|Mrs|Ms|Dr|Prof|St|Rs|Re|No|Nos|Gen|Col|Lt|Sen|Rep|Gov|Amb|Inc|Ltd|Co|"
    r"vs|approx|ca|cf|e\.g|i\.e|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec|bn|mn|Fig|Art)"
    r"|\b[A-Z]\.[A-Z])$"
)
_BULLET = re.compile(r"\s*(?:[-*•·▪◦‣]|\(?\d{1,2}[.)]|\(?[a-z]\))\s")
_SHORT_LINE = 45
LONGEST = 1200


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence: its place in the text, and the number of its paragraph."""

    start: int
    end: int
    paragraph: int


def plain(text: str) -> str:
    """Return the text with one plain character for each typographic one, of the same length.

    Examples
    --------
    >>> plain("India’s exports – $5 billion")
    "India's exports - $5 billion"
    """
    return text.translate(_PLAIN)


def sentences(text: str) -> Iterator[Sentence]:
    r"""Yield the sentences of a plain text (`plain`), in order, without surrounding white space.

    A sentence longer than 1,200 characters is cut at white space.

    Examples
    --------
    >>> text = "Trade with the U.S. rose. Exports were Rs. 5 crore.\n\nNext"
    >>> [text[s.start : s.end] for s in sentences(text)]
    ['Trade with the U.S. rose.', 'Exports were Rs. 5 crore.', 'Next']
    """
    start = 0
    for number, match in enumerate([*_PARAGRAPH.finditer(text), None]):
        end = match.start() if match else len(text)
        for first, last in _blocks(text, start, end):
            for a, b in _split(text, first, last):
                yield Sentence(a, b, number)
        start = match.end() if match else end


def _blocks(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the parts of a paragraph between line breaks that are more than wrapping."""
    block = line = start
    for match in _LINE.finditer(text, start, end):
        here = text[line : match.start()].strip()
        breaks = (
            here.endswith((".", "!", "?", ":", ";"))
            or len(here) < _SHORT_LINE
            or _BULLET.match(text, match.end()) is not None
        )
        if breaks:
            yield block, match.start()
            block = match.end()
        line = match.end()
    yield block, end


def _split(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    begin = start
    for match in _END.finditer(text, start, end):
        if _ABBREVIATION.search(text, max(begin, match.start() - 12), match.start()):
            continue
        yield from _cut(text, begin, match.end())
        begin = match.end()
    yield from _cut(text, begin, end)


def _cut(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while True:
        while start < end and text[start].isspace():
            start += 1
        while end > start and text[end - 1].isspace():
            end -= 1
        if start >= end:
            return
        if end - start <= LONGEST:
            yield start, end
            return
        space = text.rfind(" ", start + LONGEST // 2, start + LONGEST)
        stop = space if space > 0 else start + LONGEST
        yield start, stop
        start = stop
