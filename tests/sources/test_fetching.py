"""The one way to publishers' servers, held against a server that does everything wrong."""

from __future__ import annotations

import gzip
import hashlib
import threading
from pathlib import Path

import pytest

from comity.errors import FetchError, OutputError
from comity.sources.fetching import Client, api_key
from comity.sources.parts import keep

from .server import Reply, Server

BODY = b"year,value\n" + b"".join(b"%d,%d\n" % (1900 + n, n) for n in range(120))
PAGE = "\n <!DOCTYPE html><html><body>Please log in</body></html>"


@pytest.fixture
def waits() -> list[float]:
    """Return what the client would have slept."""
    return []


@pytest.fixture
def client(waits: list[float]) -> Client:
    with Client(timeout=5, pause=0, attempts=4, sleep=waits.append) as made:
        yield made


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_arrives_under_its_name_alone(
    server: Server, client: Client, tmp_path: Path
) -> None:
    url = server.serve("/f.csv", BODY)
    path = client.download(url, tmp_path / "new" / "f.csv", params={"a": 1}, headers={"X-Key": "k"})
    assert path.read_bytes() == BODY
    assert left_in(path.parent) == ["f.csv"]
    (asked,) = server.asked
    assert asked.query == {"a": "1"}
    assert asked.headers["x-key"] == "k"
    assert asked.headers["user-agent"].startswith("comity/")


def test_a_file_that_is_there_is_not_asked_for_again(
    server: Server, client: Client, tmp_path: Path
) -> None:
    url = server.serve("/f.csv", BODY)
    for _ in range(2):
        client.download(url, tmp_path / "f.csv")
    assert len(server.asked) == 1
    client.download(url, tmp_path / "f.csv", fresh=True)
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("fault", "waited"),
    [
        (Reply(b"slow down", 429, {"Retry-After": "7"}), 7),
        (Reply(b"slow down", 503, {"Retry-After": "3"}), 3),
        (Reply(b"", 500), None),
        (Reply(b"", 502), None),
        (Reply(BODY, stop_after=40), None),
        (Reply(b""), None),
    ],
    ids=["429", "503", "500", "502", "broken off", "empty"],
)
def test_a_fault_that_passes(
    server: Server,
    client: Client,
    waits: list[float],
    tmp_path: Path,
    fault: Reply,
    waited: float | None,
) -> None:
    url = server.serve("/f.csv", fault, fault, BODY)
    assert client.download(url, tmp_path / "f.csv").read_bytes() == BODY
    assert len(server.asked) == 3
    assert left_in(tmp_path) == ["f.csv"]
    if waited is None:
        assert all(0 < wait < 60 for wait in waits)
        assert waits == sorted(waits)
    else:
        assert waits == [waited, waited]


def test_a_fault_that_stays(server: Server, client: Client, waits: list[float], tmp_path) -> None:
    url = server.serve("/f.csv", Reply(b"", 500))
    with pytest.raises(FetchError, match=r"answered 500 .* time after time") as raised:
        client.download(url, tmp_path / "f.csv", params={"key": "secret"})
    assert "secret" not in str(raised.value)
    assert len(server.asked) == 4
    assert len(waits) == 3
    assert not (tmp_path / "f.csv").exists()


def test_a_server_that_wants_an_hour(server: Server, client: Client, waits: list[float]) -> None:
    url = server.serve("/f", Reply(b"", 429, {"Retry-After": "3600"}))
    with pytest.raises(FetchError, match="60 minutes of patience"):
        client.get_bytes(url)
    assert waits == []


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_a_refusal_is_not_asked_again(server: Server, client: Client, status: int) -> None:
    url = server.serve("/f", Reply(b'{"message": "no"}', status))
    with pytest.raises(FetchError, match=f"answered {status}") as raised:
        client.get_json(url)
    assert raised.value.status == status
    assert raised.value.body == '{"message": "no"}'
    assert raised.value.hint
    assert len(server.asked) == 1


def test_a_broken_download_goes_on_where_it_stopped(
    server: Server, client: Client, tmp_path: Path
) -> None:
    version = {"ETag": '"v1"'}
    url = server.serve(
        "/f.csv", Reply(BODY, headers=version, stop_after=300), Reply(BODY, 200, version)
    )
    assert client.download(url, tmp_path / "f.csv").read_bytes() == BODY
    again = server.asked[1].headers
    assert again["range"] == "bytes=300-"
    assert again["if-range"] == '"v1"'


