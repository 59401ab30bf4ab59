"""A service in this process, without a network."""

from __future__ import annotations

from collections.abc import Iterator

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
