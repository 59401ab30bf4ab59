"""Correlates of War and ATOP: every set on invented rows, and on the rows of a few countries."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from comity.errors import InputFileError, UsageError
from comity.sources import cow
from comity.sources.fetching import Client
from comity.sources.publisher import Found, Request, take_sample
from comity.sources.registry import recognise

from .server import Reply

Written = Callable[..., Path]


def read(path: Path, name: str):
    publisher, found = recognise(path)
    assert publisher.id == "cow"
    return publisher.read(path, found)[name]


def ties_of(path: Path, column: str = "value"):
    ties = read(path, "ties")
    assert not ties.duplicated(["indicator", "year", "origin", "destination"]).any()
    return ties.set_index(["year", "origin", "destination"])[column].to_dict()


ATOP = '"ccode1","ccode2","year","atop_defense","atop_offense","atop_neutral","atop_nonagg",'
ATOP += '"atop_consul"\n'


def test_atop_counts_and_names_the_obligations(written: Written):
    path = written(
        ATOP + "365,750,1980,0,0,0,1,1\n750,365,1980,0,0,0,1,1\n365,750,1992,1,0,0,0,0\n"
        "2,20,1980,0,0,0,0,0\n300,230,1815,1,0,0,0,1\n"
    )
    assert ties_of(path) == {
        (1980, "SUN", "IND"): 2, (1980, "IND", "SUN"): 2, (1992, "RUS", "IND"): 1,
    }  # fmt: skip
    assert ties_of(path, "text")[1980, "SUN", "IND"] == "non-aggression; consultation"


def test_atop_as_its_makers_publish_it(written: Written):
    path = written(
        "atopid,stateA,stateB,year,atopally,defense,offense,neutral,nonagg,consul\n"
        "1,365,750,2018,1,0,0,0,1,1\n"
    )
    assert ties_of(path) == {(2018, "RUS", "IND"): 2}


MEMBER = "version4id,ccode,state_name,mem_st_year,mem_end_year,defense,neutrality,nonaggression,"
MEMBER += "entente\n"


def test_members_are_allied_while_both_are_members(written: Written):
    path = written(
        MEMBER + "9,2,USA,1940,,1,0,1,0\n9,20,Canada,1949,1951,1,0,,0\n9,200,UK,1950,,0,0,1,0\n"
        "8,2,USA,1950,1950,0,1,0,1\n8,20,Canada,1950,1950,0,1,0,1\n"
    )
    ties = ties_of(path)
    assert {key: v for key, v in ties.items() if key[1:] == ("USA", "CAN")} == {
        (1949, "USA", "CAN"): 1, (1950, "USA", "CAN"): 3, (1951, "USA", "CAN"): 1,
    }  # fmt: skip
    # An alliance without an end lasts to the end of the set; what binds one alone binds no pair.
    assert max(year for year, *pair in ties if pair == ["USA", "GBR"]) == 2012
    assert not any(pair == ["CAN", "GBR"] for _, *pair in ties)
    assert ties_of(path, "text")[1950, "CAN", "USA"] == "defence; neutrality; consultation"


def test_borders_in_the_last_year_of_each_spell(written: Written):
    path = written(
        '"ccode1","ccode2","conttype","stdate","enddate"\n710,365,1,"1946-01-01","2016-12-01"\n'
        '2,365,5,"1946-01-01","1958-06-01"\n2,365,2,"1959-01-01","2016-12-01"\n'
        '2,365,4,"1959-01-01","2016-12-01"\n'
    )
    assert ties_of(path) == {
        (2016, "CHN", "RUS"): 1, (1958, "USA", "SUN"): 5, (2016, "USA", "RUS"): 2,
    }  # fmt: skip
    assert ties_of(path, "text")[2016, "CHN", "RUS"] == "land border"


def test_joint_memberships_go_both_ways(written: Written):
    path = written('"ccode1","ccode2","year","dyadigos"\n365,750,2014,51\n365,750,2013,NA\n')
    assert ties_of(path) == {(2014, "RUS", "IND"): 51, (2014, "IND", "RUS"): 51}


def test_representation_is_of_the_one_sent(written: Written):
    path = written("ccode1,ccode2,year,DR_at_1,DR_at_2,DE,version\n365,750,2005,3,0,1,2006\n")
    # DR_at_1 is what the second state has at the first: India's ambassador in Moscow.
    assert ties_of(path) == {(2005, "IND", "RUS"): 3, (2005, "RUS", "IND"): 0}
    assert ties_of(path, "text")[2005, "IND", "RUS"] == "ambassador"


DISPUTE = "dispnum,ccode1,ccode2,year,{}midongoing,{}midonset,hostlev1,hostlev2\n"


@pytest.mark.parametrize(("prefix", "source"), [("cow", "cow-mid"), ("gml", "gml-mid")])
def test_disputes_of_a_year_are_counted(written: Written, prefix, source):
    path = written(
        DISPUTE.format(prefix, prefix)
        + "1,750,710,1962,1,1,4,5\n2,750,710,1962,1,1,2,1\n1,710,750,1962,1,1,5,4\n"
    )
    assert ties_of(path) == {(1962, "IND", "CHN"): 2, (1962, "CHN", "IND"): 1}
    assert ties_of(path, "text")[1962, "IND", "CHN"] == "war"
    assert set(read(path, "ties")["source"]) == {source}


def test_participants_of_opposing_sides_are_dyads(written: Written):
    path = written(
        "dispnum3,dispnum4,stabb,ccode,styear,endyear,sidea,hostlev\n"
        "1,-9,IND,750,1961,1963,1,4\n1,-9,CHN,710,1962,1964,0,5\n1,-9,PAK,770,1962,1962,0,2\n"
        "1,-9,CHN,710,1962,1962,0,3\n"
    )
    ties = ties_of(path)
    assert ties[1962, "IND", "CHN"] == ties[1962, "CHN", "IND"] == 1
    assert (1961, "IND", "CHN") not in ties
    assert (1962, "CHN", "PAK") not in ties
    assert ties_of(path, "text")[1962, "IND", "CHN"] == "war"
    assert set(read(path, "ties")["source"]) == {"cow-mid-participants"}


def test_capabilities_in_base_units_and_a_union_counts_once(written: Written):
    path = written(
        '"ccode","year","milex","milper","irst","pec","tpop","upop","cinc"\n'
        "750,2022,72768000,1460,1,1,1,1,0.0994\n255,1990,100,500,1,1,1,1,0.03\n"
        "260,1990,90,400,1,1,1,1,0.02\n365,1950,-9,NA,1,1,1,1,0.1\n2,1940,5,5,1,1,1,1,0.2\n"
    )
    facts = read(path, "facts").set_index(["indicator", "year", "country"])["value"].to_dict()
    assert facts["military_spending", 2022, "IND"] == 72_768_000_000
    assert facts["military_personnel", 2022, "IND"] == 1_460_000
    assert facts["material_capabilities", 1990, "DEU"] == 0.03
    # Not known is missing, and before 1946 nothing is kept.
    assert ("military_spending", 1950, "SUN") not in facts
    assert {year for _, year, _ in facts} == {2022, 1990, 1950}


TRADE = "ccode1,ccode2,year,importer1,importer2,flow1,flow2,smoothflow1\n"


@pytest.mark.parametrize("mirrored", [False, True])
def test_trade_is_what_the_importer_reports(written: Written, mirrored):
    other = "750,365,2014,India,Russia,4221,3172,0\n" if mirrored else ""
    path = written(
        TRADE + "365,750,2014,Russia,India,3172,4221,0\n365,710,2014,R,C,-9,0,0\n" + other
    )
    flows = read(path, "flows")
    assert flows.set_index(["year", "exporter", "importer"])["value_usd"].to_dict() == (
        {(2014, "IND", "RUS"): 3_172e6, (2014, "RUS", "IND"): 4_221e6}
        | ({} if mirrored else {(2014, "RUS", "CHN"): 0.0})
    )
    assert set(flows["valuation"] + " " + flows["basis"]) == {"cif mirror"}


def test_states_nobody_knows_are_counted(written: Written):
    path = written('"ccode1","ccode2","year","dyadigos"\n365,9999,2014,51\n365,750,2014,1\n')
    assert read(path, "ties").attrs["left_out"] == {"the unknown code '9999'": 1}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('"ccode1","ccode2","year","dyadigos"\n365,750,2014,x\n', "line 2: 'x' in column"),
        ('"ccode1","ccode2","year","dyadigos"\n365,750,,5\n', "line 2: '' in column 'year'"),
        (TRADE + "365,750,2014,R,I,much,1,1\n", "line 2: 'much' in column 'flow1'"),
    ],
)
def test_damaged_rows_are_named(written: Written, text, said):
    with pytest.raises(InputFileError) as error:
        read(written(text), "ties")
    assert said in error.value.message


@pytest.mark.parametrize(
    "header", ["ccode,year", "dispnum3,dispnum4,stday", '"stateabb","ccode","statenme"']
)
def test_sets_without_a_table_in_a_lake_are_left_alone(written: Written, header):
    assert cow.recognise(take_sample(written(header + "\n1,2,3\n"))) is None


def excerpt(path: Path, folder: Path, codes: set[str]) -> Path:
    """Write the header of a file and the rows of every two of some states."""
    out = folder / path.name.removesuffix(".gz")
    with gzip.open(path, "rt", encoding="utf-8") as file, out.open("w", encoding="utf-8") as kept:
        kept.write(next(file))
        kept.writelines(line for line in file if {*line.split(",", 2)[:2]} <= codes)
    return out


FEW = {"2", "365", "710", "750", "770"}


def test_atop_of_a_few(shared_data: Path, tmp_path: Path):
    ties = ties_of(
        excerpt(shared_data / "diplomacy" / "cow" / "atop_alliance.csv.gz", tmp_path, FEW), "text"
    )
    assert ties[2018, "IND", "RUS"] == ties[2018, "RUS", "IND"] == "non-aggression; consultation"
    assert ties[1951, "SUN", "CHN"].startswith("defence")
    assert max(year for year, *_ in ties) == 2018


def test_organisations_of_a_few(shared_data: Path, tmp_path: Path):
    ties = ties_of(excerpt(shared_data / "diplomacy" / "cow" / "cow_igo_ndy.csv.gz", tmp_path, FEW))
    assert (ties[2013, "IND", "RUS"], ties[2014, "RUS", "IND"]) == (53, 51)
    assert all(ties[year, b, a] == value for (year, a, b), value in ties.items())


def test_trade_of_a_few(shared_data: Path, tmp_path: Path):
    path = shared_data / "trade" / "cow_dyadic_trade" / "cow_trade_ddy.csv.gz"
    flows = read(excerpt(path, tmp_path, FEW), "flows")
    found = flows.set_index(["year", "exporter", "importer"])["value_usd"]
    assert found[2014, "RUS", "IND"] == 4_221e6
    assert found[2014, "IND", "RUS"] == 3_172e6
    assert flows["year"].max() == 2014


def test_disputes_capabilities_borders_and_alliances(shared_data: Path):
    folder = shared_data / "diplomacy"
    disputes = ties_of(folder / "cow" / "cow_mid_ddydisps.csv.gz")
    assert all(disputes[year, b, a] == value for (year, a, b), value in disputes.items())
    assert disputes[1962, "IND", "CHN"] >= 1
    assert ties_of(folder / "cow_mid_raw" / "MIDB_4.2.csv")[1962, "IND", "CHN"] >= 1
    assert ties_of(folder / "cow" / "cow_contdir.csv.gz")[2016, "CHN", "RUS"] == 1
    allied = ties_of(folder / "cow_alliances" / "alliance_v4.1_by_member.csv", "text")
    assert "defence" in allied[2012, "USA", "CAN"]
    facts = read(folder / "cow" / "cow_nmc.csv.gz", "facts")
    shares = facts[facts["indicator"] == "material_capabilities"].groupby("year")["value"].sum()
    # The index is a share of the world's: it adds up to 1 in every year.
    assert shares.between(0.97, 1.03).all()


def packed(path: Path, **members: bytes | str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return path


def test_the_projects_own_archives_are_read_as_they_come(tmp_path: Path):
    contiguity = packed(
        tmp_path / "a",
        set__contdir_dot_csv="dyad,statelno,statelab,statehno,statehab,conttype,begin,end,notes\n"
        '365710,365,"RUS",710,"CHN",1,194601,201612,"x"\n',
        set__readme_dot_txt="words",
    )
    ties = ties_of(contiguity)
    assert ties == {(2016, "RUS", "CHN"): 1, (2016, "CHN", "RUS"): 1}
    inner = packed(
        tmp_path / "inner",
        nmc_dot_csv="stateabb,ccode,year,milex,milper,irst,pec,tpop,upop,cinc,version\n"
        "IND,750,2022,1,2,1,1,1,1,0.09,2023\n",
    ).read_bytes()
    facts = read(packed(tmp_path / "b", NMCv7__abridged_dot_zip=inner), "facts")
    assert set(facts["country"]) == {"IND"}


def test_participants_of_release_5(written: Written):
    path = written(
        "dispnum,stabb,ccode,styear,endyear,sidea,hostlev,orig,version\n"
        "1,IND,750,2020,2020,1,4,1,5\n1,CHN,710,2020,2020,0,5,1,5\n"
    )
    assert ties_of(path) == {(2020, "IND", "CHN"): 1, (2020, "CHN", "IND"): 1}


def test_archives_of_others_are_left_alone(tmp_path: Path):
    assert cow.recognise(take_sample(packed(tmp_path / "a", x_dot_csv="a,b\n1,2\n"))) is None
    assert cow.recognise(take_sample(packed(tmp_path / "b", x_dot_txt="a"))) is None


def test_a_bomb_within_an_archive_is_refused(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(cow, "_MOST_INNER", 10)
    path = packed(tmp_path / "a", x_dot_csv='"ccode1","ccode2","year","dyadigos"\n1,2,3,4\n')
    assert cow.recognise(take_sample(path)) is None
    with pytest.raises(InputFileError, match="far more"):
        cow.read(path, Found("cow", "", "organisations", "cow-igo", "cow-igo"))


@pytest.fixture
def client():
    with Client(timeout=5, pause=0, attempts=3, sleep=lambda _: None) as made:
        yield made


def test_sets_are_fetched_by_name(server, client, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(cow, "ADDRESS", server.url + "/uploads/")
    body = packed(tmp_path / "made", x_dot_csv="a\n1\n").read_bytes()
    server.serve("/uploads/version4.1_csv.zip", Reply(b"", 500), Reply(body, stop_after=40), body)
    (path,) = cow.fetch(client, Request(options={"set": "alliances"}), tmp_path / "in")
    assert path.read_bytes() == body
    assert path.name == "cow-version4.1_csv.zip"


@pytest.mark.parametrize(
    "request_",
    [
        Request(),
        Request(options={"set": "wars"}),
        Request(years=(2000,), options={"set": "alliances"}),
    ],
)
def test_what_has_no_address_is_refused(client, tmp_path: Path, request_):
    with pytest.raises(UsageError, match="a set at a time"):
        cow.fetch(client, request_, tmp_path)
