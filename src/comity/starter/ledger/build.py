"""From the two files of facts to the embedded ledger: rows to promises, corrections applied."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from comity import catalogue
from comity.intent.ledger import files
from comity.intent.ledger.book import Ledger
from comity.intent.ledger.fields import Record
from comity.intent.ledger.fields import build as record
from comity.starter.ledger import commitments, targets
from comity.starter.ledger.groups import GROUPS, members
from comity.starter.ledger.rows import Draft, Sources

JUDGED_BY = "comity"
FACTS_JUDGED_ON = "2026-02-22"
FACTS = ("india-russia-commitments", "bilateral-trade-targets", "india-russia-claims")
CHECKED_ON = "2026-11-23"


def build(facts: Path, out: Path) -> dict[str, int]:
    """Write the four files of the ledger, and return how many rows each has.

    Parameters
    ----------
    facts : Path
        Folder with ``india-russia-commitments.csv`` and ``bilateral-trade-targets.csv``.
    out : Path
        Folder to write to.
    """
    tables = compile_tables(facts)
    files.write(tables, out, "csv")
    return {name: len(records) for name, records in tables.items()}


def compile_tables(facts: Path) -> dict[str, list[Record]]:
    """Return the ledger's tables, each sorted by id.

    Raises
    ------
    ValueError
        A correction names a row that is not there, so that none is ever lost silently.
    """
    corrections = read_corrections()
    sources = Sources()
    sources.read(*(facts / f"{name}.csv" for name in FACTS))
    drafts = commitments.read(facts / "india-russia-commitments.csv", sources)
    drafts += targets.read(facts / "bilateral-trade-targets.csv", sources, drafts)
    if unknown := sorted(set(corrections) - {draft.id for draft in drafts}):
        raise ValueError(f"corrections of rows that are not there: {', '.join(unknown)}")
    kept = [
        _correct(draft, corrections.get(draft.id, {}), sources)
        for draft in drafts
        if "drop" not in corrections.get(draft.id, {})
    ]
    parties = {party for draft in kept for party in draft.promise["parties"]}
    parties |= {party for draft in kept for party in draft.promise["promised_by"]}
    tables: dict[str, list[Record]] = {
        "parties": [_party(id) for id in parties],  # noqa: A001
        "sources": [],
        "promises": [record("promises", draft.promise) for draft in kept],
        "assessments": [record("assessments", row) for draft in kept for row in draft.assessments],
    }
    used = {id for p in tables["promises"] for id in p.sources}  # type: ignore[union-attr]  # noqa: A001
    used |= {row.source for row in tables["assessments"]}  # type: ignore[union-attr]
    tables["sources"] = [record("sources", sources.rows[id]) for id in used]  # noqa: A001
    return Ledger(tables).records()


def read_corrections() -> dict[str, dict[str, Any]]:
    """Return what the row-by-row check changed, by row."""
    path = Path(__file__).with_name("corrections.yaml")
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


def _correct(draft: Draft, change: Mapping[str, Any], sources: Sources) -> Draft:
    promise, assessments = draft.promise, draft.assessments
    if "states" in change:
        promise["also"] = [promise["source"], *promise["also"]]
        promise["source"] = sources.add(change["states"])
    outcome = sources.add(change["source"]) if "source" in change else ""
    promise.update(change.get("set", {}))
    for row in assessments:
        row.update(promise=promise["id"], by=JUDGED_BY, assessed_on=FACTS_JUDGED_ON)
    if change.get("no_figures"):
        for row in assessments:
            row.update(figure=None, figure_unit="", figure_period="")
    last = assessments[-1]
    for name in ("status", "evidence", "evidence_on"):
        if name in change:
            last[name] = change[name]
    if "evidence_source" in change:
        page = change["evidence_source"]
        last["source"] = sources.known(page) if isinstance(page, str) else sources.add(page)
    for period, figure in change.get("figures", {}).items():
        unit = promise["unit"]
        last.update(figure=float(figure), figure_unit=unit, figure_period=str(period))
    if "assess" in change:
        extra = {"promise": promise["id"], "by": JUDGED_BY, "assessed_on": CHECKED_ON}
        assessments.append({"source": outcome or promise["source"], **extra, **change["assess"]})
    return draft


def _party(id: str) -> Record:  # noqa: A002
    if id in GROUPS:
        row = {"kind": "group", "name": GROUPS[id], "members": members(id)}
    else:
        row = {"kind": "country", "name": catalogue.country(id).name}
    return record("parties", {"id": id, **row})
