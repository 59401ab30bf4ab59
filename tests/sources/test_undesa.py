"""UN DESA's migrant stock: the workbook with its traps, and the three editions at hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter

from comity.errors import FetchError, InputFileError, UsageError
from comity.sources import undesa
from comity.sources.fetching import Client
from comity.sources.publisher import Request, take_sample
from comity.sources.registry import recognise

from .server import Reply, Server

REGION = "Region, development group, country or area of "
HEAD = [
    "Index", REGION + "destination", "Coverage", "Data type", undesa._TO, REGION + "origin",
    undesa._FROM, *([2020, 2024] * 3),
]  # fmt: skip
# Both sexes, then men, then women, under the same years.
ROWS = [
    [1, "WORLD", "", "", 900, "World", 900, 1000, 1100, 600, 600, 400, 500],
    [2, "India*", "", "B R", 356, "World", 900, 50, 60, 1, 2, 3, 4],
    [3, "India*", "", "B R", 356, " Russian Federation", 643, "..", 640, 5, 6, 7, 8],
    [4, "Russian Federation", "", "B", 643, "World", 900, 70, 80, 1, 2, 3, 4],
    [5, "Russian Federation", "", "B", 643, " India", 356, 6870, 7456, 9, 9, 9, 9],
    [6, "Australia/New Zealand", "", "", 927, " India", 356, 5, 5, 1, 1, 1, 1],
    [7, "Australia/New Zealand", "", "", 927, " India", 356, 5, 5, 1, 1, 1, 1],
    [8, "WORLD", "", "", 900, " India", 356, 900, 950, 1, 1, 1, 1],
    [9, "Namibia", "", "B", 516, " India", 356, 0, "", 1, 1, 1, 1],
    [10, "Namibia", "", "B", 516, "Others", 2003, 4, 4, 1, 1, 1, 1],
    [11, "Namibia", "", "B", 516, "Nowhere", 777, 4, 4, 1, 1, 1, 1],
]


@pytest.fixture
def workbook(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a workbook in the publisher's layout."""

    def write(rows=ROWS, head=HEAD, sheet="Table 1", preamble=10) -> Path:
        path = tmp_path / "download"
        book = xlsxwriter.Workbook(str(path))
        book.add_worksheet("Contents").write(0, 0, "International Migrant Stock 2024")
        table = book.add_worksheet(sheet)
        table.write(1, 0, "United Nations")
        for line, cells in enumerate([head, *rows], preamble):
            for column, cell in enumerate(cells):
                table.write(line, column, cell)
        book.close()
        return path

    return write


def value(frame, indicator, *key):
    rows = frame[frame["indicator"] == indicator]
    names = ["year", "origin", "destination"] if "origin" in rows else ["year", "country"]
    return rows.set_index(names)["value"].to_dict()[key]


def test_a_workbook_is_known_by_its_words(workbook):
    publisher, found = recognise(workbook())
    assert publisher.id == "undesa"
    assert (found.layout, found.version) == ("workbook", "2024")
    assert (found.source, found.catalogue) == (undesa.STOCK, undesa.STOCK)


def test_both_sexes_are_read_and_neither_men_nor_women(workbook):
    path = workbook()
    tables = undesa.read(path, recognise(path)[1])
    ties, facts = tables["ties"], tables["facts"]
    assert value(ties, "migrants", 2024, "IND", "RUS") == 7456
    assert value(ties, "migrants", 2020, "IND", "RUS") == 6870
    assert value(facts, "migrants_hosted", 2024, "RUS") == 80
    assert value(facts, "migrants_hosted", 2024, "WLD") == 1100
    assert value(facts, "migrants_abroad", 2024, "IND") == 950


def test_dots_and_empty_cells_are_missing_and_a_zero_is_a_zero(workbook):
    path = workbook()
    ties = undesa.read(path, recognise(path)[1])["ties"]
    pairs = {(row.year, row.origin, row.destination) for row in ties.itertuples()}
    assert (2020, "RUS", "IND") not in pairs
    assert (2024, "IND", "NAM") not in pairs
    assert value(ties, "migrants", 2020, "IND", "NAM") == 0


def test_groups_go_and_unknown_codes_are_counted(workbook):
    path = workbook()
    ties = undesa.read(path, recognise(path)[1])["ties"]
    assert {*ties["origin"], *ties["destination"]} == {"IND", "RUS", "NAM"}
    assert ties.attrs["left_out"] == {"the unknown code '777'": 2}


@pytest.mark.parametrize("preamble", [0, 9, 15])
def test_the_header_is_searched_for(workbook, preamble):
    path = workbook(preamble=preamble)
    ties = undesa.read(path, recognise(path)[1])["ties"]
    assert value(ties, "migrants", 2024, "IND", "RUS") == 7456


