"""CEPII Gravity: every release's names, every packing, and the traps of the panel."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from comity.errors import InputFileError, UsageError
from comity.sources import gravity
from comity.sources.publisher import Request, take_sample

HEADER = (
    "year,country_id_o,country_id_d,iso3_o,iso3_d,country_exists_o,country_exists_d,distw_harmonic,"
    "dist,distcap,contig,comlang_off,comlang_ethno,comcol,col_dep_ever,pop_o,pop_d,gdp_o,gdp_d,"
    "fta_wto,rta_type,tradeflow_comtrade_o,tradeflow_comtrade_d,tradeflow_baci,tradeflow_imf_o"
)
ROWS = """\
1990,IND,DEU.1,IND,DEU,1,1,6500,6600,6700,0,0,0,0,0,870000,63000,326600000,1770000000,0,,1,2,,
1990,IND,DEU.2,IND,DEU,1,0,9999,6600,6700,0,0,0,0,0,870000,79000,326600000,,1,4,7,8,,
2019,IND,RUS,IND,RUS,1,1,4700.5,4340,4345,0,0,0,0,0,1366417.754,144406.261,2868929000,1687448000,0,,2841000.123,3300000,2900000.5,3
2020,IND,RUS,IND,RUS,1,1,4701,4340,4345,0,0,0,0,0,1380004.385,144104.08,2667687000,1483497000,0,,0,NA,,3
2018,RUS,BLR,RUS,BLR,1,1,900,680,676,1,1,1,0,1,144477.859,9438.785,1660000000,60000000,1,2,5,6,7,
2019,RUS,BLR,RUS,BLR,1,1,900,680,676,1,1,1,0,1,144406.261,9419.758,1687448000,64400000,1,2,5,6,7,
2020,RUS,BLR,RUS,BLR,1,1,900,680,676,1,1,1,0,1,144104.08,9379.952,1483497000,61000000,1,2,5,6,7,
2015,RUS,NAM,RUS,NAM,1,1,9000,9100,9200,0,0,0,0,0,144096.87,2314.904,1363481000,11335000,1,4,,,1.234,
2016,RUS,NAM,RUS,NAM,1,1,,9100,9200,0,0,0,0,0,144342.396,2358.041,1276787000,10718000,0,,,,1.234,
2017,RUS,NAM,RUS,NAM,1,1,,9100,9200,,0,0,0,0,144496.74,2402.603,1574199000,12883000,1,6,,,1.234,
2019,IND,IND,IND,IND,1,1,800,790,790,0,1,1,0,0,1366417.754,1366417.754,2868929000,2868929000,0,,11,12,,
2019,IND,XYZ,IND,XYZ,1,1,800,790,790,0,1,1,0,0,1366417.754,1,2868929000,1,0,,11,12,,
"""
OLD = HEADER.replace("distw_harmonic", "distwces").replace("fta_wto", "rta")


@pytest.fixture
def tables(written):
    path = written(f"{HEADER}\n{ROWS}")
    return gravity.read(path, gravity.recognise(take_sample(path)))


def flows(tables, exporter, importer, year):
    rows = tables["flows"]
    rows = rows[
        (rows["exporter"] == exporter) & (rows["importer"] == importer) & (rows["year"] == year)
    ]
    return dict(zip(rows["valuation"] + " " + rows["basis"], rows["value_usd"], strict=True))


def test_trade_is_in_thousands_and_both_reports_stand_apart(tables):
    assert flows(tables, "IND", "RUS", 2019) == {
        "fob reported": 2_841_000_123,
        "cif mirror": 3_300_000_000,
        "fob reconciled": 2_900_000_500,
    }


def test_a_missing_flow_is_no_flow_and_a_zero_is_a_zero(tables):
    assert flows(tables, "IND", "RUS", 2020) == {"fob reported": 0}


def test_a_country_before_or_after_its_time_is_no_country(tables):
    assert flows(tables, "IND", "DEU", 1990) == {"fob reported": 1000, "cif mirror": 2000}
    assert not (tables["agreements"]["destination"] == "DEU").any()


def test_distances_are_the_newest_that_there_are(tables):
    pairs = tables["proximity"].set_index(["origin", "destination"])
    assert pairs.loc[("IND", "RUS"), "distance_km"] == 4701
    assert pairs.loc[("RUS", "NAM"), "distance_km"] == 9000
    assert pairs.loc[("RUS", "BLR"), ["contiguous", "colonial_tie"]].to_list() == [True, True]
    assert not bool(pairs.loc[("RUS", "BLR"), "common_colonizer"])
    assert pd.isna(pairs.loc[("IND", "IND"), "contiguous"])
    assert pairs.loc[("IND", "IND"), "distance_km"] == 800


def test_money_and_people_are_in_thousands(tables):
    facts = tables["facts"].set_index(["indicator", "year", "country"])["value"]
    assert facts["gdp", 2019, "IND"] == 2_868_929_000_000
    assert facts["population", 2019, "RUS"] == 144_406_261
    assert facts["population", 1990, "DEU"] == 63_000_000


def test_agreements_are_spells_of_years(tables):
    rows = tables["agreements"]
    spells = {
        (row.origin, row.destination, row.kind, row.in_force_from): row.in_force_to
        for row in rows.itertuples()
    }
    assert pd.isna(spells.pop(("RUS", "BLR", "CU & EIA", 2018)))
    assert spells == {("RUS", "NAM", "FTA", 2015): 2015, ("RUS", "NAM", "PSA", 2017): 2017}


def test_what_is_left_out_is_named(tables):
    assert tables["flows"].attrs["left_out"] == {
        "trade of a country with itself (goods sent back)": 2,
        "the unknown code 'XYZ'": 1,
    }


def test_tables_enter_a_lake(written, fits):
    path = written(f"{HEADER}\n{ROWS}")
    found = gravity.recognise(take_sample(path))
    fits(gravity.read(path, found), found)


@pytest.mark.parametrize("packing", ["csv", "gz", "zip", "dta", "dta in zip"])
@pytest.mark.parametrize(("header", "release"), [(HEADER, "202211"), (OLD, "202010")])
def test_every_packing_of_every_release_is_the_same(tmp_path, tables, packing, header, release):
    text = f"{header}\n{ROWS}".encode()
    path = tmp_path / "download"
    if packing == "csv":
        path.write_bytes(b"\xef\xbb\xbf" + text)
    elif packing == "gz":
        path.write_bytes(gzip.compress(text))
    else:
        name = f"Gravity_V{release}.csv"
        if packing.startswith("dta"):
            name, text = name.replace(".csv", ".dta"), stata(text)
        path.write_bytes(text)
        if packing != "dta":
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr(f"Countries_V{release}.csv", "country_id,iso3\nDEU.1,DEU\n")
                archive.writestr(name, text)
    found = gravity.recognise(take_sample(path))
    assert (found.version, found.publisher) == (release, "gravity")
    for name, table in gravity.read(path, found).items():
        expected = tables[name].assign(source=f"cepii-gravity-panel-{release}")
        pd.testing.assert_frame_equal(table, expected, check_dtype=False)


def stata(text: bytes) -> bytes:
    frame = pd.read_csv(io.BytesIO(text))
    empty = frame.columns[frame.isna().all()]
    frame[empty] = frame[empty].astype(float)
    made = io.BytesIO()
    frame.to_stata(made, write_index=False, version=118)
    return made.getvalue()


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("2019,IND,RUS,IND,RUS,1,1,far" + ",0" * 17, "line 2: 'far' in column 'distw_harmonic'"),
        ("2019,IND,RUS,IND", "line 2: 4 cells where the header has 25"),
    ],
)
def test_a_wrong_cell_is_found(written, row, words):
    path = written(f"{HEADER}\n{row}\n")
    found = gravity.recognise(take_sample(path))
    with pytest.raises(InputFileError, match=words):
        gravity.read(path, found)


def test_a_panel_without_pairs(written):
    path = written(f"{HEADER}\n2019,IND,RUS,IND,RUS,1,0,5{',0' * 17}\n")
    with pytest.raises(InputFileError, match="no pair of countries"):
        gravity.read(path, gravity.recognise(take_sample(path)))


def test_the_slice_of_cepii(shared_data, fits):
    path = shared_data / "gravity/cepii_gravity_slice/gravity.dta"
    found = gravity.recognise(take_sample(path))
    assert found.what == "CEPII Gravity, release 202211"
    tables = gravity.read(path, found)
    fits(tables, found)
    assert len(tables["proximity"]) == 9 * 9
    assert len(tables["facts"]) == 2 * 9 * 7
    assert flows(tables, "USA", "CHN", 2019) == {
        "fob reported": pytest.approx(106_622_300_000, rel=1e-5),
        "cif mirror": pytest.approx(123_219_200_000, rel=1e-5),
        "fob reconciled": 102_779_354_000,
    }
    both = tables["proximity"].merge(
        tables["proximity"], left_on=["origin", "destination"], right_on=["destination", "origin"]
    )
    assert (both["distance_km_x"] == both["distance_km_y"]).all()
    agreed = tables["agreements"].set_index(["origin", "destination"])["in_force_from"]
    assert agreed["CHN", "AUS"] == 2016
    assert agreed["FRA", "JPN"] == 2019


def test_the_file_is_asked_for_by_release(server, fetcher, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(gravity, "SITE", server.url)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("Gravity_V202211.csv", f"{HEADER}\n{ROWS}")
    server.serve("/DATA_DOWNLOAD/gravity/data/Gravity_csv_V202211.zip", made.getvalue())
    (path,) = gravity.fetch(fetcher, Request(), tmp_path)
    assert gravity.recognise(take_sample(path)).version == "202211"
    server.serve("/DATA_DOWNLOAD/gravity/data/Gravity_csv_V202301.zip", made.getvalue())
    (other,) = gravity.fetch(fetcher, Request(options={"release": "202301"}), tmp_path)
    assert other.name == "Gravity_csv_V202301.zip"


@pytest.mark.parametrize(
    "request_", [Request(years=(2019,)), Request(countries=("IND",)), Request(options={"x": "1"})]
)
def test_what_it_cannot_be_asked_for(fetcher, tmp_path, request_):
    with pytest.raises(UsageError):
        gravity.fetch(fetcher, request_, tmp_path)
