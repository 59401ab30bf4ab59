"""What agreements did to trade: PPML with three-way effects over the lake's panel, by depth."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from math import exp
from typing import TYPE_CHECKING

import pandas as pd

from comity.errors import NoDataError
from comity.lake import TOTAL

if TYPE_CHECKING:
    from comity.lake import Store

Z95 = 1.959963984540054
# Preferences among developing countries over few goods: no free trade area.
SCHEME = "Global System of Trade Preferences"
_EFFECTS = "exporter^year + importer^year + exporter^importer"
_SHALLOW, _DEEP = 2, 6


class Depth(StrEnum):
    """How much an agreement covers, of the 16 provisions that the panel counts."""

    any = "any"
    shallow = "shallow"
    """0 to 2 provisions."""
    medium = "medium"
    """3 to 5."""
    deep = "deep"
    """6 and more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """A coefficient of agreements in a gravity equation.

    Attributes
    ----------
    depth : str
        A `Depth`, or ``scheme``.
    b, error : float
        Coefficient, and standard error clustered by pair.
    observations, pairs : int
        Cells of the fit, and cells under such an agreement.
    source, years : str
    """

    depth: str
    b: float
    error: float
    observations: int
    pairs: int
    source: str
    years: str

    @property
    def change(self) -> float:
        """Relative change of trade, ``exp(b) - 1``."""
        return exp(self.b) - 1

    @property
    def interval(self) -> tuple[float, float]:
        """The change at both ends of the 95 % confidence interval."""
        return exp(self.b - Z95 * self.error) - 1, exp(self.b + Z95 * self.error) - 1


def read_effects(store: Store, *, refit: bool = False) -> dict[str, Effect]:
    """Return the effects by depth: those kept with comity, or of the lake's own panel.

    The kept estimates are of one panel, by its digest; a lake with another panel is fitted.

    Raises
    ------
    NoDataError
        The lake has no panel of trade with agreements.
    """
    source = _panel_source(store)
    kept, digest = _kept()
    if not refit and store.sources.get(source, {}).get("sha256") == digest:
        return kept
    return fit_effects(read_panel(store, source), source)


def read_panel(store: Store, source: str | None = None) -> pd.DataFrame:
    """Return trade by pair and year with the agreement over it.

    Columns: exporter, importer, year, value_usd, treaty, depth, and 0-1 columns ``any``,
    ``shallow``, ``medium``, ``deep``, ``scheme``. One agreement counts per pair and year, the
    deepest. Domestic trade is not in the panel.
    """
    source = source or _panel_source(store)
    flows = store.table("flows")
    rows = flows.filter(
        flows.source == source, flows.product == TOTAL, flows.exporter != flows.importer
    )
    panel: pd.DataFrame = (
        rows.select("exporter", "importer", "year", "value_usd").to_pyarrow().to_pandas()
    )
    covers = agreements_in_force(store, sorted(int(year) for year in panel["year"].unique()))
    covers = covers.rename(columns={"origin": "exporter", "destination": "importer"})
    panel = panel.merge(covers, on=["exporter", "importer", "year"], how="left")
    scheme = panel["treaty"].fillna("").str.startswith(SCHEME)
    under = panel["treaty"].notna() & ~scheme
    depth = panel["depth"].fillna(0.0)
    return panel.assign(
        any=under.astype(float),
        shallow=(under & (depth <= _SHALLOW)).astype(float),
        medium=(under & (depth > _SHALLOW) & (depth < _DEEP)).astype(float),
        deep=(under & (depth >= _DEEP)).astype(float),
        scheme=scheme.astype(float),
    )


def agreements_in_force(store: Store, years: list[int]) -> pd.DataFrame:
    """Return the deepest agreement of each pair in each year.

    Columns: origin, destination, year, treaty, depth. Preference schemes stand only where there
    is nothing else.
    """
    table = store.table("agreements").to_pyarrow().to_pandas()
    table["until"] = table["in_force_to"].fillna(max(years, default=0))
    table["scheme"] = table["treaty"].str.startswith(SCHEME)
    table = table.sort_values(["scheme", "depth"], ascending=[False, True], kind="stable")
    parts = []
    for year in years:
        now = table[(table["in_force_from"] <= year) & (table["until"] >= year)]
        now = now.drop_duplicates(["origin", "destination"], keep="last")
        parts.append(now[["origin", "destination", "treaty", "depth"]].assign(year=year))
    empty = pd.DataFrame(columns=["origin", "destination", "treaty", "depth", "year"])
    return pd.concat(parts, ignore_index=True) if parts else empty


def fit_effects(panel: pd.DataFrame, source: str) -> dict[str, Effect]:
    """Return the effects of all agreements together, and of each depth, from a panel.

    ``X_ijt = exp(b RTA_ijt + g SCHEME_ijt + exporter_it + importer_jt + pair_ij)``, errors
    clustered by pair.
    """
    from comity.potential.ppml import fepois

    panel = panel.assign(pair=panel["exporter"] + panel["importer"])
    years = panel["year"]
    span = f"{int(years.min())}-{int(years.max())}"
    found: dict[str, Effect] = {}
    for terms in (("any", "scheme"), ("shallow", "medium", "deep", "scheme")):
        used = [term for term in terms if panel[term].any()]
        if not used:
            continue
        fit = fepois(f"value_usd ~ {' + '.join(used)} | {_EFFECTS}", panel, vcov={"CRV1": "pair"})
        for name, b, error in zip(fit.names, fit.beta, fit.se().to_numpy(), strict=True):
            found.setdefault(
                name,
                Effect(
                    depth=name,
                    b=float(b),
                    error=float(error),
                    observations=fit.n_used,
                    pairs=int(panel[name].sum()),
                    source=source,
                    years=span,
                ),
            )
    return found


def write_effects(effects: dict[str, Effect], digest: str) -> str:
    """Return the effects as the CSV that is kept with comity."""
    out = io.StringIO()
    columns = ["depth", "b", "error", "observations", "pairs", "source", "years", "panel_sha256"]
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for e in effects.values():
        row = [e.depth, f"{e.b:.10f}", f"{e.error:.10f}", e.observations, e.pairs, e.source]
        writer.writerow([*row, e.years, digest])
    return out.getvalue()


@cache
def _kept() -> tuple[dict[str, Effect], str]:
    path = files("comity.potential.simulation") / "data" / "effects.csv"
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    effects = {
        row["depth"]: Effect(
            depth=row["depth"],
            b=float(row["b"]),
            error=float(row["error"]),
            observations=int(row["observations"]),
            pairs=int(row["pairs"]),
            source=row["source"],
            years=row["years"],
        )
        for row in rows
    }
    return effects, rows[0]["panel_sha256"]


def _panel_source(store: Store) -> str:
    """Return the source that has both trade and agreements."""
    table = store.table("agreements")
    sources = table.select("source").distinct().to_pyarrow()["source"].to_pylist()
    if not sources:
        raise NoDataError(
            "The lake has no trade agreements to learn from.",
            "Take the embedded data, or add a table of agreements.",
        )
    return str(sorted(sources)[0])
