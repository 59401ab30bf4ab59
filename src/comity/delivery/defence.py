"""Arms between the two: volumes, shares over five years, concentration, and what was said of them.

Volumes are SIPRI's trend-indicator values, from the user's own copy of its register; where the lake
has none, shares are those that SIPRI and others have published. Deliveries come in lumps, so they
are read over five years.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import pandas as pd

from comity.delivery.entries import Entry, concentration
from comity.lake import Dossier
from comity.lake.memo import on_its_own
from comity.measure import Absence, Measure

PILLAR = "defence"
SOURCE = "sipri-arms-transfers"
WINDOW = 5
_WINDOWS = 4
_WORDS = {
    "arms_share": "arms_share",
    "arms_export_share": "arms_export_share",
    "India share of Russian arms exports": "arms_export_share",
}
_COLUMNS = ["indicator", "year", "origin", "destination", "value", "text", "source"]
_BRING = "Bring SIPRI's trade register (comity passes none of its figures on)."


@on_its_own()
def deliveries(dossier: Dossier) -> pd.DataFrame:
    """Return arms of the two with all partners; empty where the lake has no register.

    Of several registers and tables one is read, never their sum: the one that holds the whole of
    most of what the two sell and buy; of such, the one that reaches the latest year.

    Columns: indicator, year, origin, destination, value, text, source.
    """
    if not any(str(name).startswith("sipri") for name in dossier.store.sources):
        return pd.DataFrame(columns=_COLUMNS)
    ties = dossier.store.table("ties")
    pair = [dossier.a, dossier.b]
    wanted = ties.filter(
        ties.indicator.startswith("arms_"),
        ties.origin.isin(pair) | ties.destination.isin(pair),
    )
    if dossier.until is not None:
        wanted = wanted.filter(wanted.year <= dossier.until)
    rows: pd.DataFrame = wanted.select(*_COLUMNS).to_pyarrow().to_pandas()
    return _best(rows, pair)


def _best(rows: pd.DataFrame, pair: list[str]) -> pd.DataFrame:
    """Keep the rows of the best source."""

    def rank(source: Hashable) -> tuple[int, int, str]:
        mine = rows[rows["source"] == source]
        whole = mine[mine["indicator"] == "arms_tiv_all"]
        sides = {(s, c) for s in ("origin", "destination") for c in pair if (whole[s] == c).any()}
        years = mine.loc[mine["indicator"].isin(["arms_tiv", "arms_tiv_all"]), "year"]
        return len(sides), int(years.max()) if len(years) else 0, str(source)

    if rows["source"].nunique() < 2:
        return rows
    best: pd.DataFrame = rows[rows["source"] == max(rows["source"].unique(), key=rank)]
    return best


def windows(dossier: Dossier) -> list[tuple[int, int]]:
    """Return five-year windows back from the last year with deliveries, the latest first.

    A file of fewer years is one shorter window.
    """
    rows = deliveries(dossier)
    rows = rows[rows["indicator"] == "arms_tiv"]
    if rows.empty:
        return []
    last, first = int(rows["year"].max()), int(rows["year"].min())
    if last - first + 1 < WINDOW:
        return [(first, last)]
    starts = range(last - WINDOW + 1, first - 1, -WINDOW)
    return [(start, start + WINDOW - 1) for start in starts]


def shares(dossier: Dossier) -> pd.DataFrame:
    """Return every supplier's share in each side's arms imports, by window.

    Columns: recipient, supplier, start, end, value (TIV million), share. Recipients whose whole
    imports are not in the lake (a file of one supplier's exports) are left out.
    """
    parts = []
    for recipient in (dossier.a, dossier.b):
        for start, end in windows(dossier):
            sums, whole = _window_sums(dossier, recipient, "destination", (start, end))
            if not whole:
                continue
            found = sums.rename_axis("supplier").rename("value").reset_index()
            parts.append(
                found.assign(
                    recipient=recipient, start=start, end=end, share=found["value"] / whole
                )
            )
    columns = ["recipient", "supplier", "start", "end", "value", "share"]
    if not parts:
        return pd.DataFrame(columns=columns)
    return pd.concat(parts, ignore_index=True)[columns]


def _window_sums(
    dossier: Dossier, country: str, side: str, span: tuple[int, int]
) -> tuple[pd.Series[float], float]:
    """Return a country's deliveries by partner over a window, and the whole; 0 where unknown."""
    rows = deliveries(dossier)
    rows = rows[(rows[side] == country) & rows["year"].between(*span)]
    other = "origin" if side == "destination" else "destination"
    by_partner = rows[rows["indicator"] == "arms_tiv"].groupby(other)["value"].sum()
    whole = float(rows.loc[rows["indicator"] == "arms_tiv_all", "value"].sum())
    return by_partner, whole


@on_its_own()
def said(dossier: Dossier) -> pd.DataFrame:
    """Return published shares: indicator, origin, destination, period, value, said_by, source."""
    rows = dossier.statements
    rows = rows.assign(indicator=rows["indicator"].map(_WORDS))
    rows = rows[rows["indicator"].notna() & rows["value"].notna() & rows["period"].notna()]
    if dossier.until is not None:
        rows = rows[rows["period"].map(_last_year) <= dossier.until]
    columns = [
        "indicator",
        "origin",
        "destination",
        "period",
        "value",
        "claim",
        "said_by",
        "source",
    ]
    found = rows[columns]
    return found.sort_values(["indicator", "period"]).reset_index(drop=True)


def arms_tiv(dossier: Dossier) -> list[Entry]:
    """Return the volume of arms delivered each way over the last five years of the register."""
    rows = deliveries(dossier)
    if rows.empty:
        if len(said(dossier)):
            return []
        return [_absent(dossier, "arms_tiv", f"The lake has no arms register. {_BRING}")]
    rows = rows[rows["indicator"] == "arms_tiv"]
    spans = windows(dossier)
    entries: list[Entry] = []
    for origin, destination in dossier.directions:
        mine = rows[(rows["origin"] == origin) & (rows["destination"] == destination)]
        if mine.empty:
            entries.append(
                Absence(
                    pillar=PILLAR,
                    indicator="arms_tiv",
                    origin=origin,
                    destination=destination,
                    source=str(rows["source"].iloc[0]),
                    reason="The register has no deliveries in this direction.",
                )
            )
            continue
        sums = [_sum(mine, span) for span in spans[:2]]
        entries.append(
            Measure(
                pillar=PILLAR,
                indicator="arms_tiv",
                origin=origin,
                destination=destination,
                period=_period(spans[0]),
                value=sums[0],
                unit="TIV million",
                source=str(mine["source"].iloc[0]),
                previous=sums[1] if len(sums) > 1 else None,
                previous_period=_period(spans[1]) if len(sums) > 1 else "",
                flags=_flags(mine, spans[0]),
                note="A volume of military capability over five years, not money.",
            )
        )
    return entries


def arms_share(dossier: Dossier) -> list[Entry]:
    """Return the supplier's share in the recipient's arms imports, five years each.

    ``s = sum_t V_ijt / sum_k sum_t V_kjt`` from the register; else as published.
    """
    table = shares(dossier)
    entries: list[Entry] = []
    for origin, destination in dossier.directions:
        mine = table[(table["recipient"] == destination) & (table["supplier"] == origin)]
        entries += _by_window(dossier, "arms_share", origin, destination, mine)
    return entries or _published(dossier, "arms_share")


def arms_export_share(dossier: Dossier) -> list[Entry]:
    """Return the recipient's share in the supplier's arms exports, five years each."""
    entries: list[Entry] = []
    for origin, destination in dossier.directions:
        parts = []
        for start, end in windows(dossier):
            sums, whole = _window_sums(dossier, origin, "origin", (start, end))
            if whole and destination in sums.index:
                parts.append((start, end, float(sums[destination]) / whole))
        frame = pd.DataFrame(parts, columns=["start", "end", "share"])
        entries += _by_window(dossier, "arms_export_share", origin, destination, frame)
    return entries or _published(dossier, "arms_export_share")


def arms_supplier_hhi(dossier: Dossier) -> list[Entry]:
    """Return the concentration of each side's arms suppliers over the last five years."""
    table = shares(dossier)
    entries: list[Entry] = []
    for country in (dossier.a, dossier.b):
        mine = table[table["recipient"] == country]
        found = [
            (int(str(start)), int(str(end)), concentration(group["share"]), len(group))
            for (start, end), group in mine.groupby(["start", "end"])
        ]
        if not found:
            continue
        start, end, value, count = found[-1]
        before = found[-2] if len(found) > 1 else None
        entries.append(
            Measure(
                pillar=PILLAR,
                indicator="arms_supplier_hhi",
                origin=country,
                destination="",
                period=_period((start, end)),
                value=value,
                unit="index",
                source=_source(dossier),
                previous=before[2] if before else None,
                previous_period=_period(before[:2]) if before else "",
                note=f"Over {count} suppliers; 0 spread evenly, 1 all from one.",
            )
        )
    return entries


def _by_window(
    dossier: Dossier, indicator: str, origin: str, destination: str, mine: pd.DataFrame
) -> list[Entry]:
    rows = mine.sort_values("start", ascending=False).head(_WINDOWS)
    entries: list[Entry] = []
    records = rows.to_dict("records")
    for place, row in enumerate(records):
        older = records[place + 1] if place + 1 < len(records) else None
        span = (int(row["start"]), int(row["end"]))
        entries.append(
            Measure(
                pillar=PILLAR,
                indicator=indicator,
                origin=origin,
                destination=destination,
                period=_period(span),
                value=float(row["share"]),
                unit="share",
                source=_source(dossier),
                previous=float(older["share"]) if older else None,
                previous_period=_period((older["start"], older["end"])) if older else "",
                flags=_flags(deliveries(dossier), span),
                note="By volume of deliveries (trend-indicator values).",
            )
        )
    return entries


def _published(dossier: Dossier, indicator: str) -> list[Entry]:
    """Return the published shares of an indicator, flagged as quoted, or the gap."""
    rows = said(dossier)
    rows = rows[rows["indicator"] == indicator].sort_values("period", ascending=False)
    if rows.empty:
        if indicator == "arms_share":
            return [_absent(dossier, indicator, f"Nobody is quoted on it here either. {_BRING}")]
        return []
    chain = _windows_apart(rows)
    entries: list[Entry] = []
    for place, row in enumerate(chain):
        before = chain[place + 1] if place + 1 < len(chain) else None
        also = str(before["source"]) if before else ""
        entries.append(
            Measure(
                pillar=PILLAR,
                indicator=indicator,
                origin=str(row["origin"]),
                destination=str(row["destination"]),
                period=str(row["period"]),
                value=float(row["value"]),
                unit="share",
                source=str(row["source"]),
                previous=float(before["value"]) if before else None,
                previous_period=str(before["period"]) if before else "",
                also=(also,) if also and also != row["source"] else (),
                flags=("quoted",),
                note=f"{row['claim']} ({row['said_by']}).",
            )
        )
    return entries


def _windows_apart(rows: pd.DataFrame) -> list[dict[Hashable, Any]]:
    """Return the latest window that was published, and those before it that do not overlap."""
    chain: list[dict[Hashable, Any]] = []
    edge = 9999
    for row in rows.to_dict("records"):
        span = _span(str(row["period"]))
        if span and span[1] < edge:
            chain.append(row)
            edge = span[0]
    return chain


def _absent(dossier: Dossier, indicator: str, reason: str) -> Absence:
    return Absence(
        pillar=PILLAR,
        indicator=indicator,
        origin=dossier.a,
        destination=dossier.b,
        source=SOURCE,
        reason=reason,
    )


def _sum(rows: pd.DataFrame, span: tuple[int, int]) -> float:
    return float(rows.loc[rows["year"].between(*span), "value"].sum())


def _flags(rows: pd.DataFrame, span: tuple[int, int]) -> tuple[str, ...]:
    """Say where an order's deliveries were shared out over its years."""
    inside = rows[(rows["indicator"] == "arms_tiv") & rows["year"].between(*span)]
    return ("estimate",) if inside["text"].notna().any() else ()


def _source(dossier: Dossier) -> str:
    rows = deliveries(dossier)
    return SOURCE if rows.empty else str(rows["source"].iloc[0])


def _period(span: tuple[int, int]) -> str:
    return f"{span[0]}/{span[1]}"


def _span(period: str) -> tuple[int, ...]:
    """Return first and last year of a window written 2020-24; empty for another form."""
    first, _, last = period.partition("-")
    if not (first.isdigit() and last.isdigit() and len(first) == 4):
        return ()
    return (int(first), int(first[: 4 - len(last)] + last))


def _last_year(period: str) -> int:
    span = _span(str(period))
    return span[-1] if span else int(str(period)[:4]) if str(period)[:4].isdigit() else 0
