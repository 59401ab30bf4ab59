"""The gate: names, sizes, rates, kept pages, headers, logs and counters."""

from __future__ import annotations

import asyncio
import gzip
import json
import platform
import sys
import threading
from dataclasses import replace

import pytest
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.testclient import TestClient

from comity.web import memory
from comity.web.app import create_app
from comity.web.gate import Gate
from comity.web.gate.kept import Pages, make
from comity.web.gate.metrics import Metrics
from comity.web.settings import Settings
from comity.web.state import KEPT, State

QUIET = Settings(warm=False, log=False, rate=0, seconds=600.0, hosts=("testserver", "127.0.0.1"))


@pytest.fixture(scope="module")
def state():
    state = State(QUIET)
    yield state
    state.close()


@pytest.fixture
def counted(state):
    """Return a small application behind a gate, and how often it was asked."""
    asked = []
    router = APIRouter()

    @router.get("/kept")
    async def kept() -> Response:
        asked.append("kept")
        return Response("k" * 5000, media_type="text/plain", headers={"Cache-Control": KEPT})

    @router.get("/own")
    async def own(request: Request) -> Response:
        asked.append("own")
        return Response(f"for {request.headers.get('cookie')}")

    @router.get("/fails")
    async def fails() -> Response:
        raise RuntimeError("the password is swordfish")

    @router.post("/read")
    async def read(request: Request) -> dict[str, int]:
        return {"size": len(await request.body())}

    def client(**changed) -> TestClient:
        state.settings = replace(QUIET, **changed)
        app = FastAPI()
        app.include_router(router)
        app.add_middleware(Gate, state=state)
        return TestClient(app, raise_server_exceptions=False)

    return client, asked


def test_a_kept_page_is_made_once_and_the_same_in_both_forms(counted):
    client, asked = counted
    session = client()
    plain = session.get("/kept", headers={"Accept-Encoding": "identity"})
    packed = session.get("/kept", headers={"Accept-Encoding": "gzip"})
    assert asked == ["kept"]
    assert plain.text == packed.text == "k" * 5000
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < 200
    assert plain.headers["etag"] != packed.headers["etag"]
    again = session.get("/kept", headers={"If-None-Match": plain.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_what_does_not_ask_to_be_kept_is_made_for_each(counted):
    client, asked = counted
    session = client()
    assert session.get("/own", headers={"Cookie": "a=1"}).text == "for a=1"
    assert session.get("/own", headers={"Cookie": "a=2"}).text == "for a=2"
    assert asked == ["own", "own"]


def test_head_has_the_headers_of_get_and_no_body(counted):
    client, _ = counted
    answer = client().head("/kept")
    assert answer.status_code == 200
    assert answer.headers["content-length"] != "0"
    assert answer.content == b""


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "", "testserver.evil.example"]
)
def test_other_names_are_refused(counted, host):
    client, asked = counted
    answer = client().get("/kept", headers={"Host": host})
    assert answer.status_code == 400
    assert asked == []


def test_a_body_over_the_limit_is_refused_even_without_a_length(counted):
    client, _ = counted
    session = client(body=1000)
    assert session.post("/read", content=b"x" * 1000).json() == {"size": 1000}
    assert session.post("/read", content=b"x" * 1001).status_code == 413

    def stream():
        yield from (b"x" * 600, b"x" * 600)

    assert session.post("/read", content=stream()).status_code == 413


