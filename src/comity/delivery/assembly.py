"""The UN General Assembly: every vote taken in a lake's years, and how each country voted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from comity.lake import Store
from comity.lake.kept import Arrays
from comity.lake.memo import on_its_own

_FIRST_SESSION = 1946
_NONE = 0


@dataclass(frozen=True, slots=True)
class Assembly:
    """All rollcalls of a lake, R of them.

    Attributes
    ----------
    years : ndarray, (R,)
        Of the session's opening.
    issues : list of list of str
        What each vote was about.
    contested : ndarray of bool, (R,)
        Votes on which not everyone agreed.
    source : str
        Publishers number the same votes each in its own way, so one source is read: the one that
        reaches the latest year; of such, the one with most votes. "" where there are none.
    """

    years: NDArray[np.int64]
    issues: list[list[str]]
    contested: NDArray[np.bool_]
    source: str
    _countries: dict[str, int]
    _votes: NDArray[np.int8]

    def votes(self, countries: Iterable[str]) -> dict[str, NDArray[np.float64]]:
        """Return how each country voted: 1 yes, 2 abstain, 3 no; NaN where it did not."""
        never = np.full(len(self.years), np.nan)
        found: dict[str, NDArray[np.float64]] = {}
        for country in countries:
            place = self._countries.get(country)
            cast = never if place is None else self._votes[place]
            found[country] = np.where(cast == _NONE, np.nan, cast)
        return found


@on_its_own()
def assembly(store: Store) -> Assembly:
    """Return the votes of a lake, read once."""
    kept = store.kept.arrays("assembly", lambda: _read(store))
    return Assembly(
        years=kept["years"],
        issues=[names.split(";") for names in kept["issues"].tolist()],
        contested=kept["contested"],
        source=str(kept["source"]),
        _countries={country: row for row, country in enumerate(kept["countries"].tolist())},
        _votes=kept["votes"],
    )


def _read(store: Store) -> Arrays:
    rollcalls = store.table("rollcalls").to_pyarrow().to_pandas()
    held = rollcalls.groupby("source").agg(last=("year", "max"), count=("year", "size"))
    ranked = held.reset_index().sort_values(["last", "count", "source"])["source"]
    source = ranked.iloc[-1] if len(ranked) else ""
    rollcalls = rollcalls[rollcalls["source"] == source]
    votes_table = store.table("votes")
    cast = votes_table.filter(votes_table.source == source).drop("source")
    rows = cast.to_pyarrow().to_pandas()
    place = rollcalls.set_index("rollcall").index.get_indexer(rows["rollcall"])
    seat, countries = rows["country"].factorize(sort=True)
    votes = np.full((len(countries), len(rollcalls)), _NONE, dtype=np.int8)
    known = place >= 0
    votes[seat[known], place[known]] = rows["vote"].to_numpy()[known]
    return {
        # A session opens in September and may run into January: its year is that of its opening.
        "years": rollcalls["session"].to_numpy(np.int64) + _FIRST_SESSION - 1,
        "issues": np.array(rollcalls["issues"].fillna("").tolist(), dtype=np.str_),
        "contested": ~rollcalls["unanimous"].to_numpy(bool),
        "source": np.array(source),
        "countries": np.array(countries.tolist(), dtype=np.str_),
        "votes": votes,
    }
