"""A service in this process, without a network."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient

from comity.web.app import create_app
from comity.web.settings import Settings

QUIET = Settings(warm=False, log=False, rate=0, seconds=300, hosts=("testserver", "127.0.0.1"))


@pytest.fixture(scope="session")
def client() -> Iterator[TestClient]:
    """Return a client of the service over the embedded data."""
    with TestClient(create_app(QUIET)) as client:
        yield client


@pytest.fixture
def run() -> Callable[..., Any]:
    """Return what runs a coroutine to its end, in a thread of its own.

    The browser of other tests keeps an event loop going in this one.
    """

    def finish(coroutine: Any) -> Any:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(asyncio.run, coroutine).result()

    return finish
