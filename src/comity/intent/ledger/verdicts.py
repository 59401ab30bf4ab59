"""What became of a promise: computed from figures, with the sentence that says so.

A target is *met* if its level was reached by its date, *met late* if after it, *missed* if the
level was lower when the date came and has not been reached since; before the date it is *on track*
if it has grown at least as fast as it now must, else *behind*:

    needed   = (target / latest) ** (1 / years left) - 1
    achieved = (latest / baseline) ** (1 / years since) - 1

Things handed over one by one are set against an even pace instead. *Overdue* sets itself where the
date has passed and no figure shows either. Nothing is judged on a figure that cannot bear it.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from comity.intent.ledger import dates, wording
from comity.intent.ledger.evidence import Bound, Evidence, Point, Used, best_by_year
from comity.intent.ledger.model import Pace, Promise, Status
from comity.intent.ledger.outcome import Outcome, Verdict

if TYPE_CHECKING:
    from comity.intent.ledger.book import Ledger
    from comity.lake import Store

ONE_SIDED = 0.85
"""A side that carries at least this share of a two-way total carries it alone."""


MARGIN = 0.85
"""A limit proves that a level was not reached only where it is this far below it: the two sides'
reports of one flow differ by as much."""

SHORT_NAMES = {
    "cepii-baci": "CEPII BACI",
    "dgcis": "India's trade statistics",
    "penppml": "UN Comtrade, as in penppml",
    "usitc-itpde": "USITC ITPD-E",
}
"""What a sentence calls a source; the page's list of sources has the rest."""


def verdict(
    promise: Promise,
    store: Store | None,
    as_of: dt.date | None = None,
    ledger: Ledger | None = None,
) -> Verdict:
    """Set one promise against a lake.

    Parameters
    ----------
    promise : Promise
        The promise.
    store : Store or None
        The lake; None for the ledger's own figures alone.
    as_of : date, optional
        The date to judge on; today by default.
    ledger : Ledger, optional
        Where the promise is from; the one that `open` gives by default.
    """
    if ledger is None:
        from comity.intent.ledger.places import open_ledger

        ledger = open_ledger()
    return Judge(ledger, Evidence(ledger, store, [promise]), as_of).judge(promise)


