"""A text read: its claims and promises, each with a verdict."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from comity.catalogue.countries import list_countries
from comity.errors import InputFileError
from comity.intent.ledger import Ledger
from comity.intent.reading.claims import Claim, find_figures, find_pair
from comity.intent.reading.document import Document
from comity.intent.reading.evidence import Evidence, Library
from comity.intent.reading.promises import Mention, find_promises
from comity.intent.reading.scene import Pair
from comity.intent.reading.verdicts import Judgement, judge, name_of, subject

if TYPE_CHECKING:
    from comity.lake import Store

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Checked:
    """A claim and the verdict on it."""

    claim: Claim
    judgement: Judgement


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a text says about two countries, set against lake and ledger.

    Parameters
    ----------
    document : Document
        What was read.
    pair : pair of str
        What it is about.
    today : date
        The date from which it was read.
    dated : bool
        Whether that is the text's own date, or one that was given.
    claims : tuple of Checked
        Figures, in the order of the text.
    promises : tuple of Mention
        Promises, in the order of the text.
    sources : dict
        The lake's sources that the verdicts rest on, by id.
    notes : tuple of str
        What a reader must know.
    lake_id, ledger_id : str
        Hashes of what it was set against.
    """

    document: Document
    pair: Pair
    today: dt.date
    dated: bool
    claims: tuple[Checked, ...]
    promises: tuple[Mention, ...]
    sources: dict[str, dict[str, Any]]
    notes: tuple[str, ...]
    lake_id: str
    ledger_id: str

    def words(self, start: int, end: int) -> str:
        """Return a part of the text on one line."""
        return " ".join(self.document.text[start:end].split())


def check(
    document: Document,
    store: Store,
    ledger: Ledger,
    *,
    pair: Pair | None = None,
    date: dt.date | None = None,
    progress: Callable[[int], None] | None = None,
) -> Reading:
    """Find the claims and promises of a text, and set each against lake and ledger.

    Parameters
    ----------
    document : Document
        The text (`comity.intent.reading.document.read_file`).
    store, ledger
        What to set it against.
    pair : pair of str, optional
        Only this pair, and what sentences mean that name one side or none. Left out: the two
        countries that the text names most.
    date : date, optional
        Instead of the text's own date.
    progress : callable, optional
        Told how many characters have been read.

    Raises
    ------
    InputFileError
        The text names no two countries, and no pair was given.
    """
    meant, ranked = find_pair(document.text)
    if pair is None and meant is None:
        raise InputFileError(
            f"{document.name} names no two countries, so there is nothing to set against the data.",
            "Name the pair with --pair, for example --pair IND RUS.",
        )
    about = pair or meant
    assert about is not None  # noqa: S101 - said above
    today = date or document.date or _vintage(store)
    dated = bool(date or document.date)
    found = list(find_figures(document.text, today, about, progress))
    left = [c for c in found if pair and set(c.pair) != set(pair)]
    found = [c for c in found if not pair or set(c.pair) == set(pair)]
    library = Library(store, document.text)
    checked = tuple(
        Checked(claim, judge(claim, library, today, dated=dated))
        for claim in found
        if not claim.aim
    )
    mentions = find_promises(document.text, today, about, ledger, [c for c in found if c.aim])
    if pair:
        mentions = [m for m in mentions if set(m.parties) == set(pair)]
    used = {e.source for row in checked for e in _figures(row.judgement)}
    return Reading(
        document=document,
        pair=about,
        today=today,
        dated=dated,
        claims=checked,
        promises=tuple(mentions),
        sources={key: store.sources[key] for key in sorted(used) if key in store.sources},
        notes=_notes(
            document, about, ranked, checked, today, dated=dated, given=bool(pair), left=left
        ),
        lake_id=store.id,
        ledger_id=ledger.id,
    )


def _vintage(store: Store) -> dt.date:
    try:
        return dt.date.fromisoformat(store.built[:10])
    except ValueError:
        return dt.date(2026, 1, 1)


def _notes(
    document: Document,
    pair: Pair,
    ranked: list[tuple[str, int]],
    checked: tuple[Checked, ...],
    today: dt.date,
    *,
    dated: bool,
    given: bool,
    left: list[Claim],
) -> tuple[str, ...]:
    notes = [*document.notes]
    if not dated:
        notes.append(
            f"The text gives no date; it was read from {today.isoformat()}. Give one with --date."
        )
    names = f"{name_of(pair[0])} and {name_of(pair[1])}"
    countries = {c.iso3 for c in list_countries()}
    counts = [n for _, n in ranked]
    if not given and len(counts) > 2 and counts[2] >= 0.6 * counts[1] and counts[2] > 1:
        third = name_of(ranked[2][0])
        notes.append(
            f"The text is about several pairs: {third} is named nearly as often. Sentences that "
            f"name one side or none were taken to mean {names}. Name the pair with --pair."
        )
    others = Counter(row.claim.pair for row in checked if set(row.claim.pair) != set(pair))
    if others:
        listed = ", ".join(
            f"{name_of(a)} and {name_of(b)} ({n})" for (a, b), n in others.most_common(5)
        )
        notes.append(f"Claims about other pairs: {listed}.")
    if left:
        figures = "figure" if len(left) == 1 else "figures"
        notes.append(f"{len(left)} {figures} about other pairs left out.")
    groups = sorted({s for row in checked for s in row.claim.pair if s not in countries})
    if groups:
        listed = ", ".join(name_of(g) for g in groups)
        notes.append(f"Members of a group are not added up: {listed}.")
    return tuple(notes)


