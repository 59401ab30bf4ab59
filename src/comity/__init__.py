"""comity: what two countries promised, what they deliver, what is possible.

>>> import comity
>>> comity.open().pair("IND", "RUS")
Pair('IND', 'RUS')
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from comity.api import Lake, Pair, open  # noqa: A004
    from comity.brief import Brief
    from comity.errors import ComityError
    from comity.measure import Absence, Finding, Measure
    from comity.potential.ppml import fepois

_HOMES = {
    "Absence": "comity.measure",
    "Brief": "comity.brief",
    "ComityError": "comity.errors",
    "Finding": "comity.measure",
    "Lake": "comity.api",
    "Measure": "comity.measure",
    "Pair": "comity.api",
    "fepois": "comity.potential.ppml",
    "open": "comity.api",
}

__all__ = [
    "Absence",
    "Brief",
    "ComityError",
    "Finding",
    "Lake",
    "Measure",
    "Pair",
    "fepois",
    "open",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401
    """Load a name on first use: `comity --help` must not wait for tables and kernels."""
    if name in _HOMES:
        import importlib

        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'comity' has no attribute {name!r}")