def test_a_part_of_an_earlier_run_goes_on(server: Server, waits, tmp_path: Path) -> None:
    version = {"Last-Modified": "Fri, 27 Nov 2026 08:00:00 GMT"}
    url = server.serve(
        "/f.csv", Reply(BODY, headers=version, stop_after=300), Reply(BODY, 200, version)
    )
    with (
        Client(attempts=1, pause=0, sleep=waits.append) as first,
        pytest.raises(FetchError, match="broke off"),
    ):
        first.download(url, tmp_path / "f.csv")
    assert "f.csv" not in left_in(tmp_path)
    with Client(attempts=1, pause=0, sleep=waits.append) as second:
        assert second.download(url, tmp_path / "f.csv").read_bytes() == BODY
    assert server.asked[1].headers["range"] == "bytes=300-"
    assert left_in(tmp_path) == ["f.csv"]


@pytest.mark.parametrize("headers", [{}, {"ETag": 'W/"v1"'}], ids=["no version", "weak version"])
def test_without_a_version_a_download_begins_anew(
    server: Server, client: Client, tmp_path: Path, headers: dict[str, str]
) -> None:
    url = server.serve("/f.csv", Reply(BODY, headers=headers, stop_after=300), BODY)
    assert client.download(url, tmp_path / "f.csv").read_bytes() == BODY
    assert "range" not in server.asked[1].headers


def test_a_server_without_ranges_sends_it_all_again(
    server: Server, client: Client, tmp_path: Path
) -> None:
    url = server.serve(
        "/f.csv",
        Reply(BODY, headers={"ETag": '"v1"'}, stop_after=300),
        Reply(BODY, ranges=False, headers={"ETag": '"v2"'}),
    )
    assert client.download(url, tmp_path / "f.csv").read_bytes() == BODY


def test_a_range_beyond_the_end_begins_anew(server: Server, client: Client, tmp_path: Path) -> None:
    (tmp_path / "f.csv.part").write_bytes(b"x" * 20)
    (tmp_path / "f.csv.part.version").write_text('"v1"')
    url = server.serve("/f.csv", b"a,b\n1,2\n")
    assert client.download(url, tmp_path / "f.csv").read_bytes() == b"a,b\n1,2\n"


@pytest.mark.parametrize("algorithm", ["md5", "sha256"])
def test_a_checksum(server: Server, client: Client, tmp_path: Path, algorithm: str) -> None:
    digest = hashlib.new(algorithm, BODY, usedforsecurity=False).hexdigest()
    url = server.serve("/f.csv", b"a,b\n", BODY)
    with pytest.raises(FetchError, match="does not have the checksum"):
        client.download(url, tmp_path / "f.csv", checksum=f"{algorithm}:{digest}")
    assert "f.csv" not in left_in(tmp_path)
    path = client.download(url, tmp_path / "f.csv", checksum=f"{algorithm}:{digest.upper()}")
    assert path.read_bytes() == BODY


def test_a_file_with_another_checksum_is_fetched_again(
    server: Server, client: Client, tmp_path: Path
) -> None:
    (tmp_path / "f.csv").write_bytes(b"old")
    digest = hashlib.sha256(BODY).hexdigest()
    url = server.serve("/f.csv", BODY)
    client.download(url, tmp_path / "f.csv", checksum=f"sha256:{digest}")
    assert (tmp_path / "f.csv").read_bytes() == BODY


@pytest.mark.parametrize("expect", ["csv", "json", "zip"])
def test_a_page_in_the_place_of_a_file(
    server: Server, client: Client, tmp_path: Path, expect: str
) -> None:
    url = server.serve("/f", PAGE)
    with pytest.raises(FetchError, match="sent a web page instead of data") as raised:
        client.download(url, tmp_path / "f", expect=expect)
    assert "comity add" in raised.value.hint
    assert not (tmp_path / "f").exists()


def test_a_page_in_the_place_of_json(server: Server, client: Client) -> None:
    with pytest.raises(FetchError, match="sent a web page"):
        client.get_json(server.serve("/f", PAGE))


@pytest.mark.parametrize("expect", ["zip", "xlsx", "7z", "gz"])
def test_a_file_of_another_kind(
    server: Server, client: Client, tmp_path: Path, expect: str
) -> None:
    url = server.serve("/f", BODY)
    with pytest.raises(FetchError, match=f"what is no {expect} file"):
        client.download(url, tmp_path / "f", expect=expect)


def test_what_is_no_json(server: Server, client: Client) -> None:
    with pytest.raises(FetchError, match="sent what is not JSON"):
        client.get_json(server.serve("/f", "1,2"))


def test_a_packed_answer_is_unpacked(server: Server, client: Client) -> None:
    url = server.serve(
        "/f", Reply(gzip.compress(b'{"a": 1}'), headers={"Content-Encoding": "gzip"})
    )
    assert client.get_json(url) == {"a": 1}


