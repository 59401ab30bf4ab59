"""Events in the news by who acts: a share of all events of the time, never a count of reports.

Media report more and more; how much of the news is about two countries says something, how many
reports there are does not. So counts are divided by all events of their month, and a year's value
is the mean over its months, per million. Context alone: that something was reported is no proof
that anything was delivered.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from comity.sources.leftout import LeftOut
from comity.sources.publisher import Tables

EVENTS = "news_events"
UNIT = "per million events"
_MILLION = 1e6


def share_of_news(
    pieces: Iterable[pd.DataFrame], left: LeftOut, scheme: str, source: str
) -> Tables:
    """Add events up by month, pair and actor, and return them as ties.

    Parameters
    ----------
    pieces : iterable of DataFrame
        Events with ``id``, ``month`` (YYYYMM), ``origin`` and ``destination`` (codes of `scheme`,
        empty where none is named: who acts, and on whom) and ``actor`` ("government", "business",
        "society", or empty).
    left : LeftOut
        Counts the codes that stand for no country.
    scheme : str
        Of the catalogue.
    source : str
        Id of the source.

    Returns
    -------
    dict of str to DataFrame
        ``ties``: ``news_events`` between two countries, and ``news_events_ACTOR`` of those in which
        the one who acts is a government, a firm or the people; per million of all events.
    """
    counts: list[pd.DataFrame] = []
    totals: list[pd.Series[int]] = []
    seen: set[str] = set()
    key = ["month", "origin", "destination", "actor"]
    for piece in pieces:
        fresh = piece[~piece["id"].isin(seen)].drop_duplicates("id")
        seen.update(fresh["id"])
        totals.append(fresh.groupby("month").size())
        named = fresh[(fresh["origin"] != "") & (fresh["destination"] != "")]
        counts.append(named.groupby(key).size().rename("events").reset_index())
    if not counts:
        return {"ties": left.sign(_empty())}
    added = pd.concat(counts).groupby(key, as_index=False).agg(events=("events", "sum"))
    total = pd.concat(totals).groupby(level=0).sum()
    weight = added["events"]
    for side in ("origin", "destination"):
        added[side] = _places(added[side], weight, left, scheme)
    added = added.dropna(subset=["origin", "destination"])
    added = added[added["origin"] != added["destination"]]
    parts = [_rates(added, total, EVENTS)]
    parts += [
        _rates(rows, total, f"{EVENTS}_{actor}")
        for actor, rows in added[added["actor"] != ""].groupby("actor")
    ]
    ties = pd.concat(parts, ignore_index=True).assign(unit=UNIT, source=source)
    return {"ties": left.sign(ties)}


def _places(
    codes: pd.Series[str], weight: pd.Series[int], left: LeftOut, scheme: str
) -> pd.Series[str]:
    """Return countries; codes of none are counted by their events, not by rows."""
    found = LeftOut().places(codes, scheme)
    for code, events in weight[found.isna()].groupby(codes[found.isna()]).sum().items():
        left.note(f"events of '{code}', which is no country", int(events))
    return found


def _rates(rows: pd.DataFrame, total: pd.Series[int], indicator: str) -> pd.DataFrame:
    """Return the mean over a year's months of events over all events, per million."""
    by_month = rows.groupby(["month", "origin", "destination"], as_index=False)
    monthly: pd.DataFrame = by_month.agg(events=("events", "sum"))
    monthly["rate"] = monthly["events"] / monthly["month"].map(total) * _MILLION
    monthly["year"] = monthly["month"].str[:4].astype(int)
    months = total.index.to_series().str[:4].astype(int).value_counts()
    key = ["year", "origin", "destination"]
    out: pd.DataFrame = monthly.groupby(key, as_index=False).agg(rate=("rate", "sum"))
    # A month without an event of the pair counts as a month with none.
    out["value"] = out.pop("rate") / out["year"].map(months)
    return out.assign(indicator=indicator)


def _empty() -> pd.DataFrame:
    return pd.DataFrame(
        columns=["indicator", "year", "origin", "destination", "value", "unit", "source"]
    )
