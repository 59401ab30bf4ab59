"""One report of a flow, where a source has several."""

from __future__ import annotations

import itertools

import ibis
import pandas as pd
import pyarrow as pa
import pytest

from comity.lake.reports import BASES, one_report


def rows(bases, source="s"):
    frame = pd.DataFrame({"basis": list(bases)})
    frame["value_usd"] = [float(BASES.index(basis)) for basis in bases]
    return frame.assign(source=source, year=2020, exporter="IND", importer="RUS", product="TOTAL")


def table_of(frame):
    return ibis.memtable(pa.Table.from_pandas(frame, preserve_index=False))


@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_best_there_is_whatever_the_order(count):
    for chosen in itertools.permutations(BASES, count):
        table = table_of(rows(chosen))
        kept = one_report(table, ["un-comtrade"]).to_pyarrow()
        assert kept["basis"].to_pylist() == [min(chosen, key=BASES.index)]
        assert kept.column_names == list(table.columns)


def test_flows_of_two_sources_are_two_flows():
    table = table_of(pd.concat([rows(["mirror"], "a"), rows(["reported"], "b")]))
    assert sorted(one_report(table, ["un-comtrade"]).to_pyarrow()["basis"].to_pylist()) == [
        "mirror",
        "reported",
    ]


def test_sources_with_one_report_are_not_ranked():
    table = table_of(rows(["reported"]))
    assert one_report(table, ["cepii-baci-202501"]) is table
    assert one_report(table, ["cepii-baci-202501", "imf-imts"]) is not table
