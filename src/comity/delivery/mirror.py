"""Who says what: each flow as its exporter reports it, as its importer does, and reconciled."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
import pandas as pd

from comity.delivery.entries import Entry
from comity.delivery.reconciliation import Reconciled, asymmetry, reconcile
from comity.errors import EstimationError
from comity.lake import TOTAL, WORLD, Dossier, Store
from comity.lake.memo import on_its_own
from comity.measure import Absence, Measure

PILLAR = "trade"
INDICATOR = "mirror_asymmetry"

# Where a lake has too few reports for a margin of its own: what the IMF takes (Direction of Trade
# Statistics Yearbook, 2017: "a CIF/FOB factor of 1.06").
ASSUMED_FACTOR = 1.06
_RECENT = 10

EXPORTER, IMPORTER, BOTH = "exporter", "importer", "reconciled"


class Report(NamedTuple):
    """One figure of one direction of goods trade, and who says it."""

    year: int
    period: str
    exporter: str
    importer: str
    said_by: str
    value_usd: float
    valuation: str
    source: str


class Silence(NamedTuple):
    """A country that stopped reporting."""

    country: str
    since: int
    reason: str
    said_by: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One direction in one period: both reports on one footing, and what they make together.

    Attributes
    ----------
    exports, imports : Report or None
        As the exporter and as the importer reports it, as printed.
    reconciled : Report or None
        As somebody else has reconciled the two (BACI).
    factor : float
        c.i.f. over f.o.b. taken out of the importer's report; 1 where it is f.o.b. already.
    estimated : bool
        Whether the factor was estimated from the lake, by distance; else it is assumed.
    own, spread : float or None
        Our own reconciliation, US dollars f.o.b., and the standard deviation of its logarithm.
    weight : float or None
        Of the exporter's report in it.
    """

    year: int
    period: str
    exporter: str
    importer: str
    exports: Report | None
    imports: Report | None
    reconciled: Report | None
    factor: float
    estimated: bool
    own: float | None
    spread: float | None
    weight: float | None

    @property
    def imports_fob(self) -> float | None:
        """The importer's report without freight and insurance."""
        return None if self.imports is None else self.imports.value_usd / self.factor

    @property
    def asymmetry(self) -> float | None:
        """|a - b| / ((a + b) / 2) of the two reports, both f.o.b.; None without either."""
        if self.exports is None or self.imports_fob is None:
            return None
        apart = asymmetry(np.array([self.exports.value_usd]), np.array([self.imports_fob]))
        return None if np.isnan(apart[0]) else float(apart[0])

    @property
    def sources(self) -> tuple[str, ...]:
        """Every source that is in it."""
        said = (self.exports, self.imports, self.reconciled)
        return tuple(dict.fromkeys(report.source for report in said if report is not None))


def reports(dossier: Dossier) -> list[Report]:
    """Return every goods total between the two with who says it, by period and direction."""
    rows = dossier.between
    rows = rows[rows["product"] == TOTAL]
    columns = [
        "year",
        "period",
        "exporter",
        "importer",
        "value_usd",
        "valuation",
        "source",
        "basis",
    ]
    found = [
        Report(
            year, period, exporter, importer, _said_by(basis, valuation), value, valuation, source
        )
        for year, period, exporter, importer, value, valuation, source, basis in zip(
            *(rows[column].tolist() for column in columns), strict=True
        )
    ]
    return sorted(found, key=lambda r: (r.year, r.period, r.exporter, r.said_by, r.source))


def _said_by(basis: str, valuation: str) -> str:
    """Return whose figure it is: imports are counted at arrival, with freight, exports before."""
    if basis == "reconciled":
        return BOTH
    return IMPORTER if basis == "mirror" or valuation == "cif" else EXPORTER


def compare(dossier: Dossier, *, recent: int = _RECENT) -> list[Comparison]:
    """Set the reports of each direction and period beside each other, the newest period first.

    Two reports of one source are preferred to those of two. Periods more than ``recent`` years
    before the newest are left out.
    """
    groups: dict[tuple[int, str, str, str], list[Report]] = {}
    for report in reports(dossier):
        key = (report.year, report.period, report.exporter, report.importer)
        groups.setdefault(key, []).append(report)
    if not groups:
        return []
    newest = max(year for year, *_ in groups)
    order = {pair: place for place, pair in enumerate(dossier.directions)}
    found = [
        _compare(dossier.store, *key, said)
        for key, said in groups.items()
        if key[0] > newest - recent
    ]
    return sorted(found, key=lambda c: (-c.year, c.period, order[c.exporter, c.importer]))


