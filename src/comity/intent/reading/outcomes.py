"""What a ledger knew of a promise at a date, and what that says to a text."""

from __future__ import annotations

import calendar
import datetime as dt

from comity.intent.ledger import Assessment, Ledger, Promise, Status
from comity.intent.ledger.dates import first_day, last_day
from comity.intent.reading.verdicts import Verdict


def known(promise: Promise, ledger: Ledger, today: dt.date) -> Assessment | None:
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


def judge(
    promise: Promise, known: Assessment | None, stance: str, today: dt.date, ledger: Ledger
) -> tuple[Verdict, str]:
    """Return the verdict on what a text says of a promise, and why.

    Parameters
    ----------
    promise : Promise
        The promise.
    known : Assessment or None
        What was known of it (`known`).
    stance : str
        What the text says: ``ahead``, ``talking``, ``named``, ``done`` or ``not``.
    today : date
        The text's date.
    ledger : Ledger
        Where the sources are.
    """
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
    state = _state(promise, status, known, today)
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


def _state(promise: Promise, status: Status, known: Assessment | None, today: dt.date) -> str:
    words = {
        Status.partly: "partly delivered", Status.pending: "pending", Status.missed: "missed",
        Status.lapsed: "lapsed", Status.unknown: "no outcome known",
        Status.delivered: "delivered",
    }[status]  # fmt: skip
    when = seen_on(promise, known) if known else ""
    if when:
        later = " (after this text)" if first_day(when) > today else ""
        return f"Status {day(when)}{later}: {words}."
    return f"Status: {words}."


def seen_on(promise: Promise, known: Assessment) -> str:
    """Return the date of the evidence; "" where the evidence is older than the promise."""
    made = promise.announced or promise.signed
    older = made and known.evidence_on and first_day(known.evidence_on) < first_day(made)
    return "" if older else known.evidence_on


def _proof(known: Assessment | None, ledger: Ledger) -> str:
    if known is None or not known.evidence:
        return ""
    evidence = known.evidence.rstrip(".")
    publisher = ledger.source(known.source).publisher
    return f"{evidence}." if evidence.endswith(")") else f"{evidence} ({publisher})."


def _overdue(promise: Promise, today: dt.date) -> str:
    if promise.due and last_day(promise.due) < today:
        return f" It was due {_on(promise.due)}."
    return ""


def history(promise: Promise, ledger: Ledger, today: dt.date) -> str:
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
        if p.id not in seen and roots & set(p.repeats) and announced(p) <= today
    ]  # fmt: skip
    dated = sorted(p.announced for p in chain if p.announced and p.announced[:4] < "9999")
    if len(chain) < 2 or not dated or dated[0] >= (promise.announced or "9999"):
        return ""
    times = len(chain) - 1
    again = {1: "once", 2: "twice"}.get(times, f"{times} times")
    return f" Not new: first promised {_on(dated[0])}, repeated {again}."


def announced(promise: Promise) -> dt.date:
    """Return the first day on which it may have been made; the earliest date where unknown."""
    text = promise.announced or promise.signed
    return first_day(text) if text else dt.date.min


def day(text: str) -> str:
    """Return a partial date in words: "19 November 2025", "November 2025", "2025"."""
    parts = text.split("-")
    if text.startswith("FY") or not parts[0].isdigit():
        return text
    if len(parts) == 1:
        return text
    month = calendar.month_name[int(parts[1])]
    return f"{int(parts[2])} {month} {parts[0]}" if len(parts) == 3 else f"{month} {parts[0]}"


def _on(text: str) -> str:
    return f"{'on' if text.count('-') == 2 else 'in'} {day(text)}"
