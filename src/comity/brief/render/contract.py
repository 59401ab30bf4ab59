"""The JSON of a brief: its model, its text, and the page of documentation made from the model.

``python -m comity.brief.render.contract`` prints ``docs/json.md``.
"""

from __future__ import annotations

import json
import sys
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA = 1


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PairModel(_Strict):
    """The two countries, in the order in which they were asked for."""

    a: str = Field(description="ISO 3166 alpha-3")
    b: str = Field(description="ISO 3166 alpha-3")


class LakeModel(_Strict):
    """Which data the brief was read from."""

    id: str = Field(description="hash of the lake's content: the same id is the same data")
    built: str = Field(description="vintage, as the lake's builder named it")


class MeasureModel(_Strict):
    """One number about the pair or one of its sides, with where it comes from."""

    pillar: str = Field(description="id of the catalogue")
    indicator: str = Field(description="id of the catalogue")
    origin: str = Field(description="alpha-3 or a bloc's id; the exporter, where it is about goods")
    destination: str = Field(description='the importer; "" for a fact about one country')
    product: str | None = Field(description="HS code, sector group or UN issue; null for all")
    period: str = Field(description='"2023", "FY2024-25", "2000/2016", or "static"')
    value: float | None = Field(description="base units; shares as fractions; null with a text")
    text: str | None = Field(description="the value where it is not a number, as a visa rule")
    unit: str = Field(description="unit of value: USD, persons, share, works, km, index, ...")
    previous: float | None = Field(description="the same measure earlier, from the same source")
    previous_period: str | None
    expected: float | None = Field(description="what would be usual for such a pair, in unit")
    intensity: float | None = Field(description="value over expected")
    rank: float | None = Field(description="share of pairs with a lower intensity")
    band: tuple[float, float] | None = Field(description="80 % band of the intensity")
    flags: list[str] = Field(description="reconciled, reported, mirror, estimate, cif, ...")
    source: str = Field(min_length=1, description="key of sources")
    also: list[str] = Field(description="further keys of sources that the number rests on")
    note: str | None = Field(description="one sentence for the footnote")


class FindingModel(_Strict):
    """A generated sentence and the measures that it rests on."""

    text: str
    measures: list[int] = Field(description="positions in measures")
    pillar: str | None


class AbsenceModel(_Strict):
    """A stated gap: the source has nothing on this, which is not the same as zero."""

    pillar: str
    indicator: str
    origin: str
    destination: str
    source: str | None = Field(description="key of sources; null where no source is at hand")
    reason: str


class SourceModel(_Strict):
    """Where numbers come from."""

    publisher: str | None
    title: str | None
    version: str | None
    years: str | None
    licence: str | None
    citation: str | None
    url: str | None
    retrieved: str | None = Field(description="day on which the publisher's file was fetched")
    sha256: str | None = Field(description="of the publisher's file; several joined by ;")


class BriefModel(_Strict):
    """A brief."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    schema_: Literal[1] = Field(alias="schema", description="version of this contract")
    pair: PairModel
    lake: LakeModel
    measures: list[MeasureModel]
    commitments: list[dict[str, Any]] = Field(description="promises and their verdicts")
    findings: list[FindingModel]
    sources: dict[str, SourceModel]
    absent: list[AbsenceModel] = Field(description="what was looked for and not found")


_MODELS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("A brief", BriefModel),
    ("pair", PairModel),
    ("lake", LakeModel),
    ("measures", MeasureModel),
    ("findings", FindingModel),
    ("sources", SourceModel),
    ("absent", AbsenceModel),
)


def document() -> str:
    """Return the page of documentation, in Markdown."""
    lines = [
        "# JSON of a brief",
        "",
        "`comity brief IND RUS --format json` prints one object, schema version "
        f"{SCHEMA}. Keys keep this order; every key is always there; what is unknown is `null`, "
        "never zero.",
        "New keys may be added within a version; a key is never renamed or removed.",
        "",
        "This page is made from `comity.brief.render.contract`.",
    ]
    for title, model in _MODELS:
        lines += ["", f"## {title}", "", (model.__doc__ or "").strip(), ""]
        lines += ["| key | type | meaning |", "|---|---|---|"]
        schema = model.model_json_schema(by_alias=True)
        for key, about in schema["properties"].items():
            lines.append(f"| `{key}` | {_type(about)} | {about.get('description', '')} |")
    schema_text = json.dumps(BriefModel.model_json_schema(by_alias=True), indent=1)
    lines += ["", "## JSON Schema", "", "```json", schema_text, "```", ""]
    return "\n".join(lines)


def _type(about: dict[str, Any]) -> str:
    if "anyOf" in about:
        return " or ".join(_type(choice) for choice in about["anyOf"])
    if "$ref" in about:
        return "object"
    if "const" in about:
        return f"`{about['const']}`"
    if about.get("type") == "array":
        items = about.get("items") or {}
        inner = _type(items) if items else "number"
        return f"list of {inner}"
    return str(about.get("type", "any"))


if __name__ == "__main__":
    sys.stdout.write(document())