@pytest.mark.parametrize(
    ("cell", "said"),
    [("many", "row 12: 'many' in the column 2020"), (-4, "row 12: '-4.0' in the column 2020")],
)
def test_what_is_no_count_is_named_with_its_row(workbook, cell, said):
    path = workbook([[1, "India", "", "", 356, "Russia", 643, cell, 1]])
    with pytest.raises(InputFileError) as error:
        undesa.read(path, recognise(path)[1])
    assert said in error.value.message


def test_other_workbooks_of_the_publisher_are_named(workbook):
    found = recognise(workbook())[1]
    with pytest.raises(InputFileError, match="no sheet 'Table 1': it has Contents, Table 9"):
        undesa.read(workbook(sheet="Table 9"), found)
    with pytest.raises(InputFileError, match="row 11: no column is a year"):
        undesa.read(workbook(head=HEAD[:7], rows=[]), found)
    with pytest.raises(InputFileError, match="has the columns"):
        undesa.read(workbook(head=["a", "b"], rows=[]), found)


def test_a_damaged_workbook_is_no_workbook(workbook):
    path = workbook()
    found = recognise(path)[1]
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(InputFileError, match="is no workbook"):
        undesa.read(path, found)


def test_somebody_elses_workbook_is_left_alone(tmp_path):
    path = tmp_path / "other.xlsx"
    book = xlsxwriter.Workbook(str(path))
    book.add_worksheet().write(0, 0, "Location of nothing")
    book.close()
    assert undesa.recognise(take_sample(path)) is None


@pytest.fixture
def client() -> Client:
    with Client(timeout=5, pause=0, attempts=2, sleep=lambda _: None) as made:
        yield made


def test_the_workbook_of_an_edition_is_fetched(server: Server, client, tmp_path, monkeypatch):
    monkeypatch.setattr(undesa, "FILES", server.url + "/stock_{edition}.xlsx")
    server.serve("/stock_2020.xlsx", Reply(b"", 503), b"PK\x03\x04 and so on")
    (path,) = undesa.fetch(client, Request(options={"edition": "2020"}), tmp_path)
    assert path.name == "stock_2020.xlsx"
    assert "compatible" in server.asked[0].headers["user-agent"]
    server.serve("/stock_2024.xlsx", "<!doctype html><html>No entry</html>")
    with pytest.raises(FetchError, match="web page instead of data"):
        undesa.fetch(client, Request(), tmp_path)


@pytest.mark.parametrize("request_", [Request(years=(2020,)), Request(options={"edition": "1999"})])
def test_what_one_workbook_does_not_know_is_refused(client, tmp_path, request_):
    with pytest.raises(UsageError, match="one workbook an edition"):
        undesa.fetch(client, request_, tmp_path)


FIRST = ["undesa_2019/migrants_by_origin_and_destination_total.csv",
         "undesa_2020/undesa_stocks_2020.csv.gz",
         "undesa_2024/undesa_stocks.csv.gz"]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "edition", "last", "rows", "india_in_russia"),
    [(FIRST[0], "2019", 2019, 78_409, 5699), (FIRST[1], "2020", 2020, 83_720, 5696),
     (FIRST[2], "2024", 2024, 74_784, 7456)],
)  # fmt: skip
def test_editions_at_hand(shared_data, name, edition, last, rows, india_in_russia):
    path = shared_data / "people" / name
    found = undesa.recognise(take_sample(path))
    assert found.version == edition
    tables = undesa.read(path, found)
    ties, facts = tables["ties"], tables["facts"]
    assert len(ties) == rows
    assert ties["year"].max() == last
    assert value(ties, "migrants", last, "IND", "RUS") == india_in_russia
    assert not ties.duplicated(["year", "origin", "destination"]).any()
    world = value(facts, "migrants_hosted", last, "WLD")
    assert 270e6 < world < 310e6
    # Listed pairs are most of the world's migrants, and never more than all of them.
    assert 0.9 * world < ties.loc[ties["year"] == last, "value"].sum() <= world * 1.0001


def test_the_edition_of_2019_prints_its_totals(shared_data):
    path = shared_data / "people" / FIRST[0]
    tables = undesa.read(path, undesa.recognise(take_sample(path)))
    assert value(tables["facts"], "migrants_hosted", 1990, "WLD") == 153_011_473
    assert value(tables["facts"], "migrants_hosted", 2019, "IND") == 5_154_737
    assert value(tables["ties"], "migrants", 2019, "RUS", "IND") == 1323
    # The region of Micronesia is not the country.
    micronesia = value(tables["facts"], "migrants_hosted", 2019, "FSM")
    assert micronesia < 10_000
