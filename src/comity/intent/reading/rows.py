"""What a reading shows, one row a claim or promise, for terminal and page alike."""

from __future__ import annotations

from dataclasses import dataclass

from comity.intent.reading.figures import figure, span, stated
from comity.intent.reading.outcomes import day, seen_on
from comity.intent.reading.reading import Reading
from comity.intent.reading.verdicts import Verdict, subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A claim or a promise as a reader sees it, numbered in the order of the text.

    ``says`` is what the text says in short, ``known`` what is known in short.
    """

    number: int
    kind: str
    start: int
    end: int
    words: str
    about: str
    says: str
    known: str
    verdict: Verdict
    why: str
    source: str
    line: str
    url: str
    others: tuple[str, ...] = ()


def rows(reading: Reading) -> list[Row]:
    """Return claims and promises together, in the order of the text."""
    found = [*_claims(reading), *_promises(reading)]
    found.sort(key=lambda row: (row[0], row[1]))
    return [
        Row(number=number, start=start, end=end, **cells)  # type: ignore[arg-type]
        for number, (start, end, cells) in enumerate(found, 1)
    ]


def _claims(reading: Reading) -> list[tuple[int, int, dict[str, object]]]:
    out = []
    for row in reading.claims:
        claim, judged = row.claim, row.judgement
        found = judged.found
        known = ""
        if found:
            ends = (found.low, found.high)
            if judged.verdict is Verdict.disputed:
                ends = (
                    min(e.low for e in (found, *judged.others)),
                    max(e.high for e in (found, *judged.others)),
                )
            known = f"{figure(found.value, found.unit, *ends)}, {span(found.period)}"
        others = [
            f"{figure(e.value, e.unit, e.low, e.high)}, {span(e.period)}: "
            f"{e.said_by or e.line} [{e.source}]"
            for e in judged.others
        ]
        when = f", {span(claim.period)}" if claim.period else ""
        source = reading.sources.get(found.source, {}) if found else {}
        cells: dict[str, object] = {
            "kind": "figure",
            "words": reading.words(claim.start, claim.end),
            "about": _capital(subject(claim)),
            "says": stated(claim) + when,
            "known": known,
            "verdict": judged.verdict,
            "why": judged.sentence,
            "source": found.source if found else "",
            "line": found.line if found else "",
            "url": str(source.get("url") or ""),
            "others": tuple(others[:6]),
        }
        out.append((claim.start, claim.end, cells))
    return out


_STANCES = {
    "ahead": "to come",
    "talking": "under talks",
    "named": "agreed or under way",
    "done": "done",
    "not": "not done",
}


def _promises(reading: Reading) -> list[tuple[int, int, dict[str, object]]]:
    out = []
    for mention in reading.promises:
        promise, known = mention.promise, mention.assessment
        short = ""
        if promise:
            status = known.status if known else "unknown"
            when = seen_on(promise, known) if known else ""
            short = f"{_STATUS.get(status, str(status))}{f', {day(when)}' if when else ''}"
        cells: dict[str, object] = {
            "kind": "promise",
            "words": reading.words(mention.start, mention.end),
            "about": _capital(mention.subject) + (f" ({promise.id})" if promise else ""),
            "says": _STANCES[mention.stance],
            "known": short,
            "verdict": mention.verdict,
            "why": mention.why,
            "source": mention.source,
            "line": mention.line,
            "url": mention.url,
        }
        out.append((mention.start, mention.end, cells))
    return out


_STATUS = {
    "delivered": "delivered",
    "partly": "partly delivered",
    "missed": "missed",
    "pending": "pending",
    "lapsed": "lapsed",
    "unknown": "no outcome known",
}


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
