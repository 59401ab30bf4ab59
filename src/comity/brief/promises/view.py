"""The promises of a pair with their verdicts, gathered once for every way of showing them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from comity.brief import text
from comity.intent import ledger as ledgers
from comity.intent.ledger import dates, wording
from comity.intent.ledger.book import Ledger
from comity.intent.ledger.chains import Chain, chains
from comity.intent.ledger.evidence import Evidence
from comity.intent.ledger.model import Assessment, Promise
from comity.intent.ledger.outcome import Outcome, Verdict
from comity.intent.ledger.scores import SAMPLE, Score, Standing, score, standing
from comity.intent.ledger.verdicts import Judge

if TYPE_CHECKING:
    from comity.lake import Dossier, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One promise with everything that is said of it."""

    promise: Promise
    verdict: Verdict
    standing: Standing
    latest: Assessment | None
    chain: Chain | None

    @property
    def is_past(self) -> bool:
        """Whether its date has passed."""
        return bool(self.promise.due) and dates.last_day(self.promise.due) < self.verdict.as_of

    @property
    def is_overdue(self) -> bool:
        """Whether its date has passed without delivery, whatever else is known."""
        done = (Standing.delivered, Standing.delivered_late, Standing.lapsed)
        return self.is_past and self.standing not in done

    @property
    def says_figures(self) -> bool:
        """Whether the verdict rests on a figure, and so has something to say."""
        silent = ("no figure", "no series", "scope", "currency", "no baseline")
        return self.verdict.reason not in silent


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which promises are wanted; everything by default."""

    due: bool = False
    missed: bool = False
    repeated: bool = False
    pillar: str = ""
    status: str = ""
    sort: str = "made"

    def accept(self, row: Row) -> bool:
        """Return whether a row is wanted."""
        status = self.status.lower()
        said = {row.standing.value, row.verdict.status.value}
        said |= {row.latest.status.value} if row.latest else {"unknown"}
        return (
            (not self.due or row.is_past)
            and (not self.missed or row.standing is Standing.missed or row.is_overdue)
            and (not self.repeated or row.chain is not None)
            and (not self.pillar or row.promise.pillar == self.pillar)
            and (not status or status in said)
        )


SORTS = ("made", "due", "pillar", "standing", "id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What was asked for: the sides, their names, and the command that asks for it again."""

    title: str
    a: str = ""
    b: str = ""
    command: str = ""


@dataclass(frozen=True, kw_only=True)
class View:
    """Promises, gathered.

    Parameters
    ----------
    chosen : Chosen
        What was asked for.
    rows : tuple of Row
        The promises that passed the filters, in the order asked for.
    everything : tuple of Row
        All of the pair; the scores and the charts are of these.
    score : Score
        Over everything.
    """

    chosen: Chosen
    ledger: Ledger
    as_of: dt.date
    rows: tuple[Row, ...]
    everything: tuple[Row, ...]
    score: Score
    lake_id: str = ""
    built: str = ""
    lake_sources: dict[str, dict[str, Any]] = field(default_factory=dict)

    @cached_property
    def chains(self) -> list[Chain]:
        """The restatement chains."""
        return chains(row.promise for row in self.everything)

    def row(self, id: str) -> Row:  # noqa: A002
        """Return a row by its promise's id."""
        return next(row for row in self.everything if row.promise.id == id)

    def source(self, id: str) -> dict[str, str]:  # noqa: A002
        """Return a source of the ledger or of the lake: citation and address."""
        if id in self.ledger.sources:
            held = self.ledger.sources[id]
            return {"citation": held.citation, "url": held.url, "note": held.note}
        row = self.lake_sources[id]
        return {"citation": str(row["citation"]), "url": str(row["url"] or ""), "note": ""}

    @cached_property
    def findings(self) -> tuple[str, ...]:
        """What stands out, in sentences."""
        return tuple(_findings(self))

    @property
    def sample(self) -> str:
        """The sample, in words."""
        return SAMPLE


