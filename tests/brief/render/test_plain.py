"""JSON as in the contract, and tidy CSV."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path

from comity.brief.render import contract, plain

DOCS = Path(__file__).resolve().parents[3] / "docs"


def test_json_is_of_the_contract(brief):
    contract.BriefModel.model_validate_json(plain.to_json(brief))


def test_json_keeps_the_order_of_keys(brief):
    made = json.loads(plain.to_json(brief))
    assert list(made) == list(contract.BriefModel.model_json_schema(by_alias=True)["properties"])
    assert list(made["measures"][0]) == list(contract.MeasureModel.model_fields)
    assert plain.to_json(brief) == plain.to_json(brief)


def test_findings_name_their_measures(brief):
    made = json.loads(plain.to_json(brief))
    assert [f["measures"] for f in made["findings"]] == [[0, 1], [len(brief.measures) - 1]]
    assert made["measures"][0]["value"] == 4053900000.0


def test_gaps_are_stated_and_never_zero(brief):
    made = json.loads(plain.to_json(brief))
    assert {(gap["indicator"], gap["origin"]) for gap in made["absent"]} == {
        ("migrants", "RUS"), ("refugees", "RUS"), ("refugees", "IND"),
    }  # fmt: skip
    rows = list(csv.DictReader(StringIO(plain.to_csv(brief))))
    gaps = [row for row in rows if row["flags"] == "absent"]
    assert len(gaps) == 3
    assert {gap["value"] for gap in gaps} == {""}
    assert len(rows) == len(brief.measures) + 3


def test_csv_cells_never_start_a_formula(brief):
    assert plain._not_a_formula("=1+1") == "'=1+1"
    assert plain._not_a_formula("−62") == "−62"


def test_docs_are_made_from_the_contract():
    written = (DOCS / "json.md").read_text(encoding="utf-8")
    assert written == contract.document(), "python -m comity.brief.render.contract > docs/json.md"
