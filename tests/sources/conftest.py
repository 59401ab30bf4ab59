"""Tiny invented files in publishers' layouts."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from comity import catalogue
from comity.lake.check import conform
from comity.lake.schema import TABLES, WORLD
from comity.sources.fetching import Client
from comity.sources.publisher import Found, Tables
from comity.sources.registry import publisher

from .server import Server, running


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes an invented file and returns its path."""

    def write(text: str, name: str = "invented.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        content = text.encode(encoding)
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        return path

    return write


@pytest.fixture
def server() -> Iterator[Server]:
    """Run a publisher's server that misbehaves as told."""
    with running() as started:
        yield started


@pytest.fixture
def fits() -> Callable[[Tables, Found], None]:
    """Return a check that tables enter a lake as they are, and name the source that was found."""

    def check(tables: Tables, found: Found) -> None:
        assert found.catalogue in publisher(found.publisher).catalogue
        countries = {country.iso3 for country in catalogue.list_countries()} | {WORLD}
        assert tables
        for name, table in tables.items():
            conform(TABLES[name], table, countries=countries, sources={found.source})
            assert len(table), name

    return check


@pytest.fixture
def fetcher() -> Iterator[Client]:
    """Return a client that does not wait."""
    with Client(timeout=5, pause=0, attempts=3, sleep=lambda _seconds: None) as client:
        yield client
