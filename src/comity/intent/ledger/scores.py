"""Scores over a set of promises, always with the sample that they describe."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from comity.intent.ledger import dates
from comity.intent.ledger.book import Ledger
from comity.intent.ledger.chains import chains
from comity.intent.ledger.model import Promise, Status
from comity.intent.ledger.outcome import Outcome, Verdict


class Standing(StrEnum):
    """Where a promise stands: what figures say where they can, else what people judged."""

    delivered = "delivered"
    delivered_late = "delivered late"
    partly = "partly"
    on_course = "not due yet"
    overdue = "overdue"
    missed = "missed"
    lapsed = "lapsed"
    unknown = "unknown"


MARKS = {
    Standing.delivered: 1,
    Standing.delivered_late: 1,
    Standing.partly: 0,
    Standing.on_course: 0,
    Standing.overdue: -1,
    Standing.missed: -1,
    Standing.lapsed: -1,
}
"""The marks of the G20 compliance reports; what is unknown is left out of the mean."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Scores over a set of promises.

    Parameters
    ----------
    promises : int
        How many there are.
    due : int
        Those whose date has passed, and of which something is known; a promise made again with the
        same date counts once.
    delivered, on_time : int
        Of those due: delivered at all; delivered by the date.
    unknown : int
        Past their date, with nothing known; in no share.
    share, share_on_time : float or None
        ``delivered / due`` and ``on_time / due``; None where nothing was due.
    median_delay : float or None
        Years from the due date to delivery, of those delivered late with both dates known.
    delays : int
        How many the median is of.
    restatements : int
        Promises that repeat an earlier one.
    mean : float or None
        Mean mark of +1, 0 and -1 over the promises with a mark.
    marked : int
        How many those are.
    standings : dict
        How many promises stand where.
    """

    promises: int
    due: int
    delivered: int
    on_time: int
    unknown: int
    share: float | None
    share_on_time: float | None
    median_delay: float | None
    delays: int
    restatements: int
    mean: float | None
    marked: int
    standings: dict[Standing, int]


def standing(promise: Promise, verdict: Verdict, status: Status) -> Standing:
    """Return where a promise stands: the computed verdict first, then the human status."""
    if verdict.status in (Outcome.met, Outcome.met_undated):
        return Standing.delivered
    if verdict.status is Outcome.met_late:
        return Standing.delivered_late
    if verdict.status is Outcome.missed:
        return Standing.missed
    if status is Status.delivered:
        dated = bool(promise.due and promise.delivered)
        late = dated and dates.first_day(promise.delivered) > dates.last_day(promise.due)
        return Standing.delivered_late if late else Standing.delivered
    if status in (Status.missed, Status.lapsed, Status.partly):
        return Standing(status.value)
    if verdict.status is Outcome.overdue:
        return Standing.unknown if status is Status.unknown else Standing.overdue
    if verdict.status in (Outcome.on_track, Outcome.behind) or status is Status.pending:
        return Standing.on_course
    return Standing.unknown


def score(ledger: Ledger, promises: Iterable[Promise], verdicts: dict[str, Verdict]) -> Score:
    """Return the scores of a set of promises.

    Parameters
    ----------
    ledger : Ledger
        Where the human statuses are from.
    promises : iterable of Promise
        The set.
    verdicts : dict
        The verdict on each, by id.
    """
    chosen = list(promises)
    stands = {p.id: standing(p, verdicts[p.id], ledger.status(p)) for p in chosen}
    past = _once([p for p in chosen if _is_due(p, verdicts[p.id].as_of)])
    known = [p for p in past if stands[p.id] is not Standing.unknown]
    unclear = {id for id, v in verdicts.items() if v.status is Outcome.met_undated}  # noqa: A001
    on_time = [p for p in known if stands[p.id] is Standing.delivered and p.id not in unclear]
    late = [p for p in known if stands[p.id] is Standing.delivered_late]
    delivered = len([p for p in known if stands[p.id] is Standing.delivered]) + len(late)
    delays = [d for p in known if (d := _delay(p, verdicts[p.id], stands[p.id])) is not None]
    marks = [MARKS[s] for s in stands.values() if s in MARKS]
    return Score(
        promises=len(chosen),
        due=len(known),
        delivered=delivered,
        on_time=len(on_time),
        unknown=len(past) - len(known),
        share=delivered / len(known) if known else None,
        share_on_time=len(on_time) / len(known) if known else None,
        median_delay=round(median(delays), 1) if delays else None,
        delays=len(delays),
        restatements=sum(1 for p in chosen if p.repeats),
        mean=round(sum(marks) / len(marks), 2) if marks else None,
        marked=len(marks),
        standings=dict(Counter(stands.values())),
    )


def describe(result: Score, as_of: dt.date) -> str:
    """Return the sample in words, to stand beside the scores."""
    text = (
        f"{result.promises} promises as of {as_of.isoformat()}. Of {result.due} that were due and "
        f"of which something is known, {result.delivered} were delivered, {result.on_time} of "
        f"them surely by the date; of {result.unknown} more that were due nothing is known."
    )
    return f"{text} {SAMPLE}"


SAMPLE = (
    "The sample is what was found on public pages by topic: failed and delayed promises, and some "
    "countries, are over-represented. Shares describe this ledger, not all promises."
)
"""What every score is printed beside."""


def _once(promises: list[Promise]) -> list[Promise]:
    """Return the promises without those that only say an earlier one again, with its date."""
    first = {p.id: chain.first.id for chain in chains(promises) for p in chain.promises}
    kept: dict[tuple[str, str], Promise] = {}
    for promise in sorted(promises, key=lambda p: (bool(p.repeats), p.announced or "9999", p.id)):
        kept.setdefault((first.get(promise.id, promise.id), promise.due), promise)
    return list(kept.values())


def _is_due(promise: Promise, as_of: dt.date) -> bool:
    return bool(promise.due) and dates.last_day(promise.due) < as_of


def _delay(promise: Promise, verdict: Verdict, stands: Standing) -> float | None:
    """Return the years from the due date to a late delivery, where both are known."""
    when = verdict.reached or promise.delivered
    if stands is not Standing.delivered_late or not when:
        return None
    if promise.is_trade_target:
        return float(max(0, dates.year_of(when) - dates.year_of(promise.due)))
    gap = (dates.last_day(when) - dates.last_day(promise.due)).days / 365.25
    return max(0.0, round(gap, 1))
