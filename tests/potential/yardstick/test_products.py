"""The yardstick by product: the same model as for totals, on each product's own matrix."""

from __future__ import annotations

import json

import numpy as np
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from comity import starter
from comity.cli import app
from comity.errors import NoDataError, UsageError
from comity.lake import Store
from comity.lake.addition import Addition
from comity.lake.growth import grow
from comity.lake.years import ProductYear
from comity.potential.yardstick.matrices import Proximity
from comity.potential.yardstick.model import Model
from comity.potential.yardstick.products import Goods, list_products, scan_products
from comity.potential.yardstick.variants import BASE

_CODES = (
    "ARE AUS BGD BRA CAN CHN DEU EGY ESP FRA GBR IDN IND IRN ITA JPN "
    "KAZ KEN KOR LKA MEX NGA PAK POL RUS SAU THA TUR UKR USA VNM ZAF"
)
COUNTRIES = tuple(_CODES.split())
SOURCE = "cepii-baci-hs22-209901"
GOODS = (270900, 270112, 300490, 841112, 30617)


def year_of_goods(year, seed):
    """Return an invented year that follows a gravity model, one product with too few sellers."""
    generator = np.random.default_rng(seed)
    proximity = Proximity(Store(starter.path()))
    km = proximity.covariates(["distance_km"], _places(proximity), year)[0]
    n = len(COUNTRIES)
    rows = []
    for k, product in enumerate(GOODS):
        size = generator.normal(0, 1, n)
        value = np.exp(16 + size[:, None] + generator.normal(0, 1, n) - km + 8)
        there = generator.random((n, n)) < 0.7
        if k == len(GOODS) - 1:
            there[4:] = False
        np.fill_diagonal(there, val=False)
        i, j = np.nonzero(there)
        noise = np.exp(generator.normal(0, 0.7, i.size))
        rows.append((i, j, np.full(i.size, product), np.round(value[i, j] * noise)))
    i, j, product, value = (np.concatenate(column) for column in zip(*rows, strict=True))
    return ProductYear(
        source=SOURCE, revision="HS22", year=year, countries=COUNTRIES,
        exporter=i.astype(np.int16), importer=j.astype(np.int16),
        product=product.astype(np.int32), value=value, quantity=np.full(value.size, np.nan),
    )  # fmt: skip


def _places(proximity):
    return np.array([proximity.index[country] for country in COUNTRIES])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lake") / "lake"
    source = {
        "id": SOURCE, "publisher": "CEPII", "title": "Invented", "licence": "CC0 1.0",
        "citation": "Nobody.", "redistributable": True,
    }  # fmt: skip
    with grow(folder, starter.path()) as lake:
        done = Addition("a.zip", "1" * 64, "baci", "invented", SOURCE)
        for year in (2021, 2022):
            done = lake.add_year(year_of_goods(year, year), source, done, whole=year == 2022)
    return folder


@pytest.fixture(scope="module")
def store(folder):
    return Store(folder)


def test_the_latest_year_is_meant_unless_another_is_asked_for(store):
    goods = Goods(store, level=4)
    assert (goods.source, goods.year) == (SOURCE, 2022)
    assert goods.products == ["0306", "2701", "2709", "3004", "8411"]
    assert Goods(store, 2021, level=2).products == ["03", "27", "30", "84"]
    with pytest.raises(NoDataError, match="no trade by pair and product in 1999") as refused:
        Goods(store, 1999)
    assert "2021 to 2022" in refused.value.hint
    with pytest.raises(NoDataError, match="no trade by pair and product"):
        Goods(Store(starter.path()))


def test_a_product_is_judged_as_the_model_of_its_own_matrix_judges_it(store):
    table, problems = list_products(Goods(store, 2022, level=4), "IND", "RUS")
    assert list(problems) == ["0306"]
    assert "at least 10 countries" in problems["0306"]
    details = store.table("details")
    rows = details.filter(details.year == 2022, details.product.startswith("3004")).to_pyarrow()
    frame = rows.to_pandas()
    wide = frame.pivot(index="exporter", columns="importer", values="value_usd")
    wide = wide.reindex(index=COUNTRIES, columns=COUNTRIES)
    flow = np.where(np.eye(len(COUNTRIES), dtype=bool), np.nan, wide.fillna(0.0).to_numpy())
    proximity = Proximity(store)
    x = proximity.covariates(BASE, _places(proximity), 2022)
    model = Model(flow, x, floor=1e5)
    i, j = COUNTRIES.index("IND"), COUNTRIES.index("RUS")
    mine = table[(table["product"] == "3004") & (table["origin"] == "IND")]
    judged = model.judge(i, j)
    assert mine["value"].tolist() == [judged.value]
    assert mine["expected"].iloc[0] == pytest.approx(judged.expected, rel=0.02)
    assert mine["rank"].iloc[0] == pytest.approx(judged.rank, abs=0.02)
    low, high = judged.band
    assert mine["band_low"].iloc[0] == pytest.approx(low, rel=0.05)
    assert mine["band_high"].iloc[0] == pytest.approx(high, rel=0.05)


