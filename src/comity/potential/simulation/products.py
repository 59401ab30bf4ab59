"""Tier 1: what tariffs do to imports, product by product, and nothing else moves."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from comity import catalogue
from comity.lake import TOTAL, WORLD
from comity.lake.memo import on_its_own
from comity.potential.lake_tariffs import Duty, LakeTariffs
from comity.potential.simulation.scenario import Kind, Scenario
from comity.potential.simulation.tariff_file import Rate
from comity.potential.tariffs import change_tariffs

if TYPE_CHECKING:
    from comity.lake import Store

DEMAND = -1.5
SUBSTITUTION = 1.5
FUELS = "27"
USER = "user"
TARIFF_SOURCE = "worldbank-wits"
_COARSE = (USER, TARIFF_SOURCE)

COLUMNS = (
    "exporter", "importer", "product", "label", "period", "imports", "imports_rest",
    "tariff_before", "tariff_after", "creation", "diversion", "change", "revenue",
    "tariff_source", "source", "rest_source", "flags",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Products:
    """Effects by product and direction.

    Attributes
    ----------
    rows : DataFrame
        Columns as in `COLUMNS`; US dollars, tariffs as fractions.
    demand, substitution : float
        Elasticities used.
    notes : tuple of str
        What a reader must know of these rows.
    absent : str
        Why there are none, where there are none.
    """

    rows: pd.DataFrame
    demand: float
    substitution: float
    notes: tuple[str, ...] = ()
    absent: str = ""

    def tariff(self, exporter: str, importer: str, column: str = "tariff_before") -> float | None:
        """Return the average tariff on a direction, weighted by its imports, or None."""
        rows = self.rows
        rows = rows[(rows["exporter"] == exporter) & (rows["importer"] == importer)]
        weight = float(rows["imports"].sum())
        if rows.empty or weight <= 0:
            return None
        return float((rows[column] * rows["imports"]).sum() / weight)


def simulate_products(
    store: Store,
    scenario: Scenario,
    *,
    tariffs: Sequence[Rate] = (),
    demand: float = DEMAND,
    substitution: float = SUBSTITUTION,
    fuel_tariffs: bool = False,
    touched: Collection[tuple[str, str]] | None = None,
) -> Products:
    """Return creation and diversion of trade by product for every direction that changes.

    Chapters are used where the lake splits the direction by product, else its total. A tariff is
    the user's for the product, else the lake's for it, else the importer's weighted average, for
    all products alike; fuels (chapter 27) count as free of duty under an average unless
    `fuel_tariffs`, since average tariffs are those of other goods.

    Raises
    ------
    ElasticityError
        The demand elasticity is above zero, or the substitution below.
    """
    if scenario.kind is Kind.shock:
        reason = "A cost of trading is no tariff: nobody collects it. Tier 3 has its effects."
        empty = pd.DataFrame(columns=list(COLUMNS))
        return Products(rows=empty, demand=demand, substitution=substitution, absent=reason)
    wanted = [pair for pair in scenario.pairs if touched is None or pair in touched]
    trade = _trade(store, tuple(wanted))
    averages = _averages(store)
    rows: list[dict[Hashable, object]] = []
    lacking: set[str] = set()
    averaged = False
    book = _Book(tariffs)
    levied = LakeTariffs(store, {importer for _, importer in wanted})
    for line in trade.to_dict("records"):
        found = book.find(str(line["product"]), str(line["importer"]), str(line["exporter"]))
        source, flags = USER, [line["flags"]] if line["flags"] else []
        if found is not None:
            rate, count = found
            if count > 1:
                flags.append(f"mean of {count} rates")
        elif duty := _duty(levied, line, scenario):
            rate, source = duty.rate, duty.source
            if duty.count > 1:
                flags.append(f"mean of {duty.count} rates")
        elif str(line["importer"]) in averages.index:
            averaged = True
            source = TARIFF_SOURCE
            free = line["product"] == FUELS and not fuel_tariffs
            rate = 0.0 if free else float(averages["value"][str(line["importer"])])
            flags.append("fuels free" if free else "country average")
        else:
            lacking.add(str(line["importer"]))
            continue
        before, after = _change(scenario, rate)
        flagged = ";".join(str(flag) for flag in flags)
        more = {"tariff_before": before, "tariff_after": after, "tariff_source": source}
        rows.append(line | more | {"flags": flagged})
    result = _computed(rows, lacking, averaged, averages, demand, substitution, fuel_tariffs)
    by_product = sorted({str(r["importer"]) for r in rows if r["tariff_source"] not in _COARSE})
    if said := levied.said(by_product):
        note = f"Tariffs by product are the lake's, simple means over tariff lines ({said})."
        return replace(result, notes=(note, *result.notes))
    return result


def _duty(levied: LakeTariffs, line: dict[Hashable, object], scenario: Scenario) -> Duty | None:
    """Return the lake's tariff on a row; after a withdrawal there are no preferences."""
    withdrawn = scenario.kind is Kind.withdrawal
    seller = WORLD if withdrawn else str(line["exporter"])
    return levied.find(str(line["product"]), str(line["importer"]), seller)


