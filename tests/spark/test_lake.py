"""A lake on a real cluster of Spark answers as it does on DuckDB."""

from __future__ import annotations

import re
import socket
import sys

import ibis
import numpy as np
import pandas as pd
import pytest

import comity
from comity.brief.render import plain
from comity.errors import LakeError, UsageError
from comity.lake import TABLES
from comity.lake.cubes import CUBES, cube
from comity.potential.opportunities import opportunities
from comity.potential.settlement import settlement

from .compare import assert_same

pytestmark = [
    # PySpark leaves the sockets that its results come through to the garbage collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
]

# Of the largest tables one country's rows are enough.
SLICED = {
    "flows": "exporter", "ties": "origin", "proximity": "origin", "agreements": "origin",
    "votes": "country",
}  # fmt: skip
EPSILON = float(np.finfo(float).eps)


def test_the_cluster_has_two_workers_and_uses_both(cluster, spark):
    assert spark.store.connection.version
    workers = re.findall(r"Registering worker (\S+) with", cluster.log())
    busy = re.findall(r"Launching executor \S+ on worker (\S+)", cluster.log())
    assert len(set(workers)) == len(set(busy)) == 2


@pytest.mark.parametrize("table", sorted(TABLES))
def test_every_table_comes_back_as_it_was_stored(spark, duck, table):
    ours, theirs = spark.store.table(table), duck.store.table(table)
    if table in SLICED:
        ours, theirs = (t.filter(t[SLICED[table]] == "IND") for t in (ours, theirs))
    assert ours.to_pyarrow().equals(theirs.to_pyarrow())


@pytest.mark.parametrize("pair", [("IND", "RUS"), ("DEU", "FRA"), ("NRU", "TUV")])
def test_the_brief_is_the_same_to_what_summation_order_allows(spark, duck, pair):
    assert_same(*(plain.to_json(lake.pair(*pair).brief(draw=False)) for lake in (spark, duck)))


def test_settlement_is_the_same_to_the_last_digit(spark, duck):
    ours, theirs = (settlement(lake.store, "IND", "RUS", group="BRICS") for lake in (spark, duck))
    assert ours.nettings == theirs.nettings
    assert ours.sources == theirs.sources
    assert ours.group.cycles() == theirs.group.cycles()
    pd.testing.assert_frame_equal(ours.said, theirs.said, check_exact=True)


def test_opportunities_are_the_same(spark, duck):
    ours, theirs = (opportunities(lake.store, "IND", "RUS").products for lake in (spark, duck))
    pd.testing.assert_frame_equal(ours, theirs, check_exact=True)


@pytest.mark.parametrize("name", CUBES)
def test_cubes_agree_to_the_last_digit_that_summation_order_allows(world, name):
    ours, theirs = (
        cube(lake.store, name, "invented", level=4).to_pyarrow().to_pandas() for lake in world
    )
    assert len(theirs) > 100
    assert theirs["flows"].max() > 5
    pd.testing.assert_frame_equal(ours, theirs, rtol=theirs["flows"].max() * EPSILON, atol=0)


def test_a_second_lake_in_the_same_session_keeps_its_own_tables(spark, world):
    assert spark.store.table("flows").count().to_pyarrow().as_py() == spark.store.rows("flows")
    assert world[0].store.table("flows").count().to_pyarrow().as_py() == world[0].store.rows(
        "flows"
    )
    assert world[0].store.rows("flows") != spark.store.rows("flows")
    assert world[0].store.connection is not spark.store.connection


def test_rows_come_in_stored_order_from_several_files_and_an_odd_folder(world):
    ours, theirs = (lake.store.table("flows").to_pyarrow() for lake in world)
    assert ours.equals(theirs)


def test_what_occurs_is_listed_once_where_a_filter_and_an_order_meet(world):
    ours, theirs = (
        lake.store.table("flows")
        .filter(lambda t: t.year == 2022)
        .select("exporter")
        .distinct()
        .order_by("exporter")
        .to_pyarrow()
        for lake in world
    )
    assert ours.equals(theirs)
    assert len(ours) == 12


def test_what_spark_cannot_answer_is_said_in_a_sentence(spark):
    broken = spark.store.table("flows").mutate(bad=ibis.literal("x").cast("int32"))
    with pytest.raises(LakeError, match="Spark could not answer"):
        broken.to_pyarrow()
    with pytest.raises(LakeError, match="Spark cannot read /nowhere"):
        spark.store.connection.read_parquet(["/nowhere/flows.parquet"], table_name="flows")


def test_one_process_has_one_spark(spark):
    other = socket.create_server(("127.0.0.1", 0))
    with other, pytest.raises(LakeError, match="is connected to spark://127"):
        comity.open(f"spark://127.0.0.1:{other.getsockname()[1]}")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("spark://127.0.0.1:1", "No Spark answers at spark://127.0.0.1:1"),
        ("sc://127.0.0.1:1", "No Spark answers"),
        ("spark://nobody.invalid:7077,127.0.0.1:1", "No Spark answers"),
        ("spark://host", "is not the address of a Spark"),
    ],
)
def test_nobody_at_the_address(address, said):
    pytest.importorskip("pyspark")
    with pytest.raises(LakeError, match=said):
        comity.open(address)


def test_spark_connect_says_what_it_lacks(monkeypatch):
    pytest.importorskip("pyspark")
    for name in [name for name in sys.modules if name.partition(".")[0] == "grpc"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "grpc", None)
    server = socket.create_server(("127.0.0.1", 0))
    with server, pytest.raises(LakeError, match=r"grpc.*pip install .*spark"):
        comity.open(f"sc://127.0.0.1:{server.getsockname()[1]}")


def test_a_folder_is_no_address():
    with pytest.raises(UsageError, match="'/data' is not the address of an engine"):
        comity.open("/data", "/lake")
