"""The promises that a text mentions, each set against the ledger."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from comity.intent.ledger import Assessment, Ledger, Promise
from comity.intent.reading import vocabulary
from comity.intent.reading.claims import Claim
from comity.intent.reading.figures import stated
from comity.intent.reading.outcomes import announced, history, judge, known
from comity.intent.reading.scene import Pair
from comity.intent.reading.text import plain, sentences
from comity.intent.reading.verdicts import Verdict, name_of

_CHUNK = re.compile(r"[,;:—()]")
_NAME = re.compile(r"\b[A-Z][\w-]*\d[\w-]*\b|\b[A-Z][a-z]{4,}\w*\b|\b[A-Z]{4,}\b")
# "soon Yekaterinburg", "RELOS agreement": what follows belongs to the words.
_TAIL = re.compile(r"\s+(?:[A-Z][\w-]+(?:\s+[A-Z][\w-]+)?|talks|agreement|pact|deal|trade)\b")
_WITH = re.compile(r"\s+with\s+(?:the\s+)?[A-Z][\w-]+(?:\s+[A-Z][\w-]+)*")
_MODAL = re.compile(r"may be|could|might|will|would|shall|expected|expects?", re.IGNORECASE)
_REACH = 40
_COMMON = frozenset(
    [
        "agreement",
        "programme",
        "program",
        "project",
        "minister",
        "ministry",
        "president",
        "prime",
        "summit",
        "annual",
        "joint",
        "trade",
        "bilateral",
        "memorandum",
        "protocol",
        "treaty",
        "force",
        "forces",
        "union",
        "economic",
        "free",
        "talks",
        "defence",
        "group",
        "working",
        "support",
        "state",
        "government",
        "russia",
        "russian",
        "india",
        "indian",
        "export",
        "exports",
        "first",
        "second",
        "third",
        "fourth",
        "state",
        "cooperation",
        "develop",
        "build",
        "create",
        "deliver",
        "raise",
    ]
)
_LEDGER_IDS = {"ASEAN": "ASE"}
_TRADE = {"goods_trade_total": {"goods_trade_total", "goods_trade"}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A promise that a text mentions, and what the ledger knows of it.

    Parameters
    ----------
    start, end : int
        The words, as offsets into the text.
    sentence : tuple of int
        Offsets of the sentence.
    subject : str
        What it is about, in words.
    stance : str
        What the text says of it: ``ahead``, ``talking``, ``named``, ``done``, ``not``.
    parties : pair of str
        The two sides.
    verdict : Verdict
        What the ledger says to that.
    why : str
        One sentence.
    promise : Promise or None
        The promise in the ledger; None where it holds none.
    assessment : Assessment or None
        What was known of it.
    source, line, url : str
        The source of the promise or of the evidence: id, one line, address.
    """

    start: int
    end: int
    sentence: tuple[int, int]
    subject: str
    stance: str
    parties: Pair
    verdict: Verdict
    why: str
    promise: Promise | None = None
    assessment: Assessment | None = None
    source: str = ""
    line: str = ""
    url: str = ""


def find_promises(
    text: str, today: dt.date, pair: Pair | None, ledger: Ledger, aims: Iterable[Claim] = ()
) -> list[Mention]:
    """Return the promises that a text mentions, in order, each promise once.

    Parameters
    ----------
    text : str
        The text.
    today : date
        Its date: what was known then decides.
    pair : pair of str or None
        The pair that the text is about.
    ledger : Ledger
        The promises.
    aims : iterable of Claim
        The targets that the text names (`comity.intent.reading.claims.find_targets`).
    """
    found = [*_subjects(plain(text), today, pair, ledger), *_targets(aims, today, ledger)]
    found.sort(key=lambda m: (m.start, m.end))
    kept: dict[tuple[str, Pair], Mention] = {}
    for mention in found:
        key = (mention.promise.id if mention.promise else mention.subject, mention.parties)
        if key not in kept:
            kept[key] = mention
    return list(kept.values())


def _subjects(flat: str, today: dt.date, pair: Pair | None, ledger: Ledger) -> Iterator[Mention]:
    shelves: dict[Pair, _Shelf] = {}
    for sentence in sentences(flat):
        matches = []
        if vocabulary.any_topic().search(flat, sentence.start, sentence.end):
            matches = [
                (topic, name, match)
                for topic, name, pattern in vocabulary.topics()
                if (match := pattern.search(flat, sentence.start, sentence.end))
            ]
        named = {a.id for a in vocabulary.actors(flat, sentence.start, sentence.end)}
        sides = _sides(named, pair)
        if sides is None:
            continue
        if sides not in shelves:
            shelves[sides] = _Shelf(ledger, sides)
        shelf = shelves[sides]
        if not matches and not shelf.names:
            continue
        words = flat[sentence.start : sentence.end]
        place = (sentence.start, sentence.end)
        for topic, name, match in matches:
            stance, span = _stance(flat, place, match.span())
            if not stance:
                continue
            promise = shelf.best(topic, words, today)
            if promise is None and not (named and stance in {"ahead", "talking", "done"}):
                continue
            yield _mention(span, place, name, stance, sides, promise, ledger, today)
        if not matches:
            yield from _by_name(flat, place, sides, shelf, ledger, today)


def _by_name(
    flat: str, place: tuple[int, int], sides: Pair, shelf: _Shelf, ledger: Ledger, today: dt.date
) -> Iterator[Mention]:
    """Find a promise by a name that few promises of the pair have: "Kazan", "Gaganyaan"."""
    for match in _NAME.finditer(flat, *place):
        promises = shelf.names.get(match.group().casefold(), [])
        stance, span = _stance(flat, place, match.span()) if promises else ("", match.span())
        if not stance:
            continue
        promise = _newest(promises, today)
        if promise is not None:
            yield _mention(span, place, match.group(), stance, sides, promise, ledger, today)


