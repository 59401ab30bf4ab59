"""The promises that a text mentions, each set against the ledger."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from comity.intent.ledger import Assessment, Ledger, Promise, Status
from comity.intent.ledger.dates import first_day, last_day
from comity.intent.reading import vocabulary
from comity.intent.reading.claims import Claim
from comity.intent.reading.figures import stated
from comity.intent.reading.scene import Pair
from comity.intent.reading.text import plain, sentences
from comity.intent.reading.verdicts import Verdict, name_of

_CHUNK = re.compile(r"[,;:—()]")
_NAME = re.compile(r"\b[A-Z][\w-]*\d[\w-]*\b|\b[A-Z][a-z]{4,}\w*\b|\b[A-Z]{4,}\b")
_COMMON = frozenset(
    "agreement programme program project minister ministry president prime summit annual joint "
    "trade bilateral memorandum protocol treaty force forces union economic free talks defence "
    "group working support state government russia russian india indian export exports first "
    "second third fourth state cooperation develop build create deliver raise".split()
)
_LEDGER_IDS = {"ASEAN": "ASE"}
_MONTHS = (
    "January February March April May June July August September October November December"
).split()
_TRADE = {"goods_trade_total": "goods_trade"}


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
            stance = _stance(flat, place, match.span())
            if not stance:
                continue
            promise = shelf.best(topic, words, today)
            if promise is None and not (named and stance in {"ahead", "talking", "done"}):
                continue
            yield _mention(match.span(), place, name, stance, sides, promise, ledger, today)
        if not matches:
            yield from _by_name(flat, place, sides, shelf, ledger, today)


def _by_name(
    flat: str, place: tuple[int, int], sides: Pair, shelf: _Shelf, ledger: Ledger, today: dt.date
) -> Iterator[Mention]:
    """Find a promise by a name that few promises of the pair have: "Kazan", "Gaganyaan"."""
    for match in _NAME.finditer(flat, *place):
        promises = shelf.names.get(match.group().casefold(), [])
        stance = _stance(flat, place, match.span()) if promises else ""
        if not stance:
            continue
        promise = _newest(promises, today)
        if promise is not None:
            yield _mention(match.span(), place, match.group(), stance, sides, promise, ledger, today)


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
        known = [p for p in found if _announced(p) <= today] or found
        here = _stems(words)
        return max(
            known, key=lambda p: (len(here & _stems(p.text)) // 2, _announced(p), p.id), default=None
        )


def _stems(text: str) -> frozenset[str]:
    words = re.findall(r"[a-z]{4,}", text.casefold())
    return frozenset(word[:6] for word in words if word not in _COMMON)


def _announced(promise: Promise) -> dt.date:
    text = promise.announced or promise.signed
    return first_day(text) if text else dt.date.min


def _newest(promises: Sequence[Promise], today: dt.date) -> Promise | None:
    known = [p for p in promises if _announced(p) <= today]
    return max(known, key=lambda p: (_announced(p), p.id), default=None)


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


def _stance(flat: str, sentence: tuple[int, int], place: tuple[int, int]) -> str:
    """Say what a sentence says of a promise: the words of its own part count first."""
    first = max((m.end() for m in _CHUNK.finditer(flat, sentence[0], place[0])), default=sentence[0])
    last = min((m.start() for m in _CHUNK.finditer(flat, place[1], sentence[1])), default=sentence[1])
    for start, end in ((first, last), sentence):
        for stance, pattern in vocabulary.stances():
            if pattern.search(flat, start, end):
                return stance
    return ""


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
    known = _known(promise, ledger, today)
    verdict, why = _judge(promise, known, stance, today, ledger)
    source = known.source if known and verdict is not Verdict.supported else promise.source
    return Mention(
        start=span[0], end=span[1], sentence=sentence, subject=subject, stance=stance,
        parties=sides, verdict=verdict, why=why + _history(promise, ledger, today),
        promise=promise, assessment=known, source=source, line=ledger.source(source).citation,
        url=ledger.source(source).url,
    )  # fmt: skip


def _known(promise: Promise, ledger: Ledger, today: dt.date) -> Assessment | None:
    """Return the last assessment whose evidence was there at a date, else the first after it."""
    found = ledger.assessments(promise)
    before = [a for a in found if not a.evidence_on or first_day(a.evidence_on) <= today]
    return before[-1] if before else (found[0] if found else None)


def _delivered(promise: Promise, known: Assessment | None) -> str:
    """Return when it was delivered, or ""."""
    if promise.delivered:
        return promise.delivered
    if known and known.status is Status.delivered:
        return known.evidence_on or promise.signed or promise.announced
    return ""


def _judge(
    promise: Promise, known: Assessment | None, stance: str, today: dt.date, ledger: Ledger
) -> tuple[Verdict, str]:
    status = known.status if known else Status.unknown
    done_on = _delivered(promise, known)
    done = bool(done_on) and first_day(done_on) <= today
    said = _said(promise)
    proof = _proof(known, ledger)
    if done and stance in {"ahead", "talking"}:
        # A negotiation may go on after one of its steps; a thing opened is no longer to come.
        return Verdict.outdated, f"Already delivered: {day(done_on)}. {proof}".strip()
    if done:
        verdict = Verdict.contradicted if stance == "not" else Verdict.supported
        return verdict, f"{said} Delivered: {day(done_on)}. {proof}".strip()
    if done_on and stance == "done":
        return Verdict.contradicted, f"{said} Delivered only later: {day(done_on)}. {proof}".strip()
    state = _state(status, known, today)
    if status is Status.lapsed and stance in {"ahead", "talking", "named"}:
        return Verdict.outdated, f"{said} {state} {proof}".strip()
    if stance == "done":
        signed = promise.signed or (promise.announced if promise.kind == "agreement-signed" else "")
        if status is Status.partly:
            return Verdict.supported, f"In part. {said} {state} {proof}".strip()
        if signed and first_day(signed) <= today:
            return Verdict.supported, f"{said} {state} {proof}".strip()
        if status is Status.unknown:
            return Verdict.no_data, f"{said} The ledger has no outcome of it. {proof}".strip()
        return Verdict.contradicted, f"{said} {state} {proof}".strip()
    return Verdict.supported, f"{said} {state} {proof}".strip() + _overdue(promise, today)


def _said(promise: Promise) -> str:
    when = promise.announced or promise.signed
    occasion = f" ({promise.occasion})" if promise.occasion else ""
    lead = f"Promised {_on(when)}{occasion}" if when else f"Promised, undated{occasion}"
    return f"{lead}: {promise.text.rstrip('.')}."


def _state(status: Status, known: Assessment | None, today: dt.date) -> str:
    words = {
        Status.partly: "partly delivered", Status.pending: "pending", Status.missed: "missed",
        Status.lapsed: "lapsed", Status.unknown: "no outcome known",
        Status.delivered: "delivered",
    }[status]  # fmt: skip
    if known and known.evidence_on:
        later = " (after this text)" if first_day(known.evidence_on) > today else ""
        return f"Status {day(known.evidence_on)}{later}: {words}."
    return f"Status: {words}."


def _proof(known: Assessment | None, ledger: Ledger) -> str:
    if known is None or not known.evidence:
        return ""
    evidence = known.evidence.rstrip(".")
    publisher = ledger.source(known.source).publisher
    return f"{evidence}." if evidence.endswith(")") else f"{evidence} ({publisher})."


def _history(promise: Promise, ledger: Ledger, today: dt.date) -> str:
    """Say when the same promise was made before, and how often."""
    chain, seen = [promise], {promise.id}
    queue = list(promise.repeats)
    while queue:
        id_ = queue.pop()
        if id_ in seen or id_ not in ledger:
            continue
        seen.add(id_)
        earlier = ledger.promise(id_)
        chain.append(earlier)
        queue.extend(earlier.repeats)
    roots = set(seen)
    chain += [
        p for p in ledger.promises(*promise.parties)
        if p.id not in seen and roots & set(p.repeats) and _announced(p) <= today
    ]  # fmt: skip
    dated = sorted(p.announced for p in chain if p.announced and p.announced[:4] < "9999")
    if len(chain) < 2 or not dated or dated[0] >= (promise.announced or "9999"):
        return ""
    times = len(chain) - 1
    again = {1: "once", 2: "twice"}.get(times, f"{times} times")
    return f" Not new: first promised {_on(dated[0])}, repeated {again}."


def _targets(aims: Iterable[Claim], today: dt.date, ledger: Ledger) -> Iterator[Mention]:
    """Set the targets that a text names against those of the ledger."""
    for aim in aims:
        ids = [_LEDGER_IDS.get(side, side) for side in aim.pair]
        known = [p for p in ledger.promises(*ids) if _is_target(p, aim) and _announced(p) <= today]
        promise = max(known, key=lambda p: (_announced(p), p.id), default=None)
        span, subject = (aim.start, aim.end), f"target of {stated(aim)}"
        yield _mention(span, aim.sentence, subject, "ahead", aim.pair, promise, ledger, today)


def _is_target(promise: Promise, aim: Claim) -> bool:
    target = promise.target
    if target is None or target.low is None or target.high is None or target.unit != aim.unit:
        return False
    if target.indicator != _TRADE.get(aim.indicator, aim.indicator):
        return False
    if aim.directed and target.origin and target.origin != aim.origin:
        return False
    return 0.98 * target.low <= aim.value <= 1.02 * target.high


def day(text: str) -> str:
    """Return a partial date in words: "19 November 2025", "November 2025", "2025"."""
    parts = text.split("-")
    if text.startswith("FY") or not parts[0].isdigit():
        return text
    if len(parts) == 1:
        return text
    month = _MONTHS[int(parts[1]) - 1]
    return f"{int(parts[2])} {month} {parts[0]}" if len(parts) == 3 else f"{month} {parts[0]}"


def _on(text: str) -> str:
    return f"{'on' if text.count('-') == 2 else 'in'} {day(text)}"


def _overdue(promise: Promise, today: dt.date) -> str:
    if promise.due and last_day(promise.due) < today:
        return f" It was due {_on(promise.due)}."
    return ""
