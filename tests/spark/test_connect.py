"""A lake behind a real server of Spark Connect answers as it does on DuckDB.

A process has either a session of its own or one of Spark Connect, so another process asks.
"""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from comity.brief.render import plain
from comity.lake.cubes import cube
from comity.potential.by_product import fit_products

from .compare import assert_same

pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
]

ASK = """
import sys
from pathlib import Path
import comity
from comity.brief.render import plain
from comity.lake.cubes import cube
from comity.potential.by_product import fit_products

address, folder, answers = sys.argv[1:]
answers = Path(answers)
brief = comity.open(address).pair("IND", "RUS").brief(draw=False)
(answers / "brief.json").write_text(plain.to_json(brief), "utf-8")
lake = comity.open(address, folder)
partners = cube(lake.store, "partners", "invented", level=4).to_pyarrow().to_pandas()
partners.to_parquet(answers / "cube.parquet")
fits = fit_products(lake.store, "invented", 2022, level=4, batch=16)
fits.to_parquet(answers / "fits.parquet")
"""


@pytest.fixture(scope="module")
def answers(cluster, world, tmp_path_factory):
    """Return the folder of what another process was answered through Spark Connect."""
    pytest.importorskip("grpc")
    folder = tmp_path_factory.mktemp("answers")
    address = cluster.start_connect()
    asked = [sys.executable, "-c", ASK, address, str(world[1].store.folder), str(folder)]
    done = subprocess.run(asked, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


def test_the_brief_is_the_same_to_what_summation_order_allows(answers, duck):
    theirs = plain.to_json(duck.pair("IND", "RUS").brief(draw=False))
    assert_same((answers / "brief.json").read_text("utf-8"), theirs)


def test_a_cube_agrees_to_the_last_digit_that_summation_order_allows(answers, world):
    theirs = cube(world[1].store, "partners", "invented", level=4).to_pyarrow().to_pandas()
    room = theirs["flows"].max() * float(np.finfo(float).eps)
    pd.testing.assert_frame_equal(
        pd.read_parquet(answers / "cube.parquet"), theirs, rtol=room, atol=0
    )


def test_the_server_fits_what_this_process_fits(answers, world):
    theirs = fit_products(world[1].store, "invented", 2022, level=4)
    pd.testing.assert_frame_equal(pd.read_parquet(answers / "fits.parquet"), theirs, rtol=1e-6)
