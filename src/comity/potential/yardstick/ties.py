"""The ties that a yardstick is laid against, and where a lake keeps them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Tie:
    """Something countable between two countries.

    Attributes
    ----------
    id : str
        Indicator of the catalogue.
    table : str
        Table of the lake: ``flows`` or ``ties``; ``totals`` where only countries' totals are known.
    product : str
        Of flows: ``TOTAL``, ``GS``, or ``HS2`` for every chapter.
    directed : bool
        Whether the two directions are two figures.
    unit : str
        Base unit.
    floor : float
        Pairs whose expected value is below this are not ranked, and not in a band: their
        intensities are the noise of small numbers.
    window : int
        Years added up: deliveries of arms come in lumps.
    headline : bool
        Whether it stands in the signature chart.
    bond : bool
        Whether more of it is a closer relationship; of refugees it is not.
    label, phrase : str
        Its name, and what one direction is called in a sentence, with ``{a}``, ``{a's}``, ``{b}``
        and ``{product}`` to be filled in.
    """

    id: str
    table: str
    product: str
    directed: bool
    unit: str
    floor: float
    window: int
    headline: bool
    bond: bool
    label: str
    phrase: str


def list_ties() -> tuple[Tie, ...]:
    """Return the ties in the order of a page."""
    return tuple(_ties().values())


@cache
def _ties() -> dict[str, Tie]:
    text = (files("comity.potential.yardstick") / "ties.csv").read_text(encoding="utf-8")
    return {
        row["id"]: Tie(
            id=row["id"],
            table=row["table"],
            product=row["product"],
            directed=row["directed"] == "yes",
            unit=row["unit"],
            floor=float(row["floor"]),
            window=int(row["window"]),
            headline=row["headline"] == "yes",
            bond=row["bond"] == "yes",
            label=row["label"],
            phrase=row["phrase"],
        )
        for row in csv.DictReader(text.splitlines())
    }