def test_one_address_is_slowed_down_and_another_is_not(counted):
    client, _ = counted
    session = client(rate=0.01, burst=3, proxies=("testclient",))
    first = {"X-Forwarded-For": "203.0.113.5"}
    statuses = [session.get("/kept", headers=first).status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    slowed = session.get("/kept", headers=first)
    assert int(slowed.headers["retry-after"]) > 0
    assert session.get("/kept", headers={"X-Forwarded-For": "203.0.113.6"}).status_code == 200
    # The address that the proxy saw counts, not one that a visitor wrote before it.
    forged = {"X-Forwarded-For": "198.51.100.1, 203.0.113.5"}
    assert session.get("/kept", headers=forged).status_code == 429


def test_a_failure_is_a_sentence_and_the_log_has_no_secret(counted, capsys):
    client, _ = counted
    answer = client(log=True).get("/fails?token=swordfish", headers={"Cookie": "comity=swordfish"})
    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == "internal"
    logged = capsys.readouterr().err
    assert "swordfish" not in logged + answer.text
    lines = [json.loads(line) for line in logged.splitlines()]
    assert [line["event"] for line in lines] == ["error", "request"]
    assert lines[0]["id"] == lines[1]["id"] == answer.headers["x-request-id"]


def test_every_response_carries_the_safe_headers(counted):
    client, _ = counted
    session = client()
    for path in ("/kept", "/own", "/nothing", "/fails", "/healthz"):
        headers = session.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert "server" not in headers


def test_pages_stay_within_their_memory_and_go_with_the_vintage():
    pages = Pages(most=20_000)
    assert pages.get("one", ("/", b"")) is None
    for number in range(50):
        page = make([(b"content-type", b"image/png")], b"%d" % number * 500)
        pages.put("one", ("/", b"%d" % number), page)
        assert pages.bytes <= 20_000
    assert pages.get("one", ("/", b"49")) is not None
    assert pages.get("one", ("/", b"0")) is None
    pages.put("other", ("/", b"late"), make([], b"made before the change"))
    assert pages.get("two", ("/", b"49")) is None
    assert (len(pages), pages.bytes) == (0, 0)


def test_a_page_is_compressed_without_loss():
    page = make([(b"content-type", b"text/html; charset=utf-8")], "прогноз".encode() * 400)
    assert gzip.decompress(page.small) == page.plain == "прогноз".encode() * 400
    assert page.size < 2_000
    assert make([(b"content-type", b"image/png")], b"\x89PNG" * 400).plain == b"\x89PNG" * 400


def test_the_counters_of_all_workers_are_one(tmp_path):
    one, other = Metrics(str(tmp_path)), Metrics(str(tmp_path))
    other.count("page", "GET", 200, 0.004, 10)
    other.leave()
    (left,) = tmp_path.glob("*.json")
    left.rename(tmp_path / "1.json")  # a process that lives, and is not this one
    one.count("page", "GET", 200, 0.2, 5)
    text = one.text()
    assert 'comity_requests_total{kind="page",method="GET",status="200"} 2' in text
    assert 'comity_request_seconds_bucket{kind="page",le="0.005"} 1' in text
    assert 'comity_request_seconds_bucket{kind="page",le="+Inf"} 2' in text
    assert "comity_response_bytes_total 15" in text


def test_what_is_counted_within_a_second_is_left_as_well(tmp_path, run):
    async def count():
        metrics = Metrics(str(tmp_path))
        for _ in range(3):
            metrics.count("page", "GET", 200, 0.004, 10)
            metrics.leave()
        while json.loads(left().read_text("utf-8"))["counts"]["comity_response_bytes_total"] < 30:
            await asyncio.sleep(0.02)

    def left():
        (found,) = tmp_path.glob("*.json")
        return found

    run(count())


def test_a_worker_leaves_all_that_it_counted_when_it_ends(tmp_path):
    with TestClient(create_app(replace(QUIET, folder=str(tmp_path)))) as client:
        for _ in range(5):
            client.get("/methods")
    (left,) = tmp_path.glob("*.json")
    counts = json.loads(left.read_text("utf-8"))["counts"]
    assert sum(n for name, n in counts.items() if name.startswith("comity_requests_total")) == 5


def test_health_readiness_and_metrics(client):
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json()["status"] == "ready"
    assert "# TYPE comity_requests_total counter" in client.get("/metrics").text


def test_while_the_service_loads_pages_without_figures_are_there_and_it_says_so():
    app = create_app(replace(QUIET, loading=True))
    client = TestClient(app)
    state = app.state.comity
    told = client.get("/readyz")
    assert (told.status_code, told.json()["status"]) == (503, "loading")
    assert client.get("/healthz").status_code == 200
    home = client.get("/")
    assert home.status_code == 200
    assert "<figure" not in home.text
    assert "etag" not in home.headers  # with its chart it is another page
    for path in ("/methods", "/about", "/check", "/simulate"):
        assert client.get(path).status_code == 200
    assert len(state._kept) == 0  # nothing was computed for them
    state.loading = False
    assert client.get("/readyz").status_code == 200
    assert "<figure" in client.get("/").text


def test_visitors_who_ask_the_same_at_once_wait_for_one_answer(state):
    asked, gate = [], threading.Event()

    def slow(vintage, name):
        asked.append(name)
        gate.wait(5)
        return name

    threads = [threading.Thread(target=state.answer, args=(slow, "x")) for _ in range(5)]
    for thread in threads:
        thread.start()
    gate.set()
    for thread in threads:
        thread.join()
    assert asked == ["x"]


def test_a_lake_that_changes_is_seen_and_one_that_goes_is_said(tmp_path):
    import shutil

    from comity import starter

    folder = tmp_path / "lake"
    shutil.copytree(starter.path(), folder)
    app = create_app(replace(QUIET, lake=str(folder)))
    kept = app.state.comity
    with TestClient(app) as client:
        before = client.get("/api/v1/vintage").json()["data"]["lake"]
        manifest = folder / "manifest.json"
        changed = json.loads(manifest.read_text()) | {"built": "2030-01-01", "id": "0" * 12}
        manifest.write_text(json.dumps(changed))
        kept.refresh()
        after = client.get("/api/v1/vintage").json()["data"]["lake"]
        assert (before["built"], after["built"]) == ("2026-11-23", "2030-01-01")
        manifest.unlink()
        kept.refresh()
        assert client.get("/readyz").status_code == 503
        assert client.get("/api/v1/vintage").status_code == 200


def test_a_page_is_not_made_for_a_visitor_who_has_left(state, run):
    """A page of several pieces stops after the one under way; nothing is sent or kept."""
    import asyncio

    done = []

    async def app(scope, receive, send):
        for piece in range(50):
            await asyncio.sleep(0.01)
            done.append(piece)

    async def go(*, leaves):
        gate, sent, calls = Gate(app, state), [], []

        async def receive():
            calls.append(1)
            await asyncio.sleep(0.03 if leaves else 60)
            return {"type": "http.disconnect"}

        async def send(message):
            sent.append(message)

        scope = {
            "type": "http",
            "method": "GET",
            "path": "/slow",
            "query_string": b"",
            "headers": [(b"host", b"testserver")],
            "client": ("testclient", 1),
        }
        await gate(scope, receive, send)
        return sent

    state.settings = QUIET
    assert run(go(leaves=True)) == []
    assert 0 < len(done) < 25
    done.clear()
    run(go(leaves=False))
    assert len(done) == 50


def test_those_who_are_too_many_are_told_so_before_it_costs_anything(monkeypatch):
    app = create_app(replace(QUIET, patience=1.0))
    kept = app.state.comity
    with TestClient(app) as client:
        assert client.get("/api/v1/sources").status_code == 200
        monkeypatch.setattr(kept._thread, "expected", lambda: 6.4)
        page, data = client.get("/pairs/DEU/FRA"), client.get("/api/v1/pairs/DEU/FRA")
        assert (page.status_code, data.status_code) == (503, 503)
        assert page.headers["retry-after"] == data.headers["retry-after"] == "6"
        assert "Too many answers are being computed" in page.text
        assert "</html>" in page.text
        assert data.json()["error"]["code"] == "busy"
        # What is there already is given as ever, and a page's pictures for a while.
        assert client.get("/api/v1/sources").status_code == 200
        assert client.get("/healthz").status_code == 200
        assert 'comity_refused_total{reason="busy"} 2' in client.get("/metrics").text


def test_free_memory_can_be_given_back():
    assert memory.give_back() in (True, False)
    if sys.platform == "linux" and "glibc" in platform.libc_ver():
        assert memory._trim() is not None