class Judge:
    """Sets promises against figures, all on the same date.

    Parameters
    ----------
    ledger : Ledger
        Where the promises are from.
    evidence : Evidence
        The figures.
    as_of : date, optional
        Today by default.
    """

    def __init__(self, ledger: Ledger, evidence: Evidence, as_of: dt.date | None = None) -> None:
        self.ledger = ledger
        self.evidence = evidence
        self.as_of = as_of or dt.datetime.now(dt.UTC).date()

    def judge(self, promise: Promise) -> Verdict:
        """Return the verdict on one promise."""
        if reason := _unmeasurable(promise):
            return self._without(promise, reason)
        points = [
            point
            for point in self.evidence.points(promise)
            if dates.first_day(point.period) <= self.as_of
            and (not promise.announced or point.year >= dates.year_of(promise.announced))
        ]
        target = _level(promise)
        if promise.target is not None and promise.target.pace is Pace.total:
            return self._judge_total(promise, points, target)
        if promise.target is not None and promise.target.pace is Pace.units:
            points = [p for p in points if p.bound is Bound.exact]
        return self._judge_level(promise, points, target)

    def _judge_level(self, promise: Promise, points: list[Point], target: float) -> Verdict:
        best = best_by_year(points)
        due = dates.year_of(promise.due) if promise.due else None
        over = {p.year for p in points if p.bound is Bound.at_most and _below(p, target)}
        proof = [
            p
            for p in best.values()
            if p.bound is not Bound.at_most
            and p.value >= target
            and (p.used is Used.lake or p.year not in over)
        ]
        if proof:
            return self._reached(promise, points, proof, target)
        below = [p for p in points if _below(p, target) and due is not None and p.year >= due]
        if self._is_over(promise) and below:
            return self._missed(promise, points, min(below, key=lambda p: (p.year, p.rank)))
        known = [p for p in best.values() if p.bound is Bound.exact] or list(best.values())
        latest = known[-1] if known else None
        if self._is_over(promise):
            return self._without(promise, "no later figure", latest)
        if latest is None:
            return self._without(promise, "no series")
        if latest.bound is not Bound.exact:
            return self._without(promise, "only a limit", latest)
        if due is None:
            return self._without(promise, "no date", latest, Outcome.open)
        return self._pace(promise, latest, target)

    def _reached(
        self, promise: Promise, points: list[Point], proof: list[Point], target: float
    ) -> Verdict:
        best = best_by_year(points)
        first = proof[0]
        due = dates.year_of(promise.due) if promise.due else None
        shown, at_due = first, None
        if due is None or self._in_time(promise, first, due):
            status = Outcome.met
            in_lake = (p for p in proof if p.used is Used.lake and p.year <= (due or 9999))
            shown = next(in_lake, first)
        else:
            later = [p for p in points if due <= p.year < first.year and _below(p, target)]
            at_due = later[0] if later else None
            handed_over = promise.target is not None and promise.target.pace is Pace.units
            status = Outcome.met_late if later or handed_over else Outcome.met_undated
        carried = shown
        if not shown.sides and promise.is_trade_target:
            near = (p for y, p in best.items() if y >= shown.year and len(p.sides) == 2)
            carried = next(near, shown)
        since = [p for y, p in best.items() if y > shown.year and p.bound is Bound.exact]
        parts = wording.Reached(
            status=status,
            shown=shown,
            first=first,
            at_due=at_due,
            carried=carried,
            alone=_one_sided(carried),
            fell_to=since[-1] if since and since[-1].value < target else None,
            others=self._disputed(promise, shown, status),
        )
        return Verdict(
            promise=promise.id,
            status=status,
            sentence=wording.reached(self.ledger, self._names, promise, parts),
            as_of=self.as_of,
            figure=shown,
            sources=_sources(shown, first, carried, *parts.others),
            at_due=at_due,
            reached=first.period,
            one_sided=parts.alone,
            disputed=parts.others,
            reason="" if due is not None else "no date",
        )

    def _missed(self, promise: Promise, points: list[Point], at: Point) -> Verdict:
        last = [p for p in points if p.year > at.year and p.bound is not Bound.at_least]
        latest = last[-1] if last else at
        others = self._disputed(promise, at, Outcome.missed)
        return Verdict(
            promise=promise.id,
            status=Outcome.missed,
            sentence=wording.missed(self._names, promise, at, latest, others),
            as_of=self.as_of,
            figure=at,
            sources=_sources(at, latest, *others),
            disputed=others,
        )

    def _pace(self, promise: Promise, latest: Point, target: float) -> Verdict:
        assert promise.target is not None  # noqa: S101 - for the type checker
        base: tuple[float, str] | None = None
        end = dates.position(promise.due)
        here = dates.position(latest.period)
        if promise.target.pace is Pace.units:
            start = dates.position(promise.announced) if promise.announced else None
            if start is None or here <= start:
                return self._without(promise, "no later figure", latest)
            needed, achieved = min(1.0, (here - start) / (end - start)), latest.value / target
        else:
            base = self._base(promise, latest)
            if base is None or end <= here:
                return self._without(promise, "no later figure", latest)
            years = here - dates.position(base[1])
            needed = (target / latest.value) ** (1 / (end - here)) - 1
            achieved = (latest.value / base[0]) ** (1 / years) - 1
        status = Outcome.on_track if achieved >= needed else Outcome.behind
        others = self._disputed(promise, latest, status)
        return Verdict(
            promise=promise.id,
            status=status,
            sentence=wording.pace(
                self.ledger,
                self._names,
                promise,
                wording.Pacing(
                    status=status,
                    latest=latest,
                    base=base,
                    needed=needed,
                    achieved=achieved,
                    others=others,
                ),
            ),
            as_of=self.as_of,
            figure=latest,
            sources=_sources(latest, *others),
            disputed=others,
            base=base,
            needed=needed,
            achieved=achieved,
            one_sided=_one_sided(latest),
        )

    def _base(self, promise: Promise, latest: Point) -> tuple[float, str] | None:
        """Return the level to grow from: the one quoted with the promise, else a figure near it."""
        target = promise.target
        assert target is not None  # noqa: S101 - for the type checker
        here = dates.position(latest.period)
        if target.baseline and target.baseline_period:
            if here - dates.position(target.baseline_period) >= 0.5:
                return target.baseline, target.baseline_period
            return None
        if not promise.announced:
            return None
        made = dates.year_of(promise.announced)
        near = [
            p
            for p in self.evidence.points(promise)
            if p.bound is Bound.exact and abs(p.year - made) <= 1 and p.year < latest.year
        ]
        if not near:
            return None
        base = min(near, key=lambda p: (p.source != latest.source, abs(p.year - made), p.rank))
        return base.value, base.period

    def _judge_total(self, promise: Promise, points: list[Point], target: float) -> Verdict:
        """Judge a sum over the years after the announcement up to the due year."""
        if not promise.due or not promise.announced:
            return self._without(promise, "no date")
        first, last = dates.year_of(promise.announced) + 1, dates.year_of(promise.due)
        best = {year: p for year, p in best_by_year(points).items() if first <= year <= last}
        held = [p for p in best.values() if p.bound is not Bound.at_most]
        whole = len(held) == last - first + 1
        value = sum(p.value for p in held)
        if not held or (value < target and not whole):
            return self._without(promise, "years missing", held[-1] if held else None)
        status = Outcome.met if value >= target else Outcome.missed
        status = status if self._is_over(promise) or status is Outcome.met else Outcome.open
        return Verdict(
            promise=promise.id,
            status=status,
            sentence=wording.total(promise, status, value, len(held)),
            as_of=self.as_of,
            figure=held[-1],
            sources=_sources(*held),
        )

    def _without(
        self,
        promise: Promise,
        reason: str,
        latest: Point | None = None,
        status: Outcome = Outcome.not_measurable,
    ) -> Verdict:
        """Return a verdict that rests on no figure for the due date; overdue sets itself."""
        waiting = self.ledger.status(promise) in (Status.pending, Status.unknown, Status.partly)
        if status is Outcome.not_measurable and self._is_over(promise) and waiting:
            status = Outcome.overdue
        return Verdict(
            promise=promise.id,
            status=status,
            sentence=wording.without(self._names, promise, status, reason, latest),
            as_of=self.as_of,
            figure=latest,
            sources=_sources(latest) if latest else (),
            reason=reason,
        )

    def _is_over(self, promise: Promise) -> bool:
        return bool(promise.due) and dates.last_day(promise.due) < self.as_of

    def _in_time(self, promise: Promise, point: Point, due: int) -> bool:
        if promise.target is not None and promise.target.pace is Pace.units:
            return dates.last_day(point.period) <= dates.last_day(promise.due)
        return point.year <= due

    def _disputed(self, promise: Promise, at: Point, status: Outcome) -> tuple[Point, ...]:
        """Return the figures that would give another verdict than the one used."""
        target = _level(promise)
        due = dates.year_of(promise.due) if promise.due else at.year
        found = []
        for point in self.evidence.points(promise):
            if point.bound is not Bound.exact or point.source == at.source:
                continue
            if promise.announced and point.year < dates.year_of(promise.announced):
                continue
            if status is Outcome.met:
                against = point.year == at.year and point.value < target
            else:
                against = point.year <= max(due, at.year) and point.value >= target
                against = against and (status is not Outcome.met_late or point.year <= due)
            if against:
                found.append(point)
        return tuple(found)

    def _names(self, point: Point) -> str:
        """Return who a figure is from, for a sentence."""
        if point.used == "ledger":
            return self.ledger.source(point.source).publisher
        if point.used == "statement":
            return point.said_by
        for start, name in SHORT_NAMES.items():
            if point.source.startswith(start):
                return name
        store = self.evidence.store
        return str(store.sources[point.source]["publisher"]) if store else point.source


