"""The yardstick of the embedded lake and of an invented one."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from comity import starter
from comity.errors import NoDataError
from comity.lake import Store, write
from comity.measure import Absence
from comity.potential.yardstick import Standing, Yardstick
from comity.potential.yardstick.tables import COLUMNS, list_partners, scan

_spec = importlib.util.spec_from_file_location("worlds", Path(__file__).with_name("worlds.py"))
worlds = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(worlds)


@pytest.fixture(scope="module")
def yardstick():
    return Yardstick(Store(starter.path()))


@pytest.fixture(scope="module")
def pair(yardstick):
    entries = yardstick.pair("IND", "RUS")
    return {(e.series.tie.id, e.origin): e for e in entries if isinstance(e, Standing)}


def _goods(yardstick):
    series = next(s for s in yardstick.fits.headline if s.tie.id == "goods_exports")
    return series, yardstick.fits.model(series, 2023)


def test_india_and_russia(pair):
    sold, bought = pair["goods_exports", "IND"], pair["goods_exports", "RUS"]
    assert sold.value == pytest.approx(4.054e9, rel=1e-3)
    assert bought.value == pytest.approx(66.149e9, rel=1e-3)
    assert 0.75 < sold.intensity < 0.95
    assert 6 < bought.intensity < 8.5
    assert bought.rank > 0.95
    assert bought.intensity > bought.band[1]
    assert bought.gap == bought.expected - bought.value < 0
    # Left in, Russia's oil explains itself.
    assert bought.variants["kept_in"] < 0.85 * bought.intensity
    assert pair["migrants", "IND"].intensity < 0.1
    assert 0.8 < pair["co_works", "IND"].intensity < 1.5


def test_directions_are_not_swapped(yardstick, pair):
    turned = {
        (e.series.tie.id, e.origin): e
        for e in yardstick.pair("RUS", "IND")
        if isinstance(e, Standing)
    }
    for key, one in pair.items():
        if one.series.tie.directed:
            assert turned[key].value == one.value
            assert turned[key].expected == pytest.approx(one.expected, rel=1e-9)
    assert turned["co_works", "RUS"].intensity == pytest.approx(
        pair["co_works", "IND"].intensity, rel=1e-6
    )


# pyfixest calls what pandas is about to drop.
@pytest.mark.filterwarnings("ignore")
def test_one_cell_by_pyfixest_with_the_cell_dropped(yardstick):
    pf = pytest.importorskip("pyfixest")
    series, placed = _goods(yardstick)
    model = placed.model
    i, j = placed.index["RUS"], placed.index["IND"]
    seen = ~np.isnan(model.flow) & ~np.isnan(model.covariates).any(axis=0)
    seen[i, j] = False
    rows, columns = np.nonzero(seen)
    data = pd.DataFrame({"y": model.flow[seen] / 1e6, "o": rows, "d": columns})
    for k in range(4):
        data[f"x{k}"] = model.covariates[k][seen]
    fit = pf.fepois("y ~ x0 + x1 + x2 + x3 | o + d", data, iwls_tol=1e-10)
    # Effects from the first-order conditions: totals of what is fitted are totals of what is.
    beta = fit.coef().to_numpy()
    bare = np.where(seen, np.exp(np.einsum("k,kij->ij", beta, np.nan_to_num(model.covariates))), 0)
    flow = np.where(seen, model.flow / 1e6, 0.0)
    a, b = np.ones(len(flow)), np.ones(len(flow))
    for _ in range(3000):
        a = np.divide(flow.sum(1), bare @ b, out=np.zeros_like(a), where=bare @ b > 0)
        b = np.divide(flow.sum(0), a @ bare, out=np.zeros_like(b), where=a @ bare > 0)
    cell = np.exp(beta @ model.covariates[:, i, j]) * a[i] * b[j] * 1e6
    standing = yardstick.stand(series, 2023, "RUS", "IND")
    assert standing.expected == pytest.approx(cell, rel=1e-5)


def test_the_quick_way_agrees_with_refits_where_cells_weigh_most(yardstick):
    _, placed = _goods(yardstick)
    model = placed.model
    own = np.abs(np.log(model.expected / model.fit.fitted))
    own = np.where(model.ranked, own, 0.0)
    heaviest = np.argsort(-own, axis=None)[:25]
    cells = [divmod(int(q), len(own)) for q in heaviest]
    off = [abs(np.log(model.expected[i, j] / model.expect(i, j))) for i, j in cells]
    assert np.median(off) < 1e-4
    assert max(off) < 5e-3
    quick = np.sort(model.intensity[model.ranked])
    for i, j in cells:
        seen = model.judge(i, j)
        assert seen.rank == pytest.approx(
            np.searchsorted(quick, model.intensity[i, j]) / quick.size, abs=1e-3
        )


def test_who_did_not_report_in_2023_is_found(yardstick):
    _, placed = _goods(yardstick)
    flow, at = placed.model.flow, placed.index
    for a, b in [("RUS", "KOR"), ("RUS", "BLR"), ("POL", "VNM"), ("KOR", "PHL")]:
        assert np.isnan(flow[at[a], at[b]])
        assert np.isnan(flow[at[b], at[a]])
    # Israel reports, so that nothing between it and Saudi Arabia is a zero.
    assert flow[at["ISR"], at["SAU"]] == 0
    entry = yardstick.stand(yardstick.fits.headline[0], 2023, "RUS", "KOR")
    assert isinstance(entry, Absence)
    assert entry.reason.startswith("Neither of the two has reported for 2023")


def test_an_unlisted_pair_is_an_absence_with_what_would_be_usual(yardstick):
    entries = yardstick.pair("MDV", "USA")
    absent = {(e.indicator, e.origin): e for e in entries if isinstance(e, Absence)}
    assert "not a zero" in absent["migrants", "MDV"].reason
    assert "would be usual" in absent["migrants", "MDV"].reason


def test_a_country_without_borders_in_the_lake_is_an_absence(yardstick):
    for entry in yardstick.pair("IND", "SRB"):
        assert isinstance(entry, Absence)
        assert entry.source


def test_an_unknown_code_is_an_absence_on_every_tie(yardstick):
    entries = yardstick.pair("IND", "XKX")
    assert entries
    assert all(isinstance(entry, Absence) for entry in entries)


def test_every_standing_names_its_sources_and_what_is_usual(yardstick, pair):
    for standing in pair.values():
        assert set(standing.sources) <= set(yardstick.fits.store.sources)
        assert standing.expected > 0
        assert standing.intensity == pytest.approx(standing.value / standing.expected)
        low, high = standing.range
        assert low <= standing.intensity <= high


def test_one_country_own_returns_are_no_matrix(yardstick):
    thin = {s.source for s in yardstick.fits.series if s.thin}
    assert "dgcis-tradestat" in thin
    assert all(s.source != "dgcis-tradestat" for s in yardstick.fits.usable)


def test_history_keeps_sources_apart_and_ends_where_it_is_told(yardstick):
    past = yardstick.history("IND", "RUS", until=2010, most=3)
    assert past
    assert max(s.year for s in past) <= 2010
    assert {s.series.source for s in past if s.series.tie.id == "goods_exports"} == {
        "penppml-1964-2016"
    }
    works = [s.year for s in past if s.series.tie.id == "co_works"]
    assert len(works) == 3
    assert works[-1] == 2010


def test_partners_agree_with_the_pair(yardstick, pair):
    table = list_partners(yardstick.fits, "IND")
    row = table[
        (table["tie"] == "goods_exports") & (table["origin"] == "RUS")
    ].iloc[0]  # fmt: skip
    one = pair["goods_exports", "RUS"]
    assert row["intensity"] == pytest.approx(one.intensity, rel=1e-3)
    assert row["rank"] == pytest.approx(one.rank, abs=1e-3)
    assert (row["band_low"], row["band_high"]) == pytest.approx(one.band, rel=1e-2)
    assert not table.duplicated(["tie", "product", "origin", "destination"]).any()


def test_all_pairs_hold_each_undirected_pair_once(yardstick):
    series = [s for s in yardstick.fits.usable if s.tie.id in ("co_works", "goods_exports")]
    for table in scan(yardstick.fits, series):
        frame = table.to_pandas()
        assert tuple(frame.columns) == COLUMNS
        assert not frame.duplicated(["origin", "destination"]).any()
        if frame["tie"].iloc[0] == "co_works":
            keys = frame["origin"].astype(str) + frame["destination"].astype(str)
            back = frame["destination"].astype(str) + frame["origin"].astype(str)
            assert not set(keys) & set(back)
        total = frame.loc[frame["rank"].notna(), "rank"]
        assert total.between(0, 1).all()


def test_arms_of_a_lake_of_ones_own_are_summed_over_five_years(tmp_path):
    names, tables = worlds.make_tables()
    yardstick = Yardstick(write(tmp_path / "lake", tables, built="2026-11-23"))
    entries = yardstick.pair(names[0], names[1])
    arms = [e for e in entries if isinstance(e, Standing) and e.series.tie.id == "arms_tiv"]
    assert [e.period for e in arms] == ["2018/2022", "2018/2022"]
    ties = tables["ties"]
    mine = ties[
        (ties["indicator"] == "arms_tiv")
        & (ties["origin"] == names[0])
        & (ties["destination"] == names[1])
    ]
    assert arms[0].value == mine["value"].sum()
    works = [e for e in entries if isinstance(e, Standing) and e.series.tie.id == "co_works"]
    assert len(works) == 1


def test_a_lake_without_ties_has_nothing_to_judge(tmp_path):
    _, tables = worlds.make_tables()
    del tables["ties"]
    yardstick = Yardstick(write(tmp_path / "lake", tables, built="2026-11-23"))
    assert yardstick.pair("IND", "RUS") == []
    with pytest.raises(NoDataError, match="no tie of India"):
        list_partners(yardstick.fits, "IND")