def _compare(
    store: Store, year: int, period: str, exporter: str, importer: str, said: list[Report]
) -> Comparison:
    by: dict[str, list[Report]] = {EXPORTER: [], IMPORTER: [], BOTH: []}
    for report in said:
        by[report.said_by].append(report)
    shared = {r.source for r in by[EXPORTER]} & {r.source for r in by[IMPORTER]}
    exports, imports = (
        min(by[side], key=lambda r: (r.source not in shared, r.source), default=None)
        for side in (EXPORTER, IMPORTER)
    )
    factor, estimated, own, spread, weight = 1.0, False, None, None, None
    if imports is not None and imports.valuation == "cif":
        factor = ASSUMED_FACTOR
        ours = reconciliation(store, imports.source, year) if period.isdigit() else None
        if ours is not None and (exporter, importer) in ours.place:
            at, made = ours.place[exporter, importer], ours.made
            factor, estimated = float(made.factor[at]), True
            own, spread = float(made.value[at]), float(made.spread[at])
            weight = float(made.weight[at])
    return Comparison(
        year=year,
        period=period,
        exporter=exporter,
        importer=importer,
        exports=exports,
        imports=imports,
        reconciled=min(by[BOTH], key=lambda r: r.source, default=None),
        factor=factor,
        estimated=estimated,
        own=own,
        spread=spread,
        weight=weight,
    )


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """All flows of a source and year, reconciled; ``place`` finds a flow in it."""

    made: Reconciled
    place: dict[tuple[str, str], int]
    countries: tuple[str, ...]


@on_its_own(most=16)
def reconciliation(store: Store, source: str, year: int) -> Reconciliation | None:
    """Reconcile all goods totals of a source that has both reports; None where they are too few.

    Parameters
    ----------
    store : Store
        The lake, with distances.
    source : str
        Id of a source of `flows`.
    year : int
    """
    flows = store.table("flows", leave="world")
    wanted = flows.filter(
        flows.source == source,
        flows.year == year,
        flows["product"] == TOTAL,
        flows.basis.isin(["reported", "mirror"]),
        flows.exporter != WORLD,
        flows.importer != WORLD,
        flows.exporter != flows.importer,
    ).select("exporter", "importer", "value_usd", "valuation", "basis")
    rows: pd.DataFrame = wanted.to_pyarrow().to_pandas()
    side = [_said_by(b, v) for b, v in zip(rows["basis"], rows["valuation"], strict=True)]
    rows = rows.assign(side=side)
    if not {EXPORTER, IMPORTER} <= set(side):
        return None
    both = rows.pivot_table(
        index=["exporter", "importer"], columns="side", values="value_usd", aggfunc="max"
    ).sort_index()
    near = store.table("proximity").select("origin", "destination", "distance_km", "contiguous")
    between = near.to_pyarrow().to_pandas().set_index(["origin", "destination"])
    there = between[~between.index.duplicated()].reindex(both.index)
    countries = tuple(sorted({code for pair in both.index for code in pair}))
    order = pd.Index(countries)
    exporter, importer = (
        order.get_indexer(both.index.get_level_values(side)).astype(np.int64)
        for side in ("exporter", "importer")
    )
    try:
        made = reconcile(
            exporter,
            importer,
            both[EXPORTER].to_numpy(dtype=float),
            both[IMPORTER].to_numpy(dtype=float),
            there["distance_km"].to_numpy(dtype=float, na_value=np.nan),
            there["contiguous"].to_numpy(dtype=float, na_value=np.nan),
        )
    except EstimationError:
        return None
    pairs = [(str(i), str(j)) for i, j in both.index]
    return Reconciliation(made, {pair: n for n, pair in enumerate(pairs)}, countries)


@cache
def list_silences() -> tuple[Silence, ...]:
    """Return the countries that stopped reporting, and who says so."""
    text = files("comity.delivery").joinpath("data/silences.csv").read_text(encoding="utf-8")
    return tuple(
        Silence(row["country"], int(row["since"]), row["reason"], row["said_by"], row["url"])
        for row in csv.DictReader(text.splitlines())
    )


def silences(dossier: Dossier) -> list[Silence]:
    """Return which of the two stopped reporting, as far as the lake is read."""
    pair = {dossier.a, dossier.b}
    return [
        silence
        for silence in list_silences()
        if silence.country in pair and (dossier.until or silence.since) >= silence.since
    ]


def mirror_asymmetry(dossier: Dossier) -> list[Entry]:
    """Return how far the two sides' reports are apart in the newest period of both, each way."""
    entries: list[Entry] = []
    known = [c for c in compare(dossier) if c.asymmetry is not None]
    for exporter, importer in dossier.directions:
        mine = [c for c in known if (c.exporter, c.importer) == (exporter, importer)]
        entries += [_measure(mine[0])] if mine else []
    return entries + list(_gaps(dossier))


def _measure(found: Comparison) -> Measure:
    sold, bought = found.exports, found.imports
    assert sold is not None  # noqa: S101 - an asymmetry has both
    assert bought is not None  # noqa: S101
    how = "estimated by distance" if found.estimated else "assumed, as the IMF does"
    taken = f"; {100 * (found.factor - 1):.0f} % for freight ({how}) is taken out of imports"
    return Measure(
        pillar=PILLAR,
        indicator=INDICATOR,
        origin=found.exporter,
        destination=found.importer,
        period=found.period,
        value=found.asymmetry,
        unit="share",
        source=sold.source,
        also=() if bought.source == sold.source else (bought.source,),
        flags=("estimate",) if found.factor != 1.0 else (),
        note="|a - b| over their mean, both f.o.b." + (taken if found.factor != 1.0 else ""),
    )


def _gaps(dossier: Dossier) -> Iterator[Absence]:
    for silence in silences(dossier):
        other = dossier.b if silence.country == dossier.a else dossier.a
        yield Absence(
            pillar=PILLAR,
            indicator=INDICATOR,
            origin=silence.country,
            destination=other,
            source="",
            reason=f"{silence.reason} ({silence.said_by})",
        )