def _below(point: Point, target: float) -> bool:
    """Return whether a figure proves that the level was not reached in its year."""
    if point.bound is Bound.at_most:
        return point.value < MARGIN * target
    return point.bound is Bound.exact and point.value < target


def _unmeasurable(promise: Promise) -> str:
    """Return why no figure can judge the promise, or ""."""
    target = promise.target
    if target is None or (target.low is None and target.multiple is None):
        return "no figure"
    if promise.is_trade_target and target.unit != "USD":
        return "currency"
    if target.multiple is not None and target.baseline is None:
        return "no baseline"
    if target.scope == "non-oil":
        return "scope"
    return ""


def _level(promise: Promise) -> float:
    """Return the level to reach: of a range the upper end, of "double" twice the baseline."""
    target = promise.target
    assert target is not None  # noqa: S101 - for the type checker
    if target.multiple is not None and target.baseline is not None:
        return target.multiple * target.baseline
    return float(target.high or target.low or 0.0)


def _one_sided(point: Point) -> str:
    """Return the exporter that carries the total alone, or ""."""
    if len(point.sides) != 2 or point.value == 0:
        return ""
    exporter, _, value = max(point.sides, key=lambda side: side[2])
    return exporter if value / point.value >= ONE_SIDED else ""


def _sources(*points: Point) -> tuple[str, ...]:
    return tuple(dict.fromkeys(point.source for point in points))
