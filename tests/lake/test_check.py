"""What may not enter a lake, and what the error says about it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.errors import SchemaError
from comity.lake import TABLES
from comity.lake.check import arrow_schema, conform

COUNTRIES = {"IND", "NAM", "RUS", "WLD"}
FACT = {
    "indicator": "gdp",
    "year": 2020,
    "country": "NAM",
    "value": 1.0,
    "unit": "USD",
    "source": "invented",
}


def facts(*rows: dict[str, object]) -> pa.Table:
    frame = pd.DataFrame([FACT | row for row in rows])
    return conform(TABLES["facts"], frame, countries=COUNTRIES, sources={"invented"})


def test_namibia_is_not_missing() -> None:
    assert facts({})["country"].to_pylist() == ["NAM"]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"value": None}, "'value' of table 'facts' is empty in 1 rows, the first: indicator=gdp"),
        ({"country": None}, "'country' of table 'facts' is empty"),
        ({"value": "many"}, "'value' of table 'facts' is not float"),
        ({"year": 2020.5}, "'year' of table 'facts' is not int"),
        ({"country": "XXX"}, "'country' of table 'facts' names 1 unknown country codes: XXX"),
        ({"source": "hearsay"}, "'source' of table 'facts' names 1 unknown source codes: hearsay"),
        ({"mood": "good"}, "Table 'facts' has no column mood"),
    ],
)
def test_a_row_that_does_not_fit(row: dict[str, object], message: str) -> None:
    with pytest.raises(SchemaError) as error:
        facts(row)
    assert message in error.value.message


def test_a_missing_column() -> None:
    frame = pd.DataFrame([FACT]).drop(columns=["unit", "year"])
    with pytest.raises(SchemaError, match="Table 'facts' lacks unit, year"):
        conform(TABLES["facts"], frame, countries=COUNTRIES, sources={"invented"})


def test_a_key_that_occurs_twice() -> None:
    with pytest.raises(SchemaError, match=r"2 rows whose key \(indicator, year, country, source\)"):
        facts({}, {"value": 2.0}, {"country": "IND"})


@pytest.mark.parametrize("value", [-1.0, np.inf, -np.inf])
def test_flows_are_neither_negative_nor_infinite(value: float) -> None:
    row = {
        "year": 2020, "exporter": "IND", "importer": "RUS", "product": "TOTAL",
        "value_usd": value, "valuation": "fob", "basis": "reported", "revision": "TOTAL",
        "period": "2020", "source": "invented",
    }  # fmt: skip
    with pytest.raises(SchemaError, match="'value_usd' of table 'flows' is negative or infinite"):
        conform(TABLES["flows"], pd.DataFrame([row]), countries=COUNTRIES, sources={"invented"})


@pytest.mark.parametrize("name", sorted(TABLES))
def test_an_empty_frame_of_a_table_is_a_table(name: str) -> None:
    table = TABLES[name]
    frame = pd.DataFrame({column.name: [] for column in table.columns})
    made = conform(table, frame, countries=COUNTRIES, sources=set())
    assert made.schema.equals(arrow_schema(table))


@pytest.mark.parametrize("name", sorted(TABLES))
def test_keys_sorts_and_rules_name_columns_of_the_table(name: str) -> None:
    table = TABLES[name]
    columns = {column.name for column in table.columns}
    assert {*table.key, *table.sort, *table.countries, *table.not_negative} <= columns
    # What decides the order decides it fully: the same rows give the same bytes.
    assert set(table.key) <= set(table.sort)
    assert not any(c.optional for c in table.columns if c.name in table.key)


@given(
    st.lists(
        st.tuples(st.integers(1800, 2100), st.floats(allow_nan=False)), unique_by=lambda r: r[0]
    )
)
def test_values_pass_unchanged(rows: list[tuple[int, float]]) -> None:
    frame = pd.DataFrame([FACT | {"year": year, "value": value} for year, value in rows])
    if rows:
        made = conform(TABLES["facts"], frame, countries=COUNTRIES, sources={"invented"})
        found = zip(made["year"].to_pylist(), made["value"].to_pylist(), strict=True)
        assert list(found) == sorted(rows)
