"""Fixtures that every test may use."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# No test is timed: a busy machine must not fail one.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

NOBODY = "postgres"
REPOSITORY = Path(__file__).resolve().parents[1]

# Folders whose tests share what is dear to start: a cluster; a service and a browser.
ONE_WORKER = ("tests/spark/", "tests/web/browser/")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Give each of these folders to one worker, and all other tests to whoever is free."""
    from xdist.scheduler import LoadScopeScheduling

    class Folders(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return next((folder for folder in ONE_WORKER if nodeid.startswith(folder)), nodeid)

    return Folders(config, log)


def publishers_files(*parts: str) -> Path:
    """Return a file of a publisher; skip where it is absent, fail there in CI."""
    root = Path(os.environ.get("COMITY_TEST_DATA", REPOSITORY.parent / "shared" / "data"))
    path = root.joinpath(*parts)
    if not path.exists():
        reason = f"publishers' files are absent ({'/'.join(parts) or 'the whole folder'})"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return path


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of publishers' files that oracle tests read."""
    return publishers_files()


@pytest.fixture(scope="session", autouse=True)
def own_surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Read the embedded data, whatever lake the developer has, and keep results in this run's own.

    The processes that tests start inherit both.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COMITY_LAKE", "starter")
        patch.setenv("COMITY_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start PostgreSQL on a free port, and return the URL of its server."""
    binaries = _binaries()
    if binaries is None:
        reason = "PostgreSQL is not installed (Debian: apt-get install postgresql)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    folder = Path("/tmp") / f"comity-pg-{uuid.uuid4().hex[:8]}"  # a short path, for a socket
    folder.mkdir(mode=0o700)
    as_user = _as_user(folder)
    port = _free_port()
    data = folder / "data"
    initdb = [binaries / "initdb", "-D", data, "-A", "trust", "-U", "comity", "-E", "UTF8"]
    _run([*as_user, *map(str, initdb), "--locale=C", "--no-sync"])
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    control = [*as_user, str(binaries / "pg_ctl"), "-D", str(data), "-w"]
    try:
        _run([*control, "-l", str(folder / "log"), "-o", options, "start"])
        yield f"postgresql+psycopg://comity@127.0.0.1:{port}"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=False, capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the place of a ledger that does not exist yet, on each database in turn."""
    if request.param == "sqlite":
        return str(tmp_path / "ledger.sqlite")
    import psycopg

    url = request.getfixturevalue("server")
    name = f"t{uuid.uuid4().hex[:12]}"
    address = url.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(f"{address}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"{url}/{name}"


def _binaries() -> Path | None:
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return versions[-1].parent if versions else None


def _as_user(folder: Path) -> list[str]:
    """Return how to run as somebody else: the server refuses to run as root."""
    if os.geteuid() != 0:
        return []
    shutil.chown(folder, NOBODY)
    return ["runuser", "-u", NOBODY, "--"]


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _run(command: list[str]) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd="/")
    assert done.returncode == 0, done.stderr + done.stdout
