"""Figures of the embedded data that publishers print, and the two directions of each."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from comity import catalogue, starter
from comity.lake import GOODS_AND_SERVICES, TOTAL, WORLD, Store


@pytest.fixture(scope="module")
def embedded() -> Store:
    return Store(starter.path())


def rows(store: Store, table: str, **wanted: Any) -> pd.DataFrame:
    expression = store.table(table)
    for column, value in wanted.items():
        expression = expression.filter(expression[column] == value)
    return expression.to_pyarrow().to_pandas()


def flow(store: Store, **wanted: Any) -> float:
    found = rows(store, "flows", **wanted)
    assert len(found) == 1
    return float(found["value_usd"].iloc[0])


@pytest.mark.parametrize(
    ("source", "exporter", "importer", "period", "product", "billion"),
    [
        ("cepii-baci-202501", "IND", "RUS", "2023", TOTAL, 4.054),
        ("cepii-baci-202501", "RUS", "IND", "2023", TOTAL, 66.149),
        ("dgcis-tradestat", "RUS", "IND", "FY2024-25", TOTAL, 63.811),
        ("dgcis-tradestat", "IND", "RUS", "FY2024-25", TOTAL, 4.881),
        ("dgcis-tradestat", "RUS", "IND", "FY2024-25", "27", 56.873),
        ("dgcis-tradestat", "IND", WORLD, "FY2024-25", TOTAL, 437.705),
        ("dgcis-tradestat", WORLD, "IND", "FY2024-25", TOTAL, 721.200),
        ("dgcis-meidb", "IND", "RUS", "FY2010-11", TOTAL, 1.689),
        ("dgcis-meidb", "RUS", "IND", "FY2010-11", TOTAL, 3.600),
        ("dgcis-principal-commodities", "IND", "RUS", "FY2022-23", TOTAL, 3.147),
        ("penppml-1964-2016", "IND", "RUS", "2016", TOTAL, 1.810),
        ("usitc-itpde", "IND", "RUS", "2010", GOODS_AND_SERVICES, 2.435),
        ("usitc-itpde", "RUS", "IND", "2010", GOODS_AND_SERVICES, 4.445),
        ("cepii-baci-hs92-2024", "RUS", WORLD, "2024", "27", 235.466),
        ("cepii-baci-hs92-2024", WORLD, "IND", "2024", TOTAL, 688.720),
        ("cepii-baci-hs92-2021", "CHN", WORLD, "2021", TOTAL, 3338.985),
    ],
)
def test_a_flow(
    embedded: Store,
    source: str,
    exporter: str,
    importer: str,
    period: str,
    product: str,
    billion: float,
) -> None:
    found = flow(
        embedded,
        source=source,
        exporter=exporter,
        importer=importer,
        period=period,
        product=product,
    )
    assert found == pytest.approx(billion * 1e9, rel=5e-4)


@pytest.mark.parametrize(
    ("indicator", "origin", "destination", "year", "value"),
    [
        ("migrants", "IND", "RUS", 2024, 7456),
        ("migrants", "RUS", "IND", 2024, 640),
        ("co_works", "IND", "RUS", 2022, 2386),
        ("co_works", "RUS", "IND", 2022, 2386),
    ],
)
def test_a_tie(
    embedded: Store, indicator: str, origin: str, destination: str, year: int, value: float
) -> None:
    wanted = {"indicator": indicator, "origin": origin, "destination": destination, "year": year}
    assert rows(embedded, "ties", **wanted)["value"].to_list() == [value]


def test_visa_rules_of_the_two(embedded: Store) -> None:
    rules = rows(embedded, "ties", indicator="visa_rule", origin="IND", destination="RUS")
    assert rules["text"].to_list() == ["e-visa"]


def test_values_are_marked_as_the_publisher_values_them(embedded: Store) -> None:
    flows = embedded.table("flows")
    marks = flows.select("source", "valuation", "basis").distinct().to_pyarrow().to_pylist()
    found = {(row["source"], row["valuation"], row["basis"]) for row in marks}
    assert found == {
        ("cepii-baci-202501", "fob", "reconciled"),
        ("cepii-baci-hs92-2021", "fob", "reconciled"),
        ("cepii-baci-hs92-2024", "fob", "reconciled"),
        ("dgcis-meidb", "cif", "reported"),
        ("dgcis-meidb", "fob", "reported"),
        ("dgcis-principal-commodities", "fob", "reported"),
        ("dgcis-tradestat", "cif", "reported"),
        ("dgcis-tradestat", "fob", "reported"),
        ("penppml-1964-2016", "fob", "reported"),
        ("usitc-itpde", "cif", "reported"),
    }


def test_zeros_are_the_publishers(embedded: Store) -> None:
    flows = embedded.table("flows")
    zero = flows.filter(flows.value_usd == 0).select("source").distinct().to_pyarrow().to_pylist()
    assert {row["source"] for row in zero} <= {
        "penppml-1964-2016",
        "dgcis-tradestat",
        "dgcis-meidb",
        "dgcis-principal-commodities",
    }


def test_goods_and_services_are_never_goods(embedded: Store) -> None:
    flows = embedded.table("flows")
    found = flows.filter(flows.source == "usitc-itpde").select("product").distinct()
    assert found.to_pyarrow()["product"].to_pylist() == [GOODS_AND_SERVICES]


def test_every_country_of_the_catalogue_has_a_population_or_is_known_to_lack_it(
    embedded: Store,
) -> None:
    known = set(rows(embedded, "facts", indicator="population", year=2023)["country"])
    members = {c.iso3 for c in catalogue.list_countries(current=True) if c.status == "member"}
    assert members <= known


def test_statements_name_their_speaker_and_their_page(embedded: Store) -> None:
    statements = rows(embedded, "statements")
    assert len(statements) == 92
    assert statements["said_by"].str.len().gt(0).all()
    assert set(statements["source"]) <= set(embedded.sources)
    total = statements[statements["id"] == "CL-001"].iloc[0]
    assert (total["indicator"], total["value"], total["unit"]) == (
        "goods_trade_total",
        68_720_000_000,
        "USD",
    )
    known = {indicator.id for indicator in catalogue.indicators()}
    assert set(statements["indicator"]) & known == {
        "arms_share", "goods_exports", "goods_trade_total", "settlement_share", "students",
        "trade_balance", "trade_ratio",
    }  # fmt: skip


def test_proximity_of_pairs_and_of_a_country_with_itself(embedded: Store) -> None:
    near = rows(embedded, "proximity", origin="IND", destination="PAK").iloc[0]
    assert near["contiguous"]
    assert near["distance_km"] == pytest.approx(1055.758, abs=0.01)
    far = rows(embedded, "proximity", origin="GBR", destination="IND").iloc[0]
    assert far["colonial_tie"]
    assert far["common_official_language"]
    assert far["also"] == "cepii-geodist;usitc-dicl;usitc-dgd"
    home = rows(embedded, "proximity", origin="IND", destination="IND").iloc[0]
    assert home["distance_km"] > 0
    assert home["contiguous"] is None
    assert home["source"] == "cepii-geodist"
