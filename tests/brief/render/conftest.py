"""An invented brief: every kind of row, gap and hostile text that a renderer may meet."""

from __future__ import annotations

from typing import Any

import pytest

from comity import catalogue
from comity.brief.content import Brief, Chart, Section
from comity.measure import Absence, Finding, Measure

HOSTILE = '<script>alert("x")</script> & </style> {{ 7*7 }} ]]>'


def measure(indicator: str, origin: str, destination: str, value: float | None, **more: Any):
    about = {"pillar": "trade", "period": "2023", "unit": "USD", "source": "baci"} | more
    return Measure(
        indicator=indicator, origin=origin, destination=destination, value=value, **about
    )


def source(publisher: str, **more: Any) -> dict[str, Any]:
    return {
        "publisher": publisher,
        "title": f"{publisher} figures",
        "version": "2025-01",
        "years": "2023",
        "licence": "CC BY 4.0",
        "citation": f"{publisher} (2025). Figures.",
        "url": f"https://example.org/{publisher.lower()}",
        "retrieved": "2026-11-01",
    } | more


def chart(**more: Any) -> Chart:
    values = [{"year": 2000 + i, "value": i * 1e9, "way": way} for i in range(5) for way in "ab"]
    about: dict[str, Any] = {
        "id": "history",
        "title": "Goods from Russia rose",
        "subtitle": "Billion dollars",
        "description": "Two lines.",
        "spec": {
            "width": 400,
            "height": 150,
            "autosize": {"type": "none"},
            "padding": {"left": 40, "right": 60, "top": 10, "bottom": 30},
            "data": {"values": values},
            "mark": "line",
            "encoding": {
                "x": {"field": "year", "type": "quantitative"},
                "y": {"field": "value", "type": "quantitative"},
                "detail": {"field": "way"},
            },
        },
        "columns": ("Year", "India → Russia"),
        "rows": (("2000", 1.5e9), ("2001", None), ("2002", HOSTILE)),
        "sources": ("baci",),
        "note": "A break is marked.",
    }
    return Chart(**(about | more))


def invented() -> Brief:
    a, b = catalogue.country("IND"), catalogue.country("RUS")
    sold = measure(
        "goods_exports", "IND", "RUS", 4.0539e9, flags=("reconciled",),
        previous=3.1e9, previous_period="2022",
    )  # fmt: skip
    bought = measure("goods_exports", "RUS", "IND", 66.149e9, flags=("mirror",), intensity=3.24)
    trade = (
        sold,
        bought,
        measure(
            "goods_exports", "IND", "RUS", 4.88e9, period="FY2024-25", source="dgcis",
            flags=("reported", "fiscal-year"),
        ),
        measure("goods_trade_total", "IND", "RUS", 70.2e9),
        measure("trade_balance", "IND", "RUS", -62.1e9),
        measure("goods_exports_hs2", "RUS", "IND", 56.9e9, product="27", period="FY2024-25"),
        measure("goods_exports_hs2", "RUS", "IND", 1.9e9, product="31", period="FY2024-25"),
    )  # fmt: skip
    people = (
        measure(
            "migrants", "IND", "RUS", 7456, pillar="people", unit="persons", source="desa",
            period="2024", flags=("estimate",),
        ),
        measure(
            "visa_rule", "IND", "RUS", None, text="e-visa", unit="rule", pillar="people",
            source="passports", period="2025",
        ),
        measure(
            "un_agreement", "IND", "USA", 0.31, pillar="people", unit="share", source="votes",
            period="2015/2019", previous=0.29, previous_period="2010/2014",
        ),
        measure(
            "gdp", "IND", "", 3.6e12, pillar="people", source="votes", note=HOSTILE,
        ),
    )  # fmt: skip
    said = (
        measure(
            "goods_exports", "IND", "RUS", 5e9, pillar="published", source="oped",
            flags=("published",), note=f"Exports near 5 billion (somebody {HOSTILE}).",
        ),
    )  # fmt: skip
    gaps = (
        Absence(pillar="people", indicator="migrants", origin="RUS", destination="IND",
                source="desa", reason="The source does not list this pair."),
        Absence(pillar="people", indicator="refugees", origin="RUS", destination="IND",
                source="unhcr", reason="The source does not list this pair."),
        Absence(pillar="people", indicator="refugees", origin="IND", destination="RUS",
                source="unhcr", reason="The source does not list this pair."),
    )  # fmt: skip
    publishers = ("baci", "dgcis", "desa", "passports", "votes", "unhcr", "oped")
    return Brief(
        a=a,
        b=b,
        lake_id="0123456789ab",
        built="2026-11-23",
        sections=(
            Section(pillar="trade", title="Trade", measures=trade, charts=(chart(),)),
            Section(pillar="people", title="People", measures=people, absences=gaps),
            Section(pillar="published", title="Published figures", measures=said),
        ),
        findings=(
            Finding("India sold Russia 4.05 billion dollars of goods in 2023.", (sold, bought)),
            Finding(f"Somebody said {HOSTILE}.", said),
        ),
        sources={name: source(name.upper()) for name in publishers},
        commitments=({"id": "IR-001", "text": HOSTILE, "promised_by": ["IND", "RUS"]},),
        command="comity brief IND RUS",
    )


@pytest.fixture
def brief() -> Brief:
    return invented()
