"""One cluster for every test of this folder."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from pathlib import Path

import pytest

import comity


def _cluster_class():
    spec = importlib.util.spec_from_file_location(
        "comity_test_cluster", Path(__file__).with_name("cluster.py")
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module.Cluster


@pytest.fixture(scope="session")
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


@pytest.fixture(scope="session")
def spark(cluster):
    """Return the embedded data, opened on the cluster."""
    lake = comity.open(cluster.address)
    yield lake
    lake.store.connection.disconnect()


@pytest.fixture(scope="session")
def duck():
    """Return the embedded data, opened in this process."""
    return comity.open()
