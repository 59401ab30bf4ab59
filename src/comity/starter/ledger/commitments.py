"""From `india-russia-commitments.csv` to drafts of promises."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from comity.starter.ledger.rows import Draft, Sources, figures

PILLARS = {"diversification": "products", "joint-manufacturing": "manufacturing"}

UNITS = {
    "USD bn": ("USD", 1e9),
    "USD m": ("USD", 1e6),
    "million tonnes": ("tonnes", 1e6),
    "million tonnes a year": ("tonnes a year", 1e6),
    "million doses": ("doses", 1e6),
}
TRADE = {
    "bilateral goods trade total": ("goods_trade_total", "", ""),
    "India goods exports to Russia": ("goods_exports", "IND", "RUS"),
}
LEVELS = {"IR-050", "IR-056", "IR-079", "IR-080", "IR-081", "IR-082", "IR-083", "IR-102"}
"""Rows whose figure is a yearly or monthly level; other counts are handed over one by one."""
TOTALS = {"IR-078"}

REPEATS = {
    "IR-003", "IR-005", "IR-006", "IR-007", "IR-009", "IR-010", "IR-012", "IR-016", "IR-017",
    "IR-046", "IR-047", "IR-054", "IR-055", "IR-064", "IR-075", "IR-076", "IR-077", "IR-082",
    "IR-093",
}  # fmt: skip
"""Rows of which `repeats` names the same promise; in the others it names the step before."""

MEASURES = {
    "IR-063": "leased submarine delivered",
    "IR-064": "leased submarine delivered",
    "IR-069": "Kudankulam units 1 and 2",
    "IR-070": "Kudankulam units 3 and 4",
    "IR-071": "Kudankulam unit 4",
    "IR-072": "Kudankulam units 5 and 6",
    "IR-073": "Russian-designed reactors",
    "IR-074": "second reactor site allotted",
    "IR-075": "second reactor site allotted",
    "IR-076": "second reactor site allotted",
    "IR-077": "second reactor site allotted",
    "IR-081": "Russian coal to India a year",
    "IR-092": "degrees mutually recognised",
    "IR-093": "degrees mutually recognised",
}
"""What would be measured, where the facts' words do not stand alone."""

STILL_COUNTED = {"IR-014", "IR-041", "IR-087", "IR-098"}
"""Delivered, but the date of the evidence is not the date of delivery."""


def read(path: Path, sources: Sources) -> list[Draft]:
    """Return one draft a row."""
    with path.open(encoding="utf-8", newline="") as file:
        return [_draft(row, sources) for row in csv.DictReader(file)]


def _draft(row: dict[str, str], sources: Sources) -> Draft:
    source = sources.of_columns(row)
    trade = TRADE.get(row["target_indicator"])
    signed = row["kind"] == "agreement-signed"
    delivered = row["status"] == "delivered" and not trade and row["id"] not in STILL_COUNTED
    link = "repeats" if row["id"] in REPEATS else "follows"
    promise: dict[str, Any] = {
        "id": row["id"],
        "kind": row["kind"],
        "pillar": PILLARS.get(row["pillar"], row["pillar"]),
        "text": row["commitment"],
        "parties": ["IND", "RUS"],
        "promised_by": sorted(row["promised_by"].split(";")),
        "occasion": row["occasion"],
        "announced": row["made_on"],
        "signed": row["made_on"] if signed else "",
        "due": row["due"] if row["due"] != "2026-27" else "FY2026-27",
        "delivered": row["status_as_of"] if delivered else "",
        "repeats": [],
        "follows": [],
        link: [row["repeats"]] if row["repeats"] else [],
        "source": source,
        "also": [],
        **_target(row, trade),
    }
    if row["id"] == "IR-087":
        promise["delivered"] = row["status_as_of"]
    evidence = row["status_evidence"] or "No outcome found on the pages read."
    judged: dict[str, Any] = {
        "status": row["status"],
        "evidence": evidence,
        "evidence_on": row["status_as_of"],
        "source": sources.of_note(evidence) or source,
    }
    assessments: list[dict[str, Any]] = [judged]
    if trade:
        for period, figure in figures(evidence)[-1:]:
            judged.update(figure=figure, figure_unit="USD", figure_period=period)
    return Draft(row["id"], promise, assessments)


def _target(row: dict[str, str], trade: tuple[str, str, str] | None) -> dict[str, Any]:
    unit, scale = UNITS.get(row["target_unit"], (row["target_unit"], 1.0))
    low, _, high = row["target_value"].partition("-")
    words = MEASURES.get(row["id"], row["target_indicator"])
    indicator, origin, destination = trade or (words, "", "")
    pace = "units"
    if trade or unit == "USD" or row["id"] in LEVELS:
        pace = "level"
    if row["id"] in TOTALS:
        pace = "total"
    return {
        "indicator": indicator,
        "low": round(float(low) * scale, 2) if low else None,
        "high": round(float(high or low) * scale, 2) if low else None,
        "unit": unit,
        "origin": origin,
        "destination": destination,
        "scope": "goods" if trade else "",
        "pace": pace,
    }