class _Shelf:
    """The promises of a pair by subject and by name."""

    def __init__(self, ledger: Ledger, sides: Pair) -> None:
        ids = [_LEDGER_IDS.get(side, side) for side in sides]
        self.promises = ledger.promises(*ids)
        self.topics: dict[str, list[Promise]] = {}
        names: dict[str, list[Promise]] = {}
        for promise in self.promises:
            words = f"{promise.text} {promise.target.indicator if promise.target else ''}"
            for topic, _, pattern in vocabulary.topics():
                if pattern.search(words):
                    self.topics.setdefault(topic, []).append(promise)
            for word in {m.group().casefold() for m in _NAME.finditer(promise.text)}:
                if word not in _COMMON and not vocabulary.actors(word.title()):
                    names.setdefault(word, []).append(promise)
        self.names = {word: found for word, found in names.items() if len(found) <= 3}

    def best(self, topic: str, words: str, today: dt.date) -> Promise | None:
        """Return the promise on a subject that shares most words with a sentence."""
        found = self.topics.get(topic, [])
        known = [p for p in found if announced(p) <= today] or found
        here = _stems(words)
        return max(
            known,
            key=lambda p: (len(here & _stems(p.text)) // 2, announced(p), p.id),
            default=None,
        )


def _stems(text: str) -> frozenset[str]:
    words = re.findall(r"[a-z]{4,}", text.casefold())
    return frozenset(word[:6] for word in words if word not in _COMMON)


def _newest(promises: Sequence[Promise], today: dt.date) -> Promise | None:
    known = [p for p in promises if announced(p) <= today]
    return max(known, key=lambda p: (announced(p), p.id), default=None)


def _sides(named: set[str], pair: Pair | None) -> Pair | None:
    if pair and (not named or named & set(pair)):
        third = named - set(pair)
        others = {side for side in third if len(side) == 3}
        if not (named >= set(pair)) and others and len(named) == 2:
            a, b = sorted(named)
            return a, b
        return pair
    if len(named) == 2:
        a, b = sorted(named)
        return a, b
    return None


def _stance(
    flat: str, sentence: tuple[int, int], place: tuple[int, int]
) -> tuple[str, tuple[int, int]]:
    """Say what a sentence says of a promise, and by which words.

    The words of the promise's own part of the sentence count before the rest.
    """
    first = max(
        (m.end() for m in _CHUNK.finditer(flat, sentence[0], place[0])), default=sentence[0]
    )
    last = min(
        (m.start() for m in _CHUNK.finditer(flat, place[1], sentence[1])), default=sentence[1]
    )
    for start, end in ((first, last), sentence):
        for stance, pattern in vocabulary.stances():
            cues = [match.span() for match in pattern.finditer(flat, start, end)]
            if cues:
                near = [
                    c for c in cues if c[0] >= first and c[1] <= last and _apart(c, place) <= _REACH
                ]
                begin = min([place[0], *(c[0] for c in near)])
                stop = max([place[1], *(c[1] for c in near if not _MODAL.fullmatch(flat, *c))])
                if tail := _TAIL.match(flat, stop, last):
                    stop = tail.end()
                if party := _WITH.match(flat, stop, last):
                    stop = party.end()
                return stance, (begin, stop)
    return "", place


def _apart(one: tuple[int, int], other: tuple[int, int]) -> int:
    return max(one[0] - other[1], other[0] - one[1], 0)


def _mention(
    span: tuple[int, int],
    sentence: tuple[int, int],
    subject: str,
    stance: str,
    sides: Pair,
    promise: Promise | None,
    ledger: Ledger,
    today: dt.date,
) -> Mention:
    if promise is None:
        names = f"{name_of(sides[0])} and {name_of(sides[1])}"
        return Mention(
            start=span[0], end=span[1], sentence=sentence, subject=subject, stance=stance,
            parties=sides, verdict=Verdict.no_data,
            why=f"The ledger holds no such promise of {names}.",
        )  # fmt: skip
    evidence = known(promise, ledger, today)
    verdict, why = judge(promise, evidence, stance, today, ledger)
    source = evidence.source if evidence and verdict is not Verdict.supported else promise.source
    return Mention(
        start=span[0], end=span[1], sentence=sentence, subject=subject, stance=stance,
        parties=sides, verdict=verdict, why=why + history(promise, ledger, today),
        promise=promise, assessment=evidence, source=source, line=ledger.source(source).citation,
        url=ledger.source(source).url,
    )  # fmt: skip


def _targets(aims: Iterable[Claim], today: dt.date, ledger: Ledger) -> Iterator[Mention]:
    """Set the targets that a text names against those of the ledger."""
    for aim in aims:
        ids = [_LEDGER_IDS.get(side, side) for side in aim.pair]
        known = [p for p in ledger.promises(*ids) if _is_target(p, aim) and announced(p) <= today]
        promise = max(known, key=lambda p: (announced(p), p.id), default=None)
        span, subject = (aim.start, aim.end), f"target of {stated(aim)}"
        yield _mention(span, aim.sentence, subject, "ahead", aim.pair, promise, ledger, today)


def _is_target(promise: Promise, aim: Claim) -> bool:
    target = promise.target
    if target is None or target.low is None or target.high is None or target.unit != aim.unit:
        return False
    if target.indicator not in _TRADE.get(aim.indicator, {aim.indicator}):
        return False
    if aim.directed and target.origin and target.origin != aim.origin:
        return False
    return 0.98 * target.low <= aim.value <= 1.02 * target.high
