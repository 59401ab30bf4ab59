"""GDELT's events: tabs without a header, in files of fifteen minutes, shares and never counts."""

from __future__ import annotations

import gzip
import hashlib
import io
import zipfile
from pathlib import Path

import pytest

from comity.errors import FetchError, InputFileError, UsageError
from comity.sources import gdelt
from comity.sources.fetching import Client
from comity.sources.publisher import Request, take_sample
from comity.sources.registry import recognise

from .server import Reply, Server


def event(number, first="IND", second="RUS", types="", day="20240301000000", width=61):
    cells = [""] * width
    cells[0], cells[1] = str(number), day[:8]
    cells[7], cells[17] = first, second
    for place, kind in enumerate(types.split()):
        cells[12 + place] = kind
    cells[26] = "042"
    cells[{61: 59, 58: 56, 57: 56}.get(width, width - 1)] = day if width == 61 else day[:8]
    if width > 57:  # the oldest files end with the day
        cells[-1] = "https://example.org/news"
    return "\t".join(cells) + "\n"


# Ten events: three of India on Russia, one the other way, two that name one country or none, one
# inside a country, one of no country, and two of others.
EVENTS = (
    event(1, types="GOV")
    + event(2, types="CVL BUS")
    + event(3)
    + event(4, "RUS", "IND", "REB MNC")
    + event(5, "IND", "")
    + event(6, "", "")
    + event(7, "IND", "IND", "GOV")
    + event(8, "EUR", "IND", "GOV")
    + event(9, "USA", "CHN", "MIL")
    + event(10, "WSB", "GZS", "CVL")
)


def export(text: str, name: str = "20240301000000.export.CSV") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
    return packed.getvalue()


def archive(folder: Path, **members: bytes) -> Path:
    path = folder / "download"
    with zipfile.ZipFile(path, "w") as packed:
        for name, content in members.items():
            packed.writestr(f"{name}.export.CSV.zip", content)
    return path


def ties_of(path: Path):
    publisher, found = recognise(path)
    assert publisher.id == "gdelt"
    ties = publisher.read(path, found)["ties"]
    assert not ties.duplicated(["indicator", "year", "origin", "destination"]).any()
    keyed = ties.set_index(["indicator", "year", "origin", "destination"])["value"].to_dict()
    return {(key[0].removeprefix("news_events"), *key[1:]): value for key, value in keyed.items()}


@pytest.mark.parametrize("packed", ["plain", "gz", "zip"])
def test_shares_of_all_events_by_who_acts(tmp_path, packed):
    path = tmp_path / "download"
    content = {
        "plain": EVENTS.encode(),
        "gz": gzip.compress(EVENTS.encode()),
        "zip": export(EVENTS),
    }[packed]
    path.write_bytes(content)
    ties = ties_of(path)
    # Per million of all ten events, those that name no second country included.
    assert ties["", 2024, "IND", "RUS"] == pytest.approx(3e5)
    assert ties["", 2024, "RUS", "IND"] == pytest.approx(1e5)
    assert ties["_government", 2024, "IND", "RUS"] == pytest.approx(1e5)
    # The first type that says who it is counts: a civilian before a firm, a firm behind a rebel.
    assert ties["_society", 2024, "IND", "RUS"] == pytest.approx(1e5)
    assert ties["_business", 2024, "RUS", "IND"] == pytest.approx(1e5)
    assert ("_business", 2024, "IND", "RUS") not in ties
    # Nothing of a country with itself: the West Bank and Gaza are one.
    assert all(origin != destination for _, _, origin, destination in ties)
    assert recognise(path)[1].source == "gdelt-events-20240301"


def test_codes_of_no_country_are_counted(tmp_path):
    path = tmp_path / "download"
    path.write_text(EVENTS)
    publisher, found = recognise(path)
    left = publisher.read(path, found)["ties"].attrs["left_out"]
    assert left == {"events of 'EUR', which is no country": 1}


@pytest.mark.parametrize("width", [57, 58])
def test_version_1_has_its_days_elsewhere(tmp_path, width):
    path = tmp_path / "download"
    path.write_text(event(1, types="GOV", day="20130501", width=width))
    assert ties_of(path) == {
        ("", 2013, "IND", "RUS"): 1e6,
        ("_government", 2013, "IND", "RUS"): 1e6,
    }


def test_files_of_a_span_are_read_as_one_and_an_event_counts_once(tmp_path):
    path = archive(
        tmp_path,
        **{
            "20240301000000": export(event(1) + event(2, "USA", "CHN")),
            "20240301001500": export(event(1) + event(3) + event(4, "USA", "CHN")),
            "20240302000000": export(""),
        },
    )
    found = recognise(path)[1]
    assert (found.source, found.years) == ("gdelt-events-20240301-20240302", "2024")
    assert ties_of(path)["", 2024, "IND", "RUS"] == pytest.approx(5e5)


