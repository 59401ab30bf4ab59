"""Fixtures that every test may use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]


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
