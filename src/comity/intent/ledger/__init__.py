"""The ledger of promises: what was said, by whom, until when, and what people found of it.

`open` returns the ledger that reading commands use: the one that ``COMITY_LEDGER`` names, else the
user's own, else the one that comes with comity. `verdict` sets a promise against a lake.
"""

from comity.intent.ledger.book import Ledger
from comity.intent.ledger.chains import Chain, chains
from comity.intent.ledger.evidence import Evidence, Point
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
from comity.intent.ledger.outcome import Outcome, Verdict
from comity.intent.ledger.places import open_ledger as open  # noqa: A004 - ledger.open() reads well
from comity.intent.ledger.scores import Score, Standing, score, standing
from comity.intent.ledger.verdicts import Judge, verdict

__all__ = [
    "Assessment",
    "Chain",
    "Evidence",
    "Judge",
    "Kind",
    "Ledger",
    "Outcome",
    "Pace",
    "Party",
    "Point",
    "Promise",
    "Score",
    "Source",
    "Standing",
    "Status",
    "Target",
    "Verdict",
    "chains",
    "open",
    "score",
    "standing",
    "verdict",
]