def promises_of(
    a: str,
    b: str = "",
    *,
    store: Store | None,
    ledger: Ledger | None = None,
    as_of: dt.date | None = None,
    filters: Filters | None = None,
    dossier: Dossier | None = None,
) -> View:
    """Gather the promises of a pair, or of one party with everybody.

    Parameters
    ----------
    a, b : str
        Ids of parties; ``b`` may be empty.
    store : Store or None
        The lake that verdicts are computed against.
    ledger : Ledger, optional
        By default the one that `comity.intent.ledger.open` gives.
    as_of : date, optional
        The date judged on; today by default.
    filters : Filters, optional
        Which to show, and in which order.
    dossier : Dossier, optional
        The pair's rows where they have been read already; saves a query.
    """
    held = ledger or ledgers.open()
    names = [wording.party(held, id) for id in (a, b) if id]  # noqa: A001
    title = " and ".join(names) if b else f"{names[0]} and others"
    chosen = Chosen(title=title, a=a, b=b, command=f"comity promises {a} {b}".strip())
    promises = held.promises(a, b)
    return _gather(chosen, held, promises, Evidence(held, store, promises, dossier), as_of, filters)


def targets_of(
    *,
    store: Store | None,
    ledger: Ledger | None = None,
    as_of: dt.date | None = None,
    filters: Filters | None = None,
) -> View:
    """Gather every announced trade target of the ledger."""
    held = ledger or ledgers.open()
    targets = [
        p
        for p in held
        if p.target is not None
        and p.is_trade_target
        and (p.target.low is not None or p.target.multiple is not None)
    ]
    chosen = Chosen(title="Trade targets", command="comity promises --targets")
    return _gather(chosen, held, targets, Evidence(held, store, targets), as_of, filters)


def _gather(
    chosen: Chosen,
    ledger: Ledger,
    promises: Sequence[Promise],
    evidence: Evidence,
    as_of: dt.date | None,
    filters: Filters | None,
) -> View:
    wanted, store = filters or Filters(), evidence.store
    judge = Judge(ledger, evidence, as_of)
    verdicts = {p.id: judge.judge(p) for p in promises}
    of = {p.id: chain for chain in chains(promises) for p in chain.promises}
    everything = tuple(
        Row(
            promise=p,
            verdict=verdicts[p.id],
            standing=standing(p, verdicts[p.id], ledger.status(p)),
            latest=ledger.latest(p),
            chain=of.get(p.id),
        )
        for p in promises
    )
    rows = [row for row in everything if wanted.accept(row)]
    return View(
        chosen=chosen,
        ledger=ledger,
        as_of=judge.as_of,
        rows=tuple(sorted(rows, key=_order(wanted.sort))),
        everything=everything,
        score=score(ledger, promises, verdicts),
        lake_id=store.id if store else "",
        built=store.built if store else "",
        lake_sources=store.sources if store else {},
    )


def _order(sort: str) -> Any:  # noqa: ANN401 - a key function
    places = list(Standing)
    keys: dict[str, Any] = {
        "made": lambda r: (r.promise.announced or "9999", r.promise.id),
        "due": lambda r: (_last(r.promise.due), r.promise.id),
        "pillar": lambda r: (r.promise.pillar, r.promise.announced or "9999", r.promise.id),
        "standing": lambda r: (places.index(r.standing), r.promise.announced, r.promise.id),
        "id": lambda r: r.promise.id,
    }
    return keys[sort]


def _last(due: str) -> dt.date:
    return dates.last_day(due) if due else dt.date.max


def _findings(view: View) -> list[str]:
    found = []
    total = view.score
    if total.due:
        found.append(_delivered(total.due, total.delivered, total.on_time))
    carried = [r for r in view.everything if r.verdict.one_sided and r.verdict.status.reached]
    if carried and view.chosen.b:
        row = max(carried, key=lambda r: (r.verdict.status is Outcome.met, r.promise.announced))
        found.append(f"{_what(row.promise)}: {row.verdict.sentence}")
    pacing = [r for r in view.everything if r.verdict.status is Outcome.behind]
    if pacing and view.chosen.b:
        row = max(pacing, key=lambda r: (r.promise.is_trade_target, r.promise.announced))
        found.append(f"{_what(row.promise)}: {row.verdict.sentence}")
    if view.chains:
        chain = view.chains[0]
        times = text.in_words(len(chain.promises))
        found.append(f"Promised most often, {times} times: {_inside(view, chain.first)}.")
    slipped = [chain for chain in view.chains if chain.slip > 0]
    if slipped:
        chain = max(slipped, key=lambda c: c.slip)
        found.append(
            f"The longest slip from one promise to the next: {_inside(view, chain.first)} moved to "
            f"{wording.date(chain.dues[-1])}."
        )
    overdue = [r for r in view.everything if r.is_overdue]
    if overdue:
        found.append(
            f"{text.in_words(len(overdue)).capitalize()} promises are past their date without "
            "delivery, or without any news of it."
        )
    return found