def _computed(
    rows: list[dict[Hashable, object]],
    lacking: set[str],
    averaged: bool,
    averages: pd.DataFrame,
    demand: float,
    substitution: float,
    fuel_tariffs: bool,
) -> Products:
    names = ", ".join(sorted(catalogue.country(code).name for code in lacking))
    missing = f"No tariff is known of {names}." if names else ""
    if not rows:
        empty = pd.DataFrame(columns=list(COLUMNS))
        # The elasticities are checked even where nothing is computed.
        change_tariffs([], [], 0.0, 0.0, demand_elasticity=[], substitution=[])
        return Products(
            rows=empty,
            demand=demand,
            substitution=substitution,
            absent=missing or "The lake has no trade between the two sides.",
        )
    frame = pd.DataFrame(rows)
    change = change_tariffs(
        frame["imports"].to_numpy(),
        frame["imports_rest"].to_numpy(),
        frame["tariff_before"].to_numpy(),
        frame["tariff_after"].to_numpy(),
        demand_elasticity=demand,
        substitution=substitution,
    )
    frame = frame.assign(
        creation=change.creation,
        diversion=change.diversion,
        change=change.creation + change.diversion,
        revenue=change.revenue,
        label=[_label(str(code)) for code in frame["product"]],
    )
    notes = [missing] if missing else []
    if averaged:
        used = averages.loc[averages.index.isin(frame["importer"]), "year"]
        first, last = int(used.min()), int(used.max())
        span = str(last) if first == last else f"{first} to {last}"
        notes.append(
            "Tariffs are the importer's weighted average over all its imports, the latest known "
            f"({span}), alike for every product; tariffs by product come with --tariff, or with "
            "'comity fetch trains' into the lake."
        )
        if not fuel_tariffs:
            notes.append("Fuels (HS 27) count as free of duty where only an average is known.")
    order = ["exporter", "importer", "change"]
    frame = frame.sort_values(order, ascending=[True, True, False], kind="stable")
    return Products(
        rows=frame[list(COLUMNS)].reset_index(drop=True),
        demand=demand,
        substitution=substitution,
        notes=tuple(notes),
    )


def _change(scenario: Scenario, rate: float) -> tuple[float, float]:
    """Return the tariff before and after."""
    match scenario.kind:
        case Kind.agreement:
            return rate, rate * (1 - scenario.amount)
        case Kind.withdrawal:
            return 0.0, rate
        case _:
            return rate, rate + scenario.amount


class _Book:
    """The user's rates, looked up from the exporter's own to everybody's, finest codes first."""

    def __init__(self, rates: Sequence[Rate]) -> None:
        self._rates: dict[tuple[str, str], dict[str, float]] = {}
        for rate in rates:
            self._rates.setdefault((rate.importer, rate.exporter), {})[rate.product] = rate.rate

    def find(self, product: str, importer: str, exporter: str) -> tuple[float, int] | None:
        """Return the rate, and of how many finer rates it is the mean."""
        for seller in (exporter, ""):
            rates = self._rates.get((importer, seller), {})
            for length in range(len(product), 1, -1):
                if product != TOTAL and product[:length] in rates:
                    return rates[product[:length]], 1
            finer = [
                rate for code, rate in rates.items()
                if code != TOTAL and (product == TOTAL or code.startswith(product))
            ]  # fmt: skip
            if finer and product != TOTAL:
                return float(np.mean(finer)), len(finer)
            if TOTAL in rates:
                return rates[TOTAL], 1
        return None


