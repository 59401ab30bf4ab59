"""A gravity model of every product: on the workers as here, and as one fit at a time."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from comity.errors import LakeError, NoDataError, UsageError
from comity.lake.spread import spread
from comity.potential.by_product import FOUND, fit_products
from comity.potential.ppml import fepois
from comity.potential.yardstick.matrices import Proximity
from comity.potential.yardstick.variants import BASE

pytestmark = [
    # PySpark leaves the sockets that its results come through to the garbage collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
]


@pytest.fixture(scope="module")
def fits(world):
    """Return the fits of 2022 on Spark and on DuckDB."""
    here = fit_products(world[1].store, "invented", 2022, level=4)
    # Second, so that the workers find the kernels compiled.
    return fit_products(world[0].store, "invented", 2022, level=4, batch=8), here


def test_the_workers_find_what_this_process_finds(fits):
    ours, theirs = fits
    assert ours["product"].nunique() == 30
    pd.testing.assert_frame_equal(ours, theirs, rtol=1e-6)


def test_both_workers_took_part(cluster, fits):
    for number in range(2):
        logs = [path.read_text() for path in cluster.folder.glob(f"work{number}/*/*/stderr")]
        assert any(re.search(r"PythonRunner|Running task", log) for log in logs)


def test_a_product_is_an_ordinary_fit_of_its_own_cells(world, fits):
    _, lake = world
    flows = lake.store.table("flows").to_pyarrow().to_pandas()
    flows = flows[(flows["year"] == 2022) & (flows["product"] == "0107")]
    proximity = Proximity(lake.store)
    names = proximity.countries
    cells = [(i, j) for i in range(len(names)) for j in range(len(names)) if i != j]
    x = proximity.covariates(BASE, np.arange(len(names)), 2022)
    table = pd.DataFrame(cells, columns=["i", "j"]).assign(
        exporter=[names[i] for i, _ in cells],
        importer=[names[j] for _, j in cells],
        **{name: [layer[cell] for cell in cells] for name, layer in zip(BASE, x, strict=True)},
    )
    table = table.merge(flows[["exporter", "importer", "value_usd"]], how="left")
    traded = lake.store.table("flows").filter(lambda t: t.year == 2022).to_pyarrow().to_pandas()
    known = pd.MultiIndex.from_frame(traded[["exporter", "importer"]])
    table = table[pd.MultiIndex.from_frame(table[["exporter", "importer"]]).isin(known)]
    alone = fepois(
        f"value_usd ~ {' + '.join(BASE)} | exporter + importer",
        table.fillna({"value_usd": 0.0}),
    )
    mine = fits[1][fits[1]["product"] == "0107"].set_index("covariate")
    pd.testing.assert_series_equal(mine["estimate"], alone.coef(), check_names=False, rtol=1e-6)
    pd.testing.assert_series_equal(mine["standard_error"], alone.se(), check_names=False, rtol=1e-6)
    assert mine["value_usd"].iloc[0] == pytest.approx(flows["value_usd"].sum())
    assert mine.loc["distance_km", "estimate"] == pytest.approx(-1.1, abs=0.5)


def test_a_product_that_cannot_be_fitted_says_why(fits):
    for found in fits:
        row = found[found["product"] == "0101"]
        assert len(row) == 1
        assert row["problem"].iloc[0]
        assert row[["estimate", "standard_error"]].isna().to_numpy().all()


def test_what_is_not_there_is_refused(world):
    with pytest.raises(NoDataError, match="no trade between countries by products of 4 digits"):
        fit_products(world[1].store, "invented", 1999, level=4)
    with pytest.raises(UsageError, match="no products of 5 digits"):
        fit_products(world[1].store, "invented", 2022, level=5)


def test_a_failure_on_a_worker_is_one_sentence(world):
    def work(rows: pa.Table) -> pa.Table:
        raise ValueError("the worker tripped")

    with pytest.raises(LakeError, match=r"A worker of Spark failed .*the worker tripped") as caught:
        spread(world[0].store.table("flows"), "product", work, FOUND, size=8)
    assert "\n" not in caught.value.message


def test_no_rows_give_no_answer(world):
    nothing = world[0].store.table("flows").filter(lambda t: t.year == 1999)
    assert spread(nothing, "product", lambda rows: rows, FOUND, size=8).equals(FOUND.empty_table())
