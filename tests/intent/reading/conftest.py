"""A lake and a ledger small enough to check verdicts by hand."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from comity.intent.ledger import Assessment, Kind, Ledger, Party, Promise, Source, Status, Target
from comity.lake import Store, write

BLANK = {
    "product": None, "value_low": None, "value_high": None, "said_on": "2025-12-05",
    "agrees_with": None, "conflicts_with": None, "unit": "USD", "source": "press",
}  # fmt: skip


def flow(
    year: int, exporter: str, importer: str, value: float, period: str, source: str = "customs"
) -> dict[str, object]:
    return {
        "year": year, "exporter": exporter, "importer": importer, "product": "TOTAL",
        "value_usd": value, "valuation": "fob", "basis": "reported", "revision": "TOTAL",
        "period": period, "source": source,
    }  # fmt: skip


def statement(
    name: str, indicator: str, value: float, period: str, **more: object
) -> dict[str, object]:
    row = {
        "id": name, "claim": name, "indicator": indicator, "origin": "IND", "destination": "RUS",
        "period": period, "value": value, "said_by": "a minister", **BLANK,
    }  # fmt: skip
    return {**row, **more}


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    flows = [
        flow(2022, "IND", "RUS", 3.1e9, "FY2022-23"),
        flow(2022, "RUS", "IND", 46.2e9, "FY2022-23"),
        flow(2024, "IND", "RUS", 4.88e9, "FY2024-25"),
        flow(2024, "RUS", "IND", 63.84e9, "FY2024-25"),
        flow(2023, "CHN", "BRA", 60e9, "2023", "world"),
        flow(2023, "BRA", "CHN", 102e9, "2023", "world"),
        flow(2023, "USA", "MEX", 255e9, "2023", "world"),
        flow(2012, "BRA", "ARG", 18.0e9, "2012", "world"),
        flow(2012, "ARG", "BRA", 16.4e9, "2012", "world"),
    ]
    statements = [
        statement("S1", "goods_trade_total", 64e9, "2024"),
        statement("S2", "goods_trade_total", 68e9, "2024", said_by="a president"),
        statement("S3", "leader phone calls", 5, "2022-02/2022-12", unit="calls"),
        statement("S4", "students", 30000, "2025-11", unit="persons"),
        statement("S5", "settlement_share", 0.925, "2025", unit="share", value_low=0.9,
                  value_high=0.95),
        statement("S6", "goods_exports", 9e9, "FY2023-24", source="own"),
    ]  # fmt: skip
    sources = [
        {"id": source, "publisher": name, "title": title, "licence": "CC0", "citation": name,
         "redistributable": True}
        for source, name, title in (
            ("customs", "Customs", "Trade by partner"),
            ("world", "A university", "Trade of all countries"),
            ("press", "The Paper", "What was said at the summit"),
            ("own", "The Weekly", "Two countries and what is between them"),
        )
    ]  # fmt: skip
    frames = {
        "flows": pd.DataFrame(flows),
        "statements": pd.DataFrame(statements),
        "sources": pd.DataFrame(sources),
        "ties": pd.DataFrame(
            [
                {"indicator": "co_works", "year": 2023, "origin": "IND", "destination": "DEU",
                 "value": 9400.0, "unit": "works", "source": "customs"}
            ]
        ),
    }  # fmt: skip
    folder = tmp_path_factory.mktemp("lake") / "lake"
    return write(Path(folder), frames, built="2026-01-31")


def promise(name: str, text: str, **more: object) -> Promise:
    facts: dict[str, object] = {
        "kind": Kind.project, "pillar": "people", "parties": ("IND", "RUS"),
        "promised_by": ("IND",), "source": "paper", "announced": "2024-07-09",
    }  # fmt: skip
    return Promise(id=name, text=text, **{**facts, **more})  # type: ignore[arg-type]


def found(name: str, status: Status, on: str, evidence: str = "seen") -> Assessment:
    return Assessment(
        id=f"as-{name}", promise=name, by="a tester", assessed_on="2026-01-01", status=status,
        source="paper", evidence=evidence, evidence_on=on,
    )  # fmt: skip


@pytest.fixture(scope="session")
def ledger() -> Ledger:
    target = Target(indicator="goods_trade", low=100e9, high=100e9, unit="USD")
    return Ledger(
        {
            "parties": [Party(id=i, kind="country", name=i) for i in ("IND", "RUS", "BRA")],
            "sources": [Source(id="paper", publisher="The Paper", title="A page")],
            "promises": [
                promise("P1", "Open consulates in Kazan and Yekaterinburg"),
                promise("P2", "Free trade agreement of India and Russia", announced="2023-01-01"),
                promise("P3", "Mutual recognition of degrees", repeats=("P4",)),
                promise("P4", "Mutual recognition of diplomas", announced="2019-02-01"),
                promise("P5", "Trade of USD 100bn by 2030", target=target, due="2030"),
                promise("P6", "Gas pipelines through the Himalaya"),
                promise("P7", "Visa-free tourist groups", announced="2023-10-01", due="2024"),
            ],
            "assessments": [
                found("P1", Status.delivered, "2025-11-19", "both were opened"),
                found("P2", Status.pending, "2025-12-01"),
                found("P3", Status.pending, "2025-12-01"),
                found("P5", Status.pending, "2025-12-01"),
                found("P6", Status.lapsed, "2025-01-01"),
                found("P7", Status.missed, "2025-01-01"),
            ],
        }
    )
