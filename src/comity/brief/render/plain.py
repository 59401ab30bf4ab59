"""A brief for machines: JSON as in the contract, and tidy CSV."""

from __future__ import annotations

import csv
import json
from io import StringIO
from typing import Any

from comity.brief.content import Brief
from comity.measure import Absence, as_dict

_SOURCE_KEYS = (
    "publisher", "title", "version", "years", "licence", "citation", "url", "retrieved", "sha256",
)  # fmt: skip
_CSV_COLUMNS = (
    "pillar", "indicator", "origin", "destination", "product", "period", "value", "text", "unit",
    "previous", "previous_period", "expected", "intensity", "rank", "band_low", "band_high",
    "flags", "source", "also", "note",
)  # fmt: skip


def contract(brief: Brief) -> dict[str, Any]:
    """Return the brief as plain JSON types, keys in the order of the contract."""
    measures = brief.measures
    position: dict[Any, int] = {}
    for index, measure in enumerate(measures):
        position.setdefault(measure, index)
    return {
        "schema": 1,
        "pair": {"a": brief.a.iso3, "b": brief.b.iso3},
        "lake": {"id": brief.lake_id, "built": brief.built},
        "measures": [as_dict(measure) for measure in measures],
        "commitments": [dict(commitment) for commitment in brief.commitments],
        "findings": [
            {
                "text": finding.text,
                "measures": [position[measure] for measure in finding.measures],
                "pillar": finding.pillar or None,
            }
            for finding in brief.findings
        ],
        "sources": {
            name: {key: about.get(key) or None for key in _SOURCE_KEYS}
            for name, about in brief.sources.items()
        },
        "absent": [_absence(absence) for absence in brief.absences],
    }


def to_json(brief: Brief) -> str:
    """Return the brief as JSON text; the same brief gives the same text."""
    return json.dumps(contract(brief), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def to_csv(brief: Brief) -> str:
    """Return the measures as tidy CSV, one row a measure.

    Stated gaps follow with an empty value and the flag ``absent``.
    """
    out = StringIO()
    writer = csv.DictWriter(out, _CSV_COLUMNS, lineterminator="\n", restval="")
    writer.writeheader()
    for measure in brief.measures:
        row = as_dict(measure)
        band = row.pop("band") or ("", "")
        row |= {"band_low": band[0], "band_high": band[1]}
        row |= {"flags": ";".join(measure.flags), "also": ";".join(measure.also)}
        row |= {"note": _not_a_formula(measure.note), "text": _not_a_formula(measure.text)}
        writer.writerow({key: "" if value is None else value for key, value in row.items()})
    for absence in brief.absences:
        gap = _absence(absence)
        gap["note"] = gap.pop("reason")
        writer.writerow({key: value or "" for key, value in gap.items()} | {"flags": "absent"})
    return out.getvalue()


def _absence(absence: Absence) -> dict[str, Any]:
    return {
        "pillar": absence.pillar,
        "indicator": absence.indicator,
        "origin": absence.origin,
        "destination": absence.destination,
        "source": absence.source or None,
        "reason": absence.reason,
    }


def _not_a_formula(cell: str) -> str:
    """Keep a spreadsheet from running a text that begins like a formula."""
    return f"'{cell}" if cell[:1] in "=+-@\t\r" and cell else cell
