"""Pages that workers make for each other: whole or not at all, and never more than they may be."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from comity.web.app import create_app
from comity.web.gate.kept import make
from comity.web.gate.shared import Shared
from comity.web.settings import Settings

HEADERS = [(b"content-type", b"text/html; charset=utf-8"), (b"cache-control", b"public")]
KEY = ("/pairs/IND/RUS", b"vintage=one")


@pytest.mark.parametrize("body", [b"short", "прогноз ".encode() * 4000])
def test_another_worker_finds_the_same_page(tmp_path, body):
    page = make(HEADERS, body)
    Shared(str(tmp_path), 10**6).put("v1", KEY, page)
    other = Shared(str(tmp_path), 10**6)
    assert other.get("v1", KEY) == page
    assert other.get("v1", KEY).plain == body
    assert other.get("v2", KEY) is None
    assert other.get("v1", ("/pairs/IND/RUS", b"")) is None


def test_one_worker_alone_shares_nothing(tmp_path):
    alone = Shared("", 10**6)
    alone.put("v1", KEY, make(HEADERS, b"page"))
    assert alone.get("v1", KEY) is None


@pytest.mark.parametrize("harm", [b"", b"{}\n", b"not json\n", None])
def test_a_damaged_file_is_no_page(tmp_path, harm):
    shared = Shared(str(tmp_path), 10**6)
    shared.put("v1", KEY, make(HEADERS, b"page " * 500))
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:-3] if harm is None else harm)
    assert shared.get("v1", KEY) is None


def test_the_oldest_go_when_there_are_too_many(tmp_path):
    shared = Shared(str(tmp_path), 50_000)
    for number in range(60):
        shared.put("v1", ("/", b"%d" % number), make([], b"%3d" % number * 1000))
        assert sum(f.stat().st_size for f in tmp_path.iterdir()) < 60_000
    assert shared.get("v1", ("/", b"59")) is not None
    assert shared.get("v1", ("/", b"0")) is None
    shared.put("v1", ("/", b"large"), make([], b"x" * 40_000))
    assert shared.get("v1", ("/", b"large")) is None


def test_a_disk_that_will_not_have_it_costs_nothing(tmp_path):
    shared = Shared(str(tmp_path / "gone"), 10**6)
    shared.put("v1", KEY, make(HEADERS, b"page"))
    assert shared.get("v1", KEY) is None


def test_no_name_of_a_request_is_a_path(tmp_path):
    shared = Shared(str(tmp_path), 10**6)
    shared.put("v1", ("/../../etc/passwd\x00", b"../.."), make(HEADERS, b"page"))
    (file,) = tmp_path.iterdir()
    assert len(file.stem) == 64


def test_a_service_answers_what_its_other_worker_has_made(tmp_path):
    settings = Settings(
        warm=False, log=False, rate=0, seconds=300, hosts=("testserver",), folder=str(tmp_path)
    )
    with TestClient(create_app(settings)) as one, TestClient(create_app(settings)) as other:
        made = one.get("/sources")
        other.app.state.comity.ask = None  # what would compute it
        found = other.get("/sources")
        assert found.text == made.text
        assert found.headers["etag"] == made.headers["etag"]
        refused = other.get("/countries/IND")
        assert refused.status_code == 500
    with TestClient(create_app(replace(settings, folder=""))) as alone:
        assert alone.get("/healthz").status_code == 200
