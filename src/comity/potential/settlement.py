"""What two countries, alone or within a group, can settle in national currencies, from a lake.

What was said of settlement (`statements`) stands beside what the flows let net: the kernels are
`comity.potential.circulation`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from comity import catalogue
from comity.catalogue import Country
from comity.errors import NoDataError, UsageError
from comity.lake import TOTAL, WORLD, Dossier, Flow, Store
from comity.lake.bases import one_report
from comity.potential.arrays import Floats
from comity.potential.world import newest_totals

if TYPE_CHECKING:
    from comity.potential.circulation import BalancePath, Circulation

EVERYBODY = "world"


@dataclass(frozen=True, slots=True, kw_only=True)
class Netting:
    """Two-way trade of one period and source, in USD.

    ``share`` is ``2 min(X, M) / (X + M)``; ``remainder`` is X - M, which piles up in the deficit
    country's currency.
    """

    period: str
    source: str
    exports: float
    imports: float
    netted: float
    share: float
    remainder: float
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The largest circulation within a group of countries.

    Attributes
    ----------
    name, period, source : str
        What the user named, or the members; of the flows.
    countries : tuple of str
        ISO3 codes, in the order of the arrays.
    absent : tuple of str
        Members on which the source has nothing.
    circulation : Circulation
        Flows in USD.
    total : float
        Trade within the group, USD.
    of_pair : float
        Part of the pair's two-way trade that this circulation settles. A largest circulation is not
        unique, so that another of the same size may settle more or less of the pair's.
    """

    name: str
    period: str
    source: str
    countries: tuple[str, ...]
    absent: tuple[str, ...]
    circulation: Circulation
    total: float
    of_pair: float

    def cycles(self, most: int = 10) -> list[tuple[tuple[str, ...], float, float]]:
        """Return the cycles that carry most beyond pairs: countries, amount, trade settled."""
        rings = [cycle for cycle in self.circulation.cycles if len(cycle.countries) > 2]
        return [
            (tuple(self.countries[k] for k in cycle.countries), cycle.amount, cycle.carried)
            for cycle in rings[:most]
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """How the surplus country's holdings of the deficit country's currency would build up.

    ``path`` holds T years from the flows of ``netting``, every year alike, in USD.
    """

    holder: Country
    currency_of: Country
    netting: Netting
    invoicing: float
    interest: float
    depreciation: float
    sinks: float
    start: float
    path: BalancePath


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What can be settled in national currencies: `nettings` has the newest period first."""

    a: Country
    b: Country
    nettings: tuple[Netting, ...]
    group: Group | None
    holdings: Holdings
    said: pd.DataFrame

    @property
    def sources(self) -> tuple[str, ...]:
        """Every source that went in."""
        named = [netting.source for netting in self.nettings]
        named += [self.group.source] if self.group else []
        return tuple(dict.fromkeys([*named, *self.said["source"]]))


def settlement(
    store: Store,
    a: str,
    b: str,
    *,
    group: str = "",
    invoicing: float = 1.0,
    interest: float = 0.0,
    depreciation: float = 0.0,
    sinks: float = 0.0,
    start: float = 0.0,
    years: int = 5,
) -> Settlement:
    """Return two-way netting, the group's circulation, and the balance that piles up.

    Parameters
    ----------
    store : Store
        The lake.
    a, b : str
        Two different countries.
    group : str
        Blocs and countries, joined by commas, that settle together with the two; "world" for all.
    invoicing : float
        Share of both directions invoiced in the two currencies, 0 to 1.
    interest, depreciation : float
        A year's rate on the holdings, and the loss of value against the dollar; fractions.
    sinks : float
        USD a year that the holder could spend of them (investment, arms payments).
    start : float
        USD held at the beginning.
    years : int
        How many years, each with the flows of the newest period.

    Raises
    ------
    UnknownNameError, AmbiguousNameError
        A name that nobody, or more than one, answers to.
    UsageError
        Both are the same country, or no year is asked for.
    NoDataError
        The lake has no period with both directions.
    ArrayError
        A share outside 0 to 1, a rate that takes all there is.
    """
    first, second = catalogue.country(a), catalogue.country(b)
    if first.iso3 == second.iso3:
        raise UsageError(
            f"Both are {first.with_article}; it owes itself nothing.", "Name a second country."
        )
    if years < 1:
        raise UsageError("A path needs one year at least.", "Give --years 1 or more.")
    nettings = nettings_of(Dossier(store, first.iso3, second.iso3))
    if not nettings:
        raise NoDataError(
            f"The lake has no period with both directions of trade between {first.with_article} "
            f"and {second.with_article}.",
            "What is not recorded is not zero; add a publisher's file to the lake.",
        )
    return Settlement(
        a=first,
        b=second,
        nettings=tuple(nettings),
        group=_group(store, first.iso3, second.iso3, group) if group else None,
        holdings=_holdings(
            first, second, nettings[0], invoicing, interest, depreciation, sinks, start, years
        ),
        said=statements_of(store, first.iso3, second.iso3),
    )


def nettings_of(dossier: Dossier) -> list[Netting]:
    """Return netting of goods trade for each source and period with both directions.

    The newest period comes first; a source that is two years older than the newest is left out.
    Of a flow that both sides report, one report is taken.
    """
    by_period: dict[tuple[str, str], list[Flow]] = {}
    for way in dossier.directions:
        totals = [row for row in dossier.flows.get(way, ()) if row.product == TOTAL]
        for row in one_report(totals):
            by_period.setdefault((row.source, row.period), []).append(row)
    found: list[tuple[int, Netting]] = []
    for (source, period), both in sorted(by_period.items()):
        if len(both) != 2:
            continue
        sold, bought = both
        exports, imports = sold.value_usd, bought.value_usd
        if exports + imports <= 0:
            continue
        flags = [sold.basis]
        flags += [] if sold.is_calendar else ["fiscal-year"]
        flags += ["cif"] if "cif" in (sold.valuation, bought.valuation) else []
        netted = 2 * min(exports, imports)
        netting = Netting(
            period=period,
            source=source,
            exports=exports,
            imports=imports,
            netted=netted,
            share=netted / (exports + imports),
            remainder=exports - imports,
            flags=tuple(flags),
        )
        found.append((sold.year, netting))
    if not found:
        return []
    newest = max(year for year, _ in found)
    kept = [pair for pair in found if pair[0] >= newest - 2]
    return [netting for _, netting in sorted(kept, key=lambda pair: -pair[0])]


def statements_of(store: Store, a: str, b: str) -> pd.DataFrame:
    """Return what was said of the share settled in national currencies, as it was said."""
    table = store.table("statements")
    rows = table.filter(
        table.indicator == "settlement_share",
        table.origin.isin([a, b]),
        table.destination.isin([a, b]),
        table.value.notnull(),
    )
    columns = [
        "claim",
        "value",
        "value_low",
        "value_high",
        "period",
        "said_by",
        "said_on",
        "source",
    ]
    found: pd.DataFrame = rows.select(*columns).to_pyarrow().to_pandas()
    # Equal figures in the order of their claims, whatever order an engine hands them over in.
    found = found.sort_values(["claim", "source", "said_by"], kind="stable")
    return found.sort_values("value", ascending=False, kind="stable").reset_index(drop=True)


def members(text: str, *pair: str) -> tuple[str, ...]:
    """Return the countries that blocs and countries, joined by commas, name, and the pair.

    Raises
    ------
    UnknownNameError, AmbiguousNameError
        A name that nobody, or more than one, answers to.

    Examples
    --------
    >>> members("EAEU", "IND", "RUS")
    ('ARM', 'BLR', 'IND', 'KAZ', 'KGZ', 'RUS')
    """
    named = [word.strip() for word in text.split(",") if word.strip()]
    return tuple(sorted({*pair, *(code for word in named for code in catalogue.parties(word))}))


def _group(store: Store, a: str, b: str, text: str) -> Group:
    from comity.potential.circulation import find_circulation

    everybody = text.strip().lower() == EVERYBODY
    wanted = () if everybody else members(text, a, b)
    source, year = newest_totals(store)
    table = store.table("flows", leave="world")
    rows = table.filter(
        table.source == source,
        table.year == year,
        table.product == TOTAL,
        table.exporter != table.importer,
        table.exporter != WORLD,
        table.importer != WORLD,
    )
    if not everybody:
        rows = rows.filter(rows.exporter.isin(wanted), rows.importer.isin(wanted))
    frame = rows.select("exporter", "importer", "value_usd").to_pyarrow().to_pandas()
    there = tuple(sorted({*frame["exporter"], *frame["importer"]}))
    if a not in there or b not in there:
        raise NoDataError(
            f"{source} has no trade of both within that group in {year}.",
            "Name a larger group with --with, or leave it out.",
        )
    flows = _matrix(frame, there)
    found = find_circulation(flows)
    i, j = there.index(a), there.index(b)
    both = float(flows[i, j] + flows[j, i])
    return Group(
        name=text,
        period=str(year),
        source=source,
        countries=there,
        absent=tuple(code for code in wanted if code not in there),
        circulation=found,
        total=float(flows.sum()),
        of_pair=float(found.flows[i, j] + found.flows[j, i]) / both if both else float("nan"),
    )


def _matrix(frame: pd.DataFrame, countries: tuple[str, ...]) -> Floats:
    order = pd.Index(countries)
    flows = np.zeros((len(countries), len(countries)))
    row = order.get_indexer(pd.Index(frame["exporter"]))
    column = order.get_indexer(pd.Index(frame["importer"]))
    flows[row, column] = frame["value_usd"].to_numpy()
    return flows


def _holdings(
    a: Country,
    b: Country,
    netting: Netting,
    invoicing: float,
    interest: float,
    depreciation: float,
    sinks: float,
    start: float,
    years: int,
) -> Holdings:
    from comity.potential.circulation import follow_balance

    # Home is the deficit country: what piles up is its money, in the other one's hands.
    deficit, surplus = (a, b) if netting.remainder <= 0 else (b, a)
    sold = min(netting.exports, netting.imports)
    bought = max(netting.exports, netting.imports)
    path = follow_balance(
        np.full(years, sold),
        np.full(years, bought),
        invoiced_exports=invoicing,
        invoiced_imports=invoicing,
        interest=interest,
        depreciation=depreciation,
        sinks=sinks,
        start=start,
    )
    return Holdings(
        holder=surplus,
        currency_of=deficit,
        netting=netting,
        invoicing=invoicing,
        interest=interest,
        depreciation=depreciation,
        sinks=sinks,
        start=start,
        path=path,
    )