def _inside(view: View, promise: Promise) -> str:
    """Return what was promised, inside a sentence; by whom, where that is not clear."""
    what = _what(promise)
    if promise.parties and promise.is_trade_target:
        what = f"{what[:1].lower()}{what[1:]}"
        if view.chosen.b:
            return what
        return f"{what} ({text.listed([wording.party(view.ledger, p) for p in promise.parties])})"
    return f"“{what}”"


def _what(promise: Promise) -> str:
    target = promise.target
    if target is None or target.low is None or not promise.is_trade_target:
        return promise.text.rstrip(".")
    by = f" by {wording.date(promise.due)}" if promise.due else ""
    kind = "Trade of " if promise.is_trade_target and not target.origin else ""
    return f"{kind}{wording.amount(target.low, target.unit)}{by}"


def as_dict(view: View, row: Row) -> dict[str, Any]:
    """Return a promise as plain JSON types: the ``commitments`` of the contract."""
    promise, verdict, target = row.promise, row.verdict, row.promise.target
    figure = verdict.figure
    stated = view.ledger.source(promise.source)
    return {
        "id": promise.id,
        "made_on": promise.announced or promise.signed or None,
        "promised_by": list(promise.promised_by),
        "parties": list(promise.parties),
        "said_by": promise.said_by or None,
        "pillar": promise.pillar,
        "kind": promise.kind.value,
        "text": promise.text,
        "target": None
        if target is None
        else {
            "indicator": target.indicator,
            "origin": target.origin or None,
            "destination": target.destination or None,
            "low": target.low,
            "high": target.high,
            "multiple": target.multiple,
            "unit": target.unit or None,
            "scope": target.scope or None,
            "baseline": target.baseline,
            "baseline_period": target.baseline_period or None,
        },
        "due": promise.due or None,
        "due_now": promise.due_now or None,
        "signed": promise.signed or None,
        "in_force": promise.in_force or None,
        "funded": promise.funded or None,
        "delivered": promise.delivered or None,
        "repeats": promise.repeats[0] if promise.repeats else None,
        "part_of": list(promise.part_of),
        "follows": list(promise.follows),
        "status": row.latest.status.value if row.latest else "unknown",
        "standing": row.standing.value,
        "overdue": row.is_overdue,
        "verdict": verdict.status.value,
        "sentence": verdict.sentence,
        "figure": None
        if figure is None
        else {
            "value": figure.value,
            "unit": target.unit if target else None,
            "period": figure.period,
            "used": figure.used.value,
            "bound": figure.bound.value,
            "source": figure.source,
        },
        "needed": verdict.needed,
        "achieved": verdict.achieved,
        "one_sided": verdict.one_sided or None,
        "evidence": row.latest.evidence if row.latest else None,
        "evidence_source": row.latest.source if row.latest else None,
        "source": {
            "id": stated.id,
            "publisher": stated.publisher,
            "title": stated.title or None,
            "date": stated.date or None,
            "url": stated.url or None,
        },
    }


def _delivered(due: int, delivered: int, on_time: int) -> str:
    """Say what became of the promises that were due.

    Examples
    --------
    >>> _delivered(18, 10, 6)
    'Of 18 promises that were due and of which something is known, 10 were delivered, 6 of them by \
the date.'
    >>> _delivered(1, 1, 0)
    'The one promise that was due and of which something is known was delivered, after the date.'
    """
    known = "due and of which something is known"
    if due == 1:
        when = ", by the date" if on_time else ", after the date"
        became = f"delivered{when}" if delivered else "not delivered"
        return f"The one promise that was {known} was {became}."
    return (
        f"Of {due} promises that were {known}, {delivered} were delivered, {on_time} of them by "
        "the date."
    )