def _figures(judgement: Judgement) -> list[Evidence]:
    return [*([judgement.found] if judgement.found else []), *judgement.others]


def as_dict(reading: Reading) -> dict[str, Any]:
    """Return the reading as plain JSON types."""
    return {
        "schema": SCHEMA,
        "document": {
            "name": reading.document.name,
            "kind": reading.document.kind,
            "title": reading.document.title or None,
            "date": reading.document.date.isoformat() if reading.document.date else None,
            "text": reading.document.text,
        },
        "pair": {"a": reading.pair[0], "b": reading.pair[1]},
        "date": reading.today.isoformat(),
        "lake": {"id": reading.lake_id},
        "ledger": {"id": reading.ledger_id},
        "claims": [_claim(reading, row) for row in reading.claims],
        "promises": [_promise(reading, mention) for mention in reading.promises],
        "sources": {key: _source(row) for key, row in reading.sources.items()},
        "notes": list(reading.notes),
    }


def _claim(reading: Reading, row: Checked) -> dict[str, Any]:
    claim, judgement = row.claim, row.judgement
    return {
        "words": reading.document.text[claim.start : claim.end],
        "start": claim.start,
        "end": claim.end,
        "sentence": {"start": claim.sentence[0], "end": claim.sentence[1]},
        "about": subject(claim),
        "indicator": claim.indicator,
        "product": claim.product or None,
        "origin": claim.origin,
        "destination": claim.destination,
        "directed": claim.directed,
        "value": claim.value,
        "low": claim.low,
        "high": claim.high,
        "unit": claim.unit or None,
        "qualifier": claim.qualifier or None,
        "qualifier_words": claim.qualifier_words or None,
        "period": claim.period.text if claim.period else None,
        "per": claim.per or None,
        "verdict": str(judgement.verdict),
        "why": judgement.sentence,
        "found": _evidence(judgement.found) if judgement.found else None,
        "others": [_evidence(e) for e in judgement.others],
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {
        "value": evidence.value,
        "low": evidence.low,
        "high": evidence.high,
        "unit": evidence.unit or None,
        "period": evidence.period.text,
        "source": evidence.source,
        "line": evidence.line,
        "said_by": evidence.said_by or None,
        "statement": evidence.statement or None,
    }


def _promise(reading: Reading, mention: Mention) -> dict[str, Any]:
    promise, known = mention.promise, mention.assessment
    return {
        "words": reading.document.text[mention.start : mention.end],
        "start": mention.start,
        "end": mention.end,
        "sentence": {"start": mention.sentence[0], "end": mention.sentence[1]},
        "about": mention.subject,
        "stance": mention.stance,
        "parties": list(mention.parties),
        "verdict": str(mention.verdict),
        "why": mention.why,
        "promise": promise.id if promise else None,
        "promised": (promise.announced or promise.signed or None) if promise else None,
        "due": (promise.due or None) if promise else None,
        "status": str(known.status) if known else None,
        "status_on": (known.evidence_on or None) if known else None,
        "source": mention.source or None,
        "line": mention.line or None,
    }


def _source(row: dict[str, Any]) -> dict[str, Any]:
    keys = ("publisher", "title", "version", "licence", "citation", "url")
    return {key: row.get(key) for key in keys}


COLUMNS = (
    "kind", "words", "start", "end", "about", "indicator", "product", "origin", "destination",
    "value", "unit", "qualifier", "period", "verdict", "why", "found_value", "found_unit",
    "found_period", "source", "source_line",
)  # fmt: skip


def as_csv(reading: Reading) -> str:
    """Return one row a claim or promise; a cell that begins like a formula is quoted as text."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in as_dict(reading)["claims"]:
        found = row["found"] or {}
        writer.writerow(
            _cells(
                "claim", row["words"], row["start"], row["end"], row["about"], row["indicator"],
                row["product"], row["origin"], row["destination"], row["value"], row["unit"],
                row["qualifier"], row["period"], row["verdict"], row["why"], found.get("value"),
                found.get("unit"), found.get("period"), found.get("source"), found.get("line"),
            )
        )  # fmt: skip
    for row in as_dict(reading)["promises"]:
        writer.writerow(
            _cells(
                "promise", row["words"], row["start"], row["end"], row["about"], row["promise"],
                None, *row["parties"], None, None, row["stance"], row["promised"], row["verdict"],
                row["why"], row["status"], None, row["status_on"], row["source"], row["line"],
            )
        )  # fmt: skip
    return out.getvalue()


def _cells(*values: object) -> list[str]:
    cells = []
    for value in values:
        text = "" if value is None else str(value)
        text = " ".join(text.split())
        risky = text[:1] in "=+-@" and not isinstance(value, (int, float)) and text
        cells.append(f"'{text}" if risky else text)
    return cells