# Kept, as people ask again with other assumptions, none of which is in here.
@on_its_own(most=8)
def _trade(store: Store, pairs: tuple[tuple[str, str], ...]) -> pd.DataFrame:
    """Return imports by direction and product, and what the importer buys from everybody else."""
    codes = sorted({code for pair in pairs for code in pair})
    flows = store.table("flows")
    wanted = flows.filter(
        (flows.exporter.isin(codes) | (flows.exporter == WORLD)),
        flows.importer.isin(codes),
        flows.exporter != flows.importer,
        flows.revision != "GS",
    )
    rows = wanted.drop("quantity_t", "valuation", "revision").to_pyarrow().to_pandas()
    rows = pd.concat([rows, _total_imports(store, codes)], ignore_index=True)
    key = ["exporter", "importer", "product", "source"]
    rows = rows.sort_values("year", kind="stable").drop_duplicates([*key, "year"], keep="last")
    flow_of = dict(list(rows.groupby(["exporter", "importer"], sort=False)))
    none = rows.iloc[:0]
    parts = [
        part
        for exporter, importer in pairs
        if (
            part := _direction(
                flow_of.get((exporter, importer), none), flow_of.get((WORLD, importer), none)
            )
        )
        is not None
    ]
    columns = [
        "exporter", "importer", "product", "period", "imports", "imports_rest", "source",
        "rest_source", "flags",
    ]  # fmt: skip
    return pd.concat(parts)[columns] if parts else pd.DataFrame(columns=columns)


def _direction(mine: pd.DataFrame, world: pd.DataFrame) -> pd.DataFrame | None:
    """Return one direction by chapter from its latest source, else its total.

    Parameters
    ----------
    mine, world : DataFrame
        What the importer buys from the exporter, and from everybody.
    """
    chapters = mine[(mine["product"].str.len() == 2) & mine["product"].str.isdigit()]
    if chapters.empty:
        chapters = mine[(mine["product"] == TOTAL) & (mine["basis"] == "reconciled")]
    if chapters.empty:
        return None
    # One source for both sides of the comparison where there is one, in the last year of both.
    both = chapters[["source", "year"]].merge(world[["source", "year"]]).drop_duplicates()
    if crossed := both.empty:
        last = chapters.sort_values(["year", "source"]).iloc[-1]
        nearest = world[world["product"].isin(chapters["product"])]
        if nearest.empty:
            return None
        whole = nearest.sort_values(["year", "source"]).iloc[-1]
    else:
        last = whole = both.sort_values(["year", "source"]).iloc[-1]
    chosen = chapters[(chapters["source"] == last["source"]) & (chapters["year"] == last["year"])]
    same = world[(world["source"] == whole["source"]) & (world["year"] == whole["year"])]
    everybody = chosen["product"].map(same.set_index("product")["value_usd"])
    imports = chosen["value_usd"]
    # What a source does not list is no imports from anybody else; two sources may disagree.
    rest = (everybody.fillna(0.0) - imports).clip(lower=0.0)
    found: pd.DataFrame = chosen.assign(
        imports=imports,
        imports_rest=rest,
        rest_source=str(same["source"].iloc[0]),
        flags="two sources" if crossed else "",
    )
    return found


def _total_imports(store: Store, codes: list[str]) -> pd.DataFrame:
    """Return what each country imports in all, added up over the newest reconciled matrix."""
    flows = store.table("flows")
    rows = flows.filter(
        flows.importer.isin(codes),
        flows.product == TOTAL,
        flows.basis == "reconciled",
        flows.exporter != WORLD,
        flows.exporter != flows.importer,
    )
    added = rows.group_by("importer", "year", "source").agg(value_usd=rows.value_usd.sum())
    # An engine's groups come in any order.
    frame: pd.DataFrame = added.order_by("importer", "year", "source").to_pyarrow().to_pandas()
    return frame.assign(
        exporter=WORLD, product=TOTAL, basis="reconciled", period=frame["year"].astype(str)
    )


@on_its_own()
def _averages(store: Store) -> pd.DataFrame:
    """Return each country's latest weighted average tariff: value and year."""
    facts = store.table("facts")
    rows = (
        facts.filter(facts.indicator == "tariff_weighted")
        .select("country", "year", "value")
        .to_pyarrow()
        .to_pandas()
    )
    latest: pd.DataFrame = rows.sort_values("year").groupby("country").last()
    return latest


def _label(code: str) -> str:
    return str(catalogue.product(code).label if code == TOTAL else catalogue.chapter(code).label)