def test_headings_are_sums_of_their_subheadings(store):
    table, _ = list_products(Goods(store, 2022, level=2), "IND", "RUS")
    details = store.table("details")
    mine = details.filter(
        details.year == 2022, details.exporter == "IND", details.importer == "RUS",
        details.product.startswith("27"),
    )  # fmt: skip
    total = mine.to_pyarrow()["value_usd"].to_numpy().sum()
    row = table[(table["product"] == "27") & (table["origin"] == "IND")]
    assert row["value"].tolist() == ([total] if total else [])


def test_the_largest_gap_comes_first(store):
    table, _ = list_products(Goods(store, 2022, level=4), "IND", "RUS")
    assert table["gap"].is_monotonic_decreasing
    assert (table["expected"] - table["value"]).tolist() == pytest.approx(table["gap"].tolist())


def test_all_pairs_of_all_products_as_a_file(store, folder, tmp_path):
    tables = list(scan_products(Goods(store, 2022, level=4)))
    out = tmp_path / "all.parquet"
    words = ["yardstick", "--products", "hs4", "--year", "2022", "--out", out, "--lake", folder]
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exception is None, result.exception
    written = pq.read_table(out).to_pandas()
    assert len(written) == sum(table.num_rows for table in tables)
    assert set(written["product"]) == {"2701", "2709", "3004", "8411"}
    assert set(written["tie"]) == {"goods_exports_hs4"}
    assert (written["value"] > 0).any()
    assert not list(tmp_path.glob(".*"))


def test_the_command_shows_a_pair(folder):
    words = ["yardstick", "IND", "RUS", "--products", "HS4", "--lake", str(folder)]
    result = CliRunner().invoke(app, [*words, "--format", "json"])
    assert result.exception is None, result.exception
    answer = json.loads(result.stdout)
    assert answer["year"] == 2022
    assert list(answer["without_a_model"]) == ["0306"]
    assert {row["product"] for row in answer["tables"]["products"]} <= {
        "2701", "2709", "3004", "8411",
    }  # fmt: skip
    assert list(answer["sources"]) == [SOURCE]
    shown = CliRunner().invoke(app, words).stdout
    assert "4 models of 5 products" in shown


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["IND", "RUS", "--products", "HS5"], "'HS5' is no level of products"),
        (["IND", "--products", "HS4"], "about two countries, or all"),
        (["--products", "HS4"], "go into a Parquet file"),
        (["IND", "India", "--products", "HS4"], "Both are the same country"),
    ],
)
def test_what_cannot_be_asked_for(folder, words, message):
    result = CliRunner().invoke(app, ["yardstick", *words, "--lake", str(folder)])
    assert isinstance(result.exception, UsageError)
    assert message in result.exception.message


def test_opportunities_are_by_subheading_and_know_what_is_sold(folder):
    from comity.potential.opportunities import opportunities

    store = Store(folder)
    # A table of a few countries does not stand against the embedded one of all: leave that out.
    store.__dict__["worlds"] = [world for world in store.worlds if world.source == SOURCE]
    found = opportunities(store, "IND", "RUS")
    assert (found.level, found.source, found.period) == ("HS subheadings", SOURCE, "2022")
    assert found.knows_actual
    assert found.actual_source == SOURCE
    details = store.table("details")
    mine = details.filter(
        details.year == 2022, details.exporter == "IND", details.importer == "RUS"
    ).to_pyarrow()
    sold = dict(zip(mine["product"].to_pylist(), mine["value_usd"].to_pylist(), strict=True))
    rows = found.products.set_index("product")["actual"]
    assert set(rows.index) == {f"{code:06d}" for code in GOODS}
    assert {code: value for code, value in rows.items() if value} == sold


def test_a_brief_says_what_the_pair_trades_by_chapter(store):
    import comity

    made = comity.open(store.folder).pair("IND", "RUS").brief(2022, draw=False)
    chapters = [
        m
        for section in made.sections
        for m in section.measures
        if m.pillar == "products"
        and m.indicator == "goods_exports_hs2"
        and m.source == SOURCE
        and m.period == "2022"
    ]
    flows = store.table("flows")
    rows = flows.filter(
        flows.source == SOURCE, flows.year == 2022, flows.exporter == "IND",
        flows.importer == "RUS", flows.product.length() == 2,
    ).to_pyarrow()  # fmt: skip
    known = dict(zip(rows["product"].to_pylist(), rows["value_usd"].to_pylist(), strict=True))
    mine = {m.product: m.value for m in chapters if m.origin == "IND"}
    assert mine == known
    assert SOURCE in made.sources


def test_the_models_that_can_be_spread_over_workers_read_the_same_trade(store):
    from comity.lake.cubes import cube
    from comity.potential.by_product import fit_products

    found = fit_products(store, SOURCE, 2022, level=4).set_index("product")["value_usd"]
    details = store.table("details").filter(lambda t: t.year == 2022).to_pyarrow().to_pandas()
    sums = details.groupby(details["product"].str[:4])["value_usd"].sum()
    assert found.groupby(level=0).first().to_dict() == sums.to_dict()
    partners = cube(store, "partners", SOURCE, level=2).to_pyarrow().to_pandas()
    assert partners[partners["year"] == 2022]["value_usd"].sum() == sums.sum()
