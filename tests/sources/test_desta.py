"""DESTA: pairs, alone and with their depth and withdrawals; what is not in force is left out."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import xlsxwriter

from comity.errors import InputFileError
from comity.sources import desta
from comity.sources.publisher import take_sample
from comity.sources.registry import recognise

DYADS = (
    "\ufeffcountry1,country2,iso1,iso2,number,base_treaty,name,entry_type,consolidated,year,"
    "entryforceyear,language\n"
)
ROWS = (
    "India,Japan,356,392,826,826,India Japan,base_treaty,0,2011,2011,English\n"
    "United Kingdom,South Korea,826,410,815,815,EC  Korea,base_treaty,0,2010,2011,English\n"
    "Germany,South Korea,276,410,815,815,EC Korea,base_treaty,0,2010,2011,English\n"
    "Côte d'Ivoire,Namibia,384,516,2+1,2,Some accession,accession,0,1990,1991,French\n"
    "India,Australia,356,36,900,900,Not yet,base_treaty,0,2020,,English\n"
    "India,Nowhere,356,0,901,901,Odd,base_treaty,0,2020,2020,English\n"
)
DEPTH = "number,base_treaty,name,year,entry_type,full_fta,depth_index,depth_rasch\n"
DEPTH += "826,826,India Japan,2011,base_treaty,1,6,1.5\n2,2,Some,1980,base_treaty,0,1,NA\n"
# A withdrawal is listed once for every member; only the one marked 1 leaves.
EXITS = (
    "country1,iso1,number,base_treaty,name,entry_type,year,entryforceyear,c1,c2,c3,mc1,mc2,mc3\n"
)
EXITS += "".join(
    f"{country},{iso},815_1,815,EC Korea withdrawal UK,withdrawal,2020,2020,410,826,276,2,1,2\n"
    for country, iso in (("United Kingdom", 826), ("Germany", 276), ("South Korea", 410))
)


def archive(folder: Path, **members: str) -> Path:
    path = folder / "download"
    with zipfile.ZipFile(path, "w") as packed:
        for name, text in members.items():
            packed.writestr(f"desta_{name}_02_03.csv", text)
    return path


def agreements_of(path: Path):
    publisher, found = recognise(path)
    assert publisher.id == "desta"
    return publisher.read(path, found)["agreements"]


def spans(frame):
    ends = [None if end is pd.NA else int(end) for end in frame["in_force_to"]]
    keys = frame[["treaty", "origin", "destination"]].itertuples(index=False, name=None)
    return dict(zip(keys, zip(frame["in_force_from"], ends, strict=True), strict=True))


@pytest.mark.parametrize("name", ["dyads.csv", "dyads.csv.gz"])
def test_pairs_go_both_ways_from_the_year_of_entry_into_force(written: Callable[..., Path], name):
    frame = agreements_of(written(DYADS + ROWS, name))
    found = spans(frame)
    assert found["826 India Japan", "IND", "JPN"] == (2011, None)
    assert found["826 India Japan", "JPN", "IND"] == (2011, None)
    assert found["815 EC Korea", "GBR", "KOR"] == (2011, None)
    assert found["2+1 Some accession", "CIV", "NAM"] == (1991, None)
    assert len(found) == 8
    assert set(frame["kind"]) == {"base treaty", "accession"}
    assert frame.attrs["left_out"] == {
        "treaties that are not in force": 1,
        "the unknown code 'Nowhere'": 1,
    }


def test_depth_and_withdrawals_come_with_the_archive(tmp_path):
    path = archive(tmp_path, treaties=DYADS + ROWS, indices=DEPTH, withdrawal=EXITS)
    assert recognise(path)[1].version == "2.03"
    frame = agreements_of(path)
    found = spans(frame)
    assert found["815 EC Korea", "GBR", "KOR"] == (2011, 2020)
    assert found["815 EC Korea", "KOR", "GBR"] == (2011, 2020)
    assert found["815 EC Korea", "DEU", "KOR"] == (2011, None)
    depth = frame.set_index(["treaty", "origin"])["depth"]
    assert depth["826 India Japan", "IND"] == 6
    # An accession is as deep as what was acceded to; a treaty without an index has none.
    assert depth["2+1 Some accession", "NAM"] == 1
    assert depth[["815 EC Korea"]].isna().all()


def test_who_comes_back_is_in_again(tmp_path):
    again = "United Kingdom,South Korea,826,410,815+9,815,Back,accession,0,2024,2025,English\n"
    frame = agreements_of(archive(tmp_path, treaties=DYADS + ROWS + again, withdrawal=EXITS))
    found = spans(frame)
    assert found["815+9 Back", "GBR", "KOR"] == (2025, None)
    assert found["815 EC Korea", "GBR", "KOR"] == (2011, 2020)


def test_a_withdrawal_without_a_year_of_its_own_takes_effect_at_once(tmp_path):
    exits = EXITS.replace("2020,2020", "2018,NA")
    found = spans(agreements_of(archive(tmp_path, treaties=DYADS + ROWS, withdrawal=exits)))
    assert found["815 EC Korea", "GBR", "KOR"] == (2011, 2018)


def test_the_list_of_treaties_has_the_withdrawals_too(tmp_path):
    listed = "number;base_treaty;name;entry_type;year;entryforceyear;c1;c2;c3;mc1;mc2;mc3\n"
    listed += "815;815;EC Korea;base_treaty;2010;2011;410;826;276;1;2;2\n"
    listed += "815_1;815;EC Korea withdrawal UK;withdrawal;2020;NA;410;826;276;2;1;2\n"
    found = spans(agreements_of(archive(tmp_path, treaties=DYADS + ROWS, listed=listed)))
    assert found["815 EC Korea", "GBR", "KOR"] == (2011, 2020)
    assert found["815 EC Korea", "DEU", "KOR"] == (2011, None)


def test_withdrawals_that_name_both_sides_are_no_pairs(written):
    path = written(EXITS.replace("country1,iso1", "country1,country2,iso1"))
    assert recognise(path)[1].layout == "withdrawals"


def test_a_workbook_of_pairs(tmp_path):
    path = tmp_path / "download"
    book = xlsxwriter.Workbook(str(path))
    book.add_worksheet("readme").write(0, 0, "Design of Trade Agreements")
    sheet = book.add_worksheet("data")
    for line, text in enumerate((DYADS.strip("\ufeff\n"), *ROWS.splitlines()[:1])):
        for column, cell in enumerate(text.split(",")):
            sheet.write(line, column, int(cell) if cell.isdigit() else cell)
    book.close()
    assert spans(agreements_of(path)) == {
        ("826 India Japan", "IND", "JPN"): (2011, None),
        ("826 India Japan", "JPN", "IND"): (2011, None),
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [(DEPTH, "depth of treaties"), (EXITS, "withdrawals"),
     ('"number";"base_treaty";"name";"entry_type";"entryforceyear";"c1"\n', "list of treaties")],
)  # fmt: skip
def test_a_part_without_pairs_says_what_it_lacks(written, text, words):
    path = written(text)
    with pytest.raises(InputFileError, match=f"has no pairs: DESTA, {words}") as error:
        agreements_of(path)
    assert "zip" in error.value.hint


@pytest.mark.parametrize(
    ("members", "said"),
    [
        (
            {"treaties": DYADS + ROWS.replace("2011,2011", "2011,soon")},
            "line 2 of the pairs: 'soon'",
        ),
        ({"treaties": DYADS + ROWS, "indices": DEPTH.replace(",6,", ",deep,")}, "indices: 'deep'"),
        (
            {"treaties": DYADS + ROWS, "withdrawal": EXITS.replace("2020,2020", "2020,20")},
            "line 2 of the withdrawals: '20'",
        ),
    ],
)
def test_damaged_cells_are_named(tmp_path, members, said):
    path = archive(tmp_path, **members)
    with pytest.raises(InputFileError) as error:
        agreements_of(path)
    assert said in error.value.message


def test_others_are_left_alone(written, tmp_path):
    assert desta.recognise(take_sample(written("number,base_treaty\n1,1\n"))) is None
    assert desta.recognise(take_sample(archive(tmp_path, a="x,y\n1,2\n"))) is None


def test_release_2_03(shared_data, tmp_path):
    folder = shared_data / "agreements" / "desta"
    path = archive(
        tmp_path,
        treaties=gzip.decompress((folder / "desta_dyads.csv.gz").read_bytes()).decode("utf-8-sig"),
        withdrawal=gzip.decompress((folder / "desta_withdrawals.csv.gz").read_bytes()).decode(
            "utf-8-sig"
        ),
        indices=(folder / "desta.csv").read_text("utf-8-sig"),
    )
    frame = agreements_of(path)
    found = spans(frame)
    assert found["489 India Korea", "IND", "KOR"] == (2010, None)
    assert found["815 EC Korea", "GBR", "KOR"] == (2011, 2020)
    # Who stays is still in: the withdrawal lists every member of the treaty.
    assert found["815 EC Korea", "DEU", "KOR"] == (2011, None)
    ended = frame[frame["in_force_to"] == 2020]
    assert (ended[["origin", "destination"]] == "GBR").any(axis=1).all()
    assert frame["in_force_from"].between(1948, 2021).all()
    # Both directions of every pair, and no pair of a country with itself.
    assert all((treaty, b, a) in found for treaty, a, b in found)
    assert (frame["origin"] != frame["destination"]).all()
    # India and Russia have none.
    assert frame[(frame["origin"] == "IND") & (frame["destination"] == "RUS")].empty
    assert frame["depth"].dropna().between(0, 7).all()
    assert frame.attrs["left_out"] == {"treaties that are not in force": 1579}
