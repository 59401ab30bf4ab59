"""One cluster for every test of this folder, and a lake of several files to ask it about."""

from __future__ import annotations

import gc
import hashlib
import importlib.util
import json
import os
import shutil
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

import comity
from comity.lake import write

COUNTRIES = ["ARM", "BLR", "BRA", "CHN", "DEU", "FRA", "IND", "KAZ", "KGZ", "NGA", "RUS", "USA"]
PRODUCTS = [f"{heading:04d}" for heading in range(101, 131)]
YEARS = [2021, 2022, 2023]

SOURCES = pd.DataFrame(
    [
        {
            "id": "invented",
            "publisher": "Nobody",
            "title": "Invented",
            "licence": "CC0 1.0",
            "citation": "Nobody.",
            "redistributable": True,
        }
    ]
)


@pytest.fixture(scope="package")
def cluster(tmp_path_factory):
    """Return a running cluster; skip without Java or Spark, fail there in CI."""
    missing = None if shutil.which("java") else "there is no Java"
    if importlib.util.find_spec("pyspark") is None:
        missing = "pyspark is not installed"
    if missing:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(missing)
    started = _cluster_class()(tmp_path_factory.mktemp("spark"))
    try:
        started.start()
        yield started
    finally:
        started.stop()


@pytest.fixture(scope="package")
def spark(cluster):
    """Return the embedded data, opened on the cluster."""
    from pyspark import SparkContext

    lake = comity.open(cluster.address)
    yield lake
    with warnings.catch_warnings():
        # PySpark leaves its sockets to the garbage collector: collect them here, not in whatever
        # test happens to come next.
        warnings.simplefilter("ignore", ResourceWarning)
        lake.store.connection.disconnect()
        SparkContext._gateway.shutdown()
        SparkContext._gateway = SparkContext._jvm = None
        del lake
        gc.collect()


@pytest.fixture(scope="package")
def duck():
    """Return the embedded data, opened in this process."""
    return comity.open()


@pytest.fixture(scope="package")
def world(cluster, spark, tmp_path_factory):
    """Return an invented lake of several files, opened on Spark and on DuckDB."""
    folder = tmp_path_factory.mktemp("a lake [with] odd, names")
    distance = spark.store.table("proximity").to_pyarrow().to_pandas()
    near = distance[distance["origin"].isin(COUNTRIES) & distance["destination"].isin(COUNTRIES)]
    tables = {"flows": _trade(near), "proximity": near.assign(source="invented", also=None)}
    write(folder, tables | {"sources": SOURCES}, built="2026-01-01")
    _split(folder)
    return comity.open(cluster.address, folder), comity.open(folder)


def _trade(near):
    """Return flows that fall with distance, a third of them none, one product hardly traded."""
    random = np.random.default_rng(7)
    grid = pd.MultiIndex.from_product([YEARS, COUNTRIES, COUNTRIES, PRODUCTS])
    frame = grid.to_frame(index=False, name=["year", "exporter", "importer", "product"])
    frame = frame[frame["exporter"] != frame["importer"]]
    far = near.set_index(["origin", "destination"])["distance_km"]
    pairs = pd.MultiIndex.from_frame(frame[["exporter", "importer"]])
    mean = 1e10 * far.reindex(pairs).to_numpy() ** -1.1
    frame["value_usd"] = mean * random.lognormal(0, 1, len(frame))
    kept = (random.random(len(frame)) < 0.67) & (frame["product"] != PRODUCTS[0])
    kept |= (frame["product"] == PRODUCTS[0]) & (frame["exporter"] == "IND")
    return frame[kept].assign(
        valuation="fob", basis="reconciled", revision="HS22", source="invented",
        period=lambda rows: rows["year"].astype(str),
    )  # fmt: skip


def _split(folder, parts=3):
    """Cut the file of flows, as a lake of several additions has it."""
    manifest = json.loads((folder / "manifest.json").read_text())
    whole = folder / manifest["tables"]["flows"][0]["name"]
    rows = pq.read_table(whole)
    step = -(-rows.num_rows // parts)
    entries = []
    for part in range(parts):
        path = folder / f"flows-{part}.parquet"
        piece = rows.slice(part * step, step)
        pq.write_table(piece, path)
        content = path.read_bytes()
        entry = {"name": path.name, "rows": len(piece), "bytes": len(content)}
        entries.append(entry | {"sha256": hashlib.sha256(content).hexdigest()})
    manifest["tables"]["flows"] = entries
    whole.unlink()
    (folder / "manifest.json").write_text(json.dumps(manifest))


def _cluster_class():
    spec = importlib.util.spec_from_file_location(
        "comity_test_cluster", Path(__file__).with_name("cluster.py")
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module.Cluster
