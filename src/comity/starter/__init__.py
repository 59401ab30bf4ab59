"""The embedded data: small, real, openly licensed, and built by one command."""

from __future__ import annotations

from pathlib import Path

# Vintage of the embedded data. It names the day of the build and changes with it, not by itself:
# the same files give the same bytes.
VINTAGE = "2026-11-23"


def path() -> Path:
    """Return the folder of the embedded data."""
    return Path(__file__).parent / "data"
