"""The promises of two countries as a section of their brief."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from comity import catalogue
from comity.brief.content import Section
from comity.brief.promises import charts
from comity.brief.promises.view import Row, View, as_dict, promises_of
from comity.intent.ledger import Ledger
from comity.lake import Dossier
from comity.measure import Finding, Measure

PILLAR = "promises"
LEDGER = "comity-ledger"


@dataclass(frozen=True, slots=True)
class Promised:
    """The section, and what a brief holds of promises beside it."""

    section: Section
    rows: tuple[Row, ...]
    commitments: tuple[dict[str, Any], ...]
    sources: dict[str, dict[str, Any]]
    findings: tuple[Finding, ...]


def promised(
    dossier: Dossier,
    *,
    draw: bool = True,
    ledger: Ledger | None = None,
    as_of: dt.date | None = None,
) -> Promised | None:
    """Return what the two promised each other, or None where the ledger has nothing of them.

    Parameters
    ----------
    dossier : Dossier
        The two, and the lake that verdicts are computed against; where it ends with a year,
        verdicts are as on the last day of it.
    draw : bool
        Also the charts.
    ledger : Ledger, optional
        By default the one that `comity.intent.ledger.open` gives.
    as_of : date, optional
        The day to judge on, where the lake ends with none; today by default.
    """
    a, b, until = dossier.a, dossier.b, dossier.until
    as_of = as_of if until is None else dt.date(until, 12, 31)
    view = promises_of(a, b, store=dossier.store, ledger=ledger, as_of=as_of, dossier=dossier)
    if not view.everything:
        return None
    pictures = [charts.targets(view), charts.timeline(view)] if draw else []
    drawn = tuple(chart for chart in pictures if chart is not None)
    measures = _measures(view, a, b)
    return Promised(
        section=Section(
            pillar=PILLAR,
            title=catalogue.pillar(PILLAR).name,
            measures=tuple(measures),
            charts=drawn,
            notes=(*view.findings, view.sample),
        ),
        rows=view.everything,
        commitments=tuple(as_dict(view, row) for row in view.everything),
        sources=_sources(view, [source for chart in drawn for source in chart.sources]),
        findings=(Finding(view.findings[0], tuple(measures), PILLAR),) if measures else (),
    )


def _measures(view: View, a: str, b: str) -> list[Measure]:
    """Return the shares delivered of what was due: at all, and by the date."""
    score = view.score
    return [
        Measure(
            pillar=PILLAR,
            indicator=indicator,
            origin=a,
            destination=b,
            period=str(view.as_of.year),
            value=value,
            unit="share",
            source=LEDGER,
            note=f"Of {score.due} promises due by {view.as_of} with a known outcome; "
            "a sample, not all that was promised.",
        )
        for indicator, value in (
            ("promises_delivered", score.share),
            ("promises_on_time", score.share_on_time),
        )
        if value is not None
    ]


def _sources(view: View, named: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return the ledger as a source, and the pages that the charts name."""
    own = catalogue.source(LEDGER)
    found = {LEDGER: _row(LEDGER, own.publisher, own.title, own.licence, own.citation)}
    for id in named:  # noqa: A001
        if id in view.ledger.sources:
            page = view.ledger.sources[id]
            licence = "Facts only, quoted with their source"
            found[id] = _row(id, page.publisher, page.title, licence, page.citation)
            found[id]["url"] = page.url or None
    return found


def _row(id: str, publisher: str, title: str, licence: str, citation: str) -> dict[str, Any]:  # noqa: A002
    return {
        "id": id,
        "publisher": publisher,
        "title": title,
        "version": None,
        "years": None,
        "licence": licence,
        "licence_note": None,
        "citation": citation,
        "url": None,
        "retrieved": None,
        "sha256": None,
        "redistributable": True,
    }
