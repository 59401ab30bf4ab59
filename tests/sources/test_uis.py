"""UNESCO UIS: the bulk archive, the interface, and tables of the largest partners."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from comity.errors import FetchError, InputFileError, UsageError
from comity.sources import uis
from comity.sources.fetching import Client
from comity.sources.publisher import Request, take_sample
from comity.sources.registry import recognise

from .server import Reply, Server

DATA = (
    "INDICATOR_ID,COUNTRY_ID,YEAR,VALUE,MAGNITUDE,QUALIFIER\n"
    "26637,RUS,2021,321000,,\n26637,NAM,2021,0,NIL,\n26637,IND,2021,,NA,\n"
    "OE.5T8.40510,IND,2021,508174,,UIS_EST\n26637,ZZZ,2021,7,,\n"
    "26601,RUS,2021,16500,,\n26602,RUS,2021,16500,,\n26603,IND,2021,12,,\n99999,RUS,2021,1,,\n"
)
FROM = "Inbound internationally mobile students from"
LABELS = (
    "INDICATOR_ID,INDICATOR_LABEL_EN\n"
    f'26601,"{FROM} Asia: Students from India, both sexes (number)"\n'
    f'26602,"{FROM} South and West Asia: Students from India, both sexes (number)"\n'
    f'26603,"{FROM} Europe: Students from the Russian Federation, both sexes (number)"\n'
    f'26604,"{FROM} Europe: Students from unknown countries, both sexes (number)"\n'
    '26637,"Total inbound internationally mobile students, both sexes (number)"\n'
)


def archive(folder: Path, data: str = DATA, prefix: str = "", labels: str | None = LABELS) -> Path:
    path = folder / "download"
    with zipfile.ZipFile(path, "w") as packed:
        info = zipfile.ZipInfo(f"{prefix}OPRI_DATA_NATIONAL.csv", (2025, 9, 12, 0, 0, 0))
        packed.writestr(info, data)
        if labels is not None:
            packed.writestr(f"{prefix}OPRI_LABEL.csv", labels)
    return path


def facts_of(tables):
    return tables["facts"].set_index(["indicator", "country"])["value"].to_dict()


def pairs_of(ties):
    return ties.set_index(["year", "origin", "destination"])["value"].to_dict()


@pytest.mark.parametrize("prefix", ["", "OPRI/"])
def test_the_archive_has_origins_by_label(tmp_path, prefix):
    path = archive(tmp_path, prefix=prefix)
    publisher, found = recognise(path)
    assert publisher.id == "uis"
    assert (found.version, found.source) == ("2025-09", "uis-students-bulk-202509")
    tables = publisher.read(path, found)
    assert pairs_of(tables["ties"]) == {
        (2021, "IND", "RUS"): 16500,
        (2021, "RUS", "IND"): 12,
    }
    assert facts_of(tables) == {
        ("students_inbound", "RUS"): 321_000,
        ("students_inbound", "NAM"): 0,
        ("students_outbound", "IND"): 508_174,
    }
    assert tables["facts"].attrs["left_out"] == {"the unknown code 'ZZZ'": 1}


def test_the_archive_without_labels_gives_totals(tmp_path):
    path = archive(tmp_path, labels=None)
    tables = uis.read(path, recognise(path)[1])
    assert tables["ties"].empty
    assert len(tables["facts"]) == 3


def test_the_data_alone_give_totals(written: Callable[..., Path]):
    path = written(DATA)
    publisher, found = recognise(path)
    assert found.layout == "national"
    assert facts_of(publisher.read(path, found))["students_inbound", "RUS"] == 321_000


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (DATA.replace("321000", "many"), "line 2: 'many' in column 'VALUE'"),
        (DATA.replace("YEAR", "WHEN"), "lacks the column YEAR"),
        ("INDICATOR_ID,COUNTRY_ID,YEAR,VALUE\nGER.1,RUS,2021,100\n", "holds no students"),
    ],
)
def test_damaged_archives_are_named(tmp_path, data, said):
    path = archive(tmp_path, data)
    with pytest.raises(InputFileError, match=said):
        uis.read(path, recognise(path)[1])


def test_a_broken_member_is_named(tmp_path):
    path = archive(tmp_path, DATA + "26637,IND,2020,1,,\n" * 5000)
    found = recognise(path)[1]
    content = bytearray(path.read_bytes())
    content[4000:4200] = b"\xff" * 200
    path.write_bytes(content)
    with pytest.raises(InputFileError, match="cannot be unpacked"):
        uis.read(path, found)


def records(*rows: tuple[str, str, int, float | None]) -> str:
    return json.dumps(
        {
            "hints": [],
            "records": [
                {"indicatorId": series, "geoUnit": unit, "year": year, "value": value,
                 "magnitude": None, "qualifier": None}
                for series, unit, year, value in rows
            ],
            "indicatorMetadata": [],
        }
    )  # fmt: skip


@pytest.fixture
def client() -> Client:
    with Client(timeout=5, pause=0, attempts=3, sleep=lambda _: None) as made:
        yield made


def test_totals_are_fetched_series_by_series(server: Server, client, tmp_path, monkeypatch):
    monkeypatch.setattr(
        uis,
        "INTERFACE",
        server.serve(
            "/indicators",
            Reply(b"", 500),
            records(("26637", "IND", 2021, 48_000.0), ("26637", "WB: World", 2021, 6e6)),
            records(("OE.5T8.40510", "IND", 2021, None), ("OE.5T8.40510", "RUS", 2021, 51_000)),
        ),
    )
    paths = uis.fetch(client, Request(years=(2020, 2021)), tmp_path)
    assert [asked.query for asked in server.asked[1:]] == [
        {"indicator": series, "start": "2020", "end": "2021"} for series in uis.TOTALS
    ]
    first, second = (uis.read(path, recognise(path)[1]) for path in paths)
    assert facts_of(first) == {("students_inbound", "IND"): 48_000}
    assert first["facts"].attrs["left_out"] == {"the unknown code 'WB: World'": 1}
    assert facts_of(second) == {("students_outbound", "RUS"): 51_000}
    assert recognise(paths[0])[1].source == "uis-students-totals"


def test_the_interfaces_own_words_reach_the_user(server: Server, client, tmp_path, monkeypatch):
    refusal = Reply(b'{"statusCode": 400, "message": "Invalid version."}', 400)
    monkeypatch.setattr(uis, "INTERFACE", server.serve("/indicators", refusal))
    with pytest.raises(FetchError, match=r"UNESCO UIS refuses: Invalid version\."):
        uis.fetch(client, Request(), tmp_path)


def test_the_archive_is_fetched_by_release(server: Server, client, tmp_path, monkeypatch):
    monkeypatch.setattr(uis, "BULK", server.url + "/bdds/{release}/OPRI.zip")
    packed = archive(tmp_path).read_bytes()
    server.serve("/bdds/202509/OPRI.zip", Reply(packed, stop_after=300), packed)
    (path,) = uis.fetch(client, Request(options={"bulk": "202509"}), tmp_path)
    assert path.read_bytes() == packed
    assert path.name == "uis-opri-202509.zip"


@pytest.mark.parametrize(
    ("request_", "said"),
    [(Request(countries=("IND",)), "all countries at once"),
     (Request(options={"bulk": "../x"}), "no release"),
     (Request(options={"colour": "red"}), "all countries at once")],
)  # fmt: skip
def test_what_it_does_not_know_is_refused(client, tmp_path, request_, said):
    with pytest.raises(UsageError, match=said):
        uis.fetch(client, request_, tmp_path)


@pytest.mark.parametrize(
    "content",
    ['{"records": [{"indicatorId": "26637", "geoUnit": "IND"}]}',
     '{"records": [{"indicatorId": "26637", "geoUnit": "IND", "year": 2021, "value": "x"}]}',
     '{"records": [{"indicatorId": "26637", "geoUnit": "IND", "year": 2021,'],
)  # fmt: skip
def test_damaged_records_are_named(written, content):
    path = written(content, "a.json")
    with pytest.raises(InputFileError, match="holds no records"):
        uis.read(path, uis.recognise(take_sample(path)))


def test_lumps_and_unknown_origins_are_counted_and_left_out(written):
    path = written(
        "year,dest_country_name,origin_country_lumped,value_lumped,cond_all\n"
        "2019,Russia,India,12105,- - - -\n2019,Russia,Other countries,43743,- - - -\n"
        "2019,Namibia,Asia: unknown countries,3,- - c -\n2019,Namibia,Angola,,- - - -\n"
    )
    publisher, found = recognise(path)
    ties = publisher.read(path, found)["ties"]
    assert pairs_of(ties) == {(2019, "IND", "RUS"): 12_105}
    assert ties.attrs["left_out"] == {"Other countries": 1, "Asia: unknown countries": 1}


@pytest.mark.parametrize(
    ("name", "layout", "lines"),
    [("popular-destinations-by-origin.csv.gz", "by-origin", 50_699),
     ("popular-origins-by-destination.csv", "by-destination", 19_467)],
)  # fmt: skip
def test_tables_of_the_largest_partners(shared_data, name, layout, lines):
    path = shared_data / "people" / "students_uis" / name
    publisher, found = recognise(path)
    assert found.source == f"uis-students-{layout}"
    ties = publisher.read(path, found)["ties"]
    assert pairs_of(ties)[2019, "IND", "RUS"] == 12_105
    assert not ties.duplicated(["year", "origin", "destination"]).any()
    assert (ties["year"].min(), ties["year"].max()) == (1998, 2021)
    # Every row is there or counted among those left out.
    assert len(ties) + sum(ties.attrs["left_out"].values()) == pytest.approx(lines, abs=1)
    assert all("ther" in name or "unknown" in name for name in ties.attrs["left_out"])