def test_months_weigh_alike_however_loud_they_are(tmp_path):
    quiet = event(1, day="20240101000000") + event(2, "USA", "CHN", day="20240101000000")
    loud = "".join(event(n, "USA", "CHN", day="20240201000000") for n in range(10, 110))
    silent = event(3, day="20230101000000")
    path = tmp_path / "download"
    path.write_text(quiet + loud + silent)
    ties = ties_of(path)
    # Half of January's events and none of February's.
    assert ties["", 2024, "IND", "RUS"] == pytest.approx(0.25e6)
    assert ties["", 2023, "IND", "RUS"] == pytest.approx(1e6)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a\tb\n", "has 2 columns"),
        (event(1) + event(2, day="yesterday"), "line 2: 'yesterday' in column 60"),
        (event(1) + event(2) + "x\t" * 70 + "\n", "cannot be read as a table"),
    ],
)
def test_damaged_files_are_named(tmp_path, text, said):
    path = archive(tmp_path, **{"20240301000000": export(text)})
    with pytest.raises(InputFileError) as error:
        ties_of(path)
    assert said in error.value.message
    assert "20240301000000" in error.value.message


def test_a_broken_archive_is_named(tmp_path):
    path = archive(tmp_path, **{"20240301000000": export(EVENTS)[:-30]})
    with pytest.raises(InputFileError, match="cannot be unpacked"):
        ties_of(path)


def test_a_bomb_inside_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(gdelt, "_MOST_INNER", 1000)
    path = archive(tmp_path, **{"20240301000000": export(EVENTS)})
    with pytest.raises(InputFileError, match="far more than fifteen minutes"):
        ties_of(path)


@pytest.mark.parametrize("text", ["1\t2\t3\n", "\t".join(["x"] * 61) + "\n", event("x")])
def test_other_tables_with_tabs_are_left_alone(tmp_path, text):
    path = tmp_path / "download"
    path.write_text(text)
    assert gdelt.recognise(take_sample(path)) is None


@pytest.fixture
def client() -> Client:
    with Client(timeout=5, pause=0, attempts=3, sleep=lambda _: None) as made:
        yield made


def listed(server: Server, *names: str, wrong: str = "") -> str:
    lines = []
    for name in names:
        content = export(event(int(name[8:14]) + 1), f"{name}.export.CSV")
        digest = "0" * 32 if name == wrong else hashlib.md5(content).hexdigest()
        url = server.serve(f"/gdeltv2/{name}.export.CSV.zip", content)
        lines.append(f"{len(content)} {digest} {url}")
        lines.append(f"5 {digest} {url.replace('export.CSV', 'mentions.CSV')}")
    return "\n".join([*lines, "a line that broke", ""])


NAMES = ("20240229234500", "20240301000000", "20240301001500", "20240302000000", "20240303000000")
DAYS = {"from": "2024-03-01", "to": "2024-03-02"}


def test_the_files_of_the_days_come_into_one_archive(server, client, tmp_path, monkeypatch):
    text = listed(server, *NAMES)
    monkeypatch.setattr(gdelt, "LIST", server.serve("/list.txt", Reply(b"", 503), text))
    (path,) = gdelt.fetch(client, Request(options=DAYS), tmp_path)
    asked = {asked.path for asked in server.asked if asked.path != "/list.txt"}
    assert asked == {f"/gdeltv2/{name}.export.CSV.zip" for name in NAMES[1:4]}
    assert path.name == "gdelt-20240301-20240302.zip"
    assert ties_of(path)["", 2024, "IND", "RUS"] == pytest.approx(1e6)
    before = len(server.asked)
    assert gdelt.fetch(client, Request(options=DAYS), tmp_path) == [path]
    assert len(server.asked) == before


def test_a_broken_off_fetch_goes_on(server, client, tmp_path, monkeypatch):
    text = listed(server, *NAMES, wrong=NAMES[2])
    monkeypatch.setattr(gdelt, "LIST", server.serve("/list.txt", text))
    with pytest.raises(FetchError, match="checksum"):
        gdelt.fetch(client, Request(options=DAYS), tmp_path)
    assert not list(tmp_path.glob("*.zip"))
    server.serve("/list.txt", listed(server, *NAMES))
    gdelt.fetch(client, Request(options=DAYS), tmp_path)
    # What had come in whole is not asked for a second time.
    assert len(server.asked_for(f"/gdeltv2/{NAMES[1]}.export.CSV.zip")) == 1


def test_days_that_are_not_listed(server, client, tmp_path, monkeypatch):
    monkeypatch.setattr(gdelt, "LIST", server.serve("/list.txt", listed(server, *NAMES)))
    with pytest.raises(FetchError, match="lists no events from 1999-01-01"):
        gdelt.fetch(client, Request(options={"from": "1999-01-01"}), tmp_path)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "asked for days"),
        ({"from": "1 March"}, "'1 March' is no day"),
        ({"from": "2024-03-02", "to": "2024-03-01"}, "is before"),
        ({"from": "2024-03-02", "colour": "red"}, "asked for days"),
    ],
)
def test_what_it_does_not_know_is_refused(client, tmp_path, options, said):
    with pytest.raises(UsageError, match=said):
        gdelt.fetch(client, Request(options=options), tmp_path)
