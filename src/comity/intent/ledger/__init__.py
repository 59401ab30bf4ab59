"""The ledger of promises: what was said, by whom, until when, and what people found of it.

`open` returns the ledger that reading commands use: the one that ``COMITY_LEDGER`` names, else the
user's own, else the one that comes with comity. `verdict` sets a promise against a lake.
"""

from comity.intent.ledger.book import Ledger
from comity.intent.ledger.model import (
    Assessment,
    Kind,
    Pace,
    Party,
    Promise,
    Source,
    Status,
    Target,
)
from comity.intent.ledger.places import open_ledger as open  # noqa: A004 - ledger.open() reads well

__all__ = [
    "Assessment",
    "Kind",
    "Ledger",
    "Pace",
    "Party",
    "Promise",
    "Source",
    "Status",
    "Target",
    "open",
]
