"""Tiny invented files in publishers' layouts."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

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