def test_a_drip_is_given_up(server: Server, waits: list[float], tmp_path: Path) -> None:
    url = server.serve("/f.csv", Reply(BODY * 20, pause=0.02))
    with (
        Client(timeout=0.1, attempts=2, pause=0, floor=1e6, sleep=waits.append) as client,
        pytest.raises(FetchError, match="fewer than 1,000,000 bytes a second"),
    ):
        client.download(url, tmp_path / "f.csv")
    assert len(server.asked) == 2


def test_a_slow_but_steady_server_is_waited_for(server: Server, waits, tmp_path: Path) -> None:
    url = server.serve("/f.csv", Reply(BODY, pause=0.002))
    with Client(timeout=5, attempts=1, pause=0, floor=10, sleep=waits.append) as client:
        assert client.download(url, tmp_path / "f.csv").read_bytes() == BODY


def test_a_server_that_says_nothing(server: Server, waits: list[float]) -> None:
    url = server.serve("/f", Reply(b"x" * 100, pause=1))
    with (
        Client(timeout=0.1, attempts=2, pause=0, sleep=waits.append) as client,
        pytest.raises(FetchError, match=r"could not be reached or broke off \(ReadTimeout\)"),
    ):
        client.get_bytes(url)


def test_nobody_answers(server: Server, client: Client) -> None:
    url = server.url
    server.stop()
    with pytest.raises(FetchError, match="could not be reached") as raised:
        client.get_bytes(f"{url}/f", {"key": "secret"})
    assert "secret" not in str(raised.value)


def test_redirects_are_followed(server: Server, client: Client, tmp_path: Path) -> None:
    server.serve("/new.csv", BODY)
    server.serve("/middle", Reply(status=302, headers={"Location": "/new.csv"}))
    url = server.serve("/old", Reply(status=301, headers={"Location": server.url + "/middle"}))
    assert client.download(url, tmp_path / "f.csv").read_bytes() == BODY


def test_a_redirect_to_a_page_is_no_file(server: Server, client: Client, tmp_path: Path) -> None:
    server.serve("/login", PAGE)
    url = server.serve("/f.zip", Reply(status=302, headers={"Location": "/login"}))
    with pytest.raises(FetchError, match="sent a web page"):
        client.download(url, tmp_path / "f.zip", expect="zip")


def test_redirects_in_a_ring(server: Server, client: Client) -> None:
    url = server.serve("/ring", Reply(status=302, headers={"Location": "/ring"}))
    with pytest.raises(FetchError, match="without an end"):
        client.get_bytes(url)
    assert len(server.asked) < 10


def test_a_key_stays_with_the_host_that_was_asked(server: Server, client: Client) -> None:
    elsewhere = server.serve("/there", b"{}").replace("127.0.0.1", "localhost")
    url = server.serve("/here", Reply(status=302, headers={"Location": elsewhere}))
    client.get_json(url, headers={"Ocp-Apim-Subscription-Key": "secret"})
    here, there = server.asked
    assert here.headers["ocp-apim-subscription-key"] == "secret"
    assert "ocp-apim-subscription-key" not in there.headers


def test_requests_to_one_host_are_spaced(server: Server, waits: list[float]) -> None:
    url = server.serve("/f", b"{}")
    with Client(pause=5, sleep=waits.append) as client:
        client.get_json(url)
        client.get_json(url)
        client.get_json(url.replace("127.0.0.1", "localhost"))
        client.pauses["127.0.0.1"] = 60
        client.get_json(url)
    assert len(waits) == 2
    assert 4 < waits[0] <= 5
    assert 59 < waits[1] <= 60


def test_two_at_once_do_not_mix(server: Server, client: Client, tmp_path: Path) -> None:
    url = server.serve("/f.csv", Reply(BODY, pause=0.02), BODY)
    first = threading.Thread(target=client.download, args=(url, tmp_path / "f.csv"))
    first.start()
    while not server.asked:
        pass
    with (
        Client(pause=0) as second,
        pytest.raises(FetchError, match="is being fetched by another comity"),
    ):
        second.download(url, tmp_path / "f.csv")
    first.join()
    assert (tmp_path / "f.csv").read_bytes() == BODY


def test_a_key_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", " k ")
    assert api_key("SOME_KEY", "Someone", "someone.org") == "k"
    monkeypatch.delenv("SOME_KEY")
    with pytest.raises(FetchError, match="Someone asks for a key, and SOME_KEY is not set") as told:
        api_key("SOME_KEY", "Someone", "someone.org")
    assert "someone.org" in told.value.hint


def test_an_answer_is_kept_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = keep(tmp_path / "new" / "answer.json", b"{}")
    assert path.read_bytes() == b"{}"

    def full(self: Path, content: bytes) -> int:
        self.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError, match="No space left on device"):
        keep(path, b"[]")
    assert left_in(path.parent) == ["answer.json"]
    assert path.read_bytes() == b"{}"


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="could not be written"):
        keep(tmp_path / "file" / "answer.json", b"{}")
