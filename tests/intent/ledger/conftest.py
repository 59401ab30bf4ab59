"""The ledger that comes with comity, and tests kept off the user's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from comity.intent import ledger as ledgers
from comity.intent.ledger import Ledger


@pytest.fixture(autouse=True)
def _own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep tests off the user's ledger."""
    monkeypatch.delenv("COMITY_LEDGER", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture(scope="session")
def starter() -> Ledger:
    return ledgers.open("starter")
