"""The yardstick by product: the same model for every heading or subheading of a year.

A year at four digits is some 1,200 models, at six some 5,600; each is a dense matrix of the
countries that sell or buy the product, fitted by the same kernel as the ties, two at a time.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from comity import catalogue
from comity.errors import EstimationError, NoDataError, NotConvergedError
from comity.lake import TOTAL, Store
from comity.potential.yardstick.fits import Placed
from comity.potential.yardstick.matrices import Proximity, Series
from comity.potential.yardstick.model import Model
from comity.potential.yardstick.tables import SCHEMA, band_among, columns_of
from comity.potential.yardstick.ties import list_ties
from comity.potential.yardstick.unlisted import fill_unlisted, rule_of
from comity.potential.yardstick.variants import BASE

Floats = NDArray[np.float64]
Codes = NDArray[np.int32]

# What a pair must usually trade of a product to be ranked, USD: below it is noise.
_FLOORS = {2: 1e6, 4: 1e5, 6: 1e4}
_THREADS = 2
# A cell that weighs so much on its own fit is refitted without itself rather than computed.
_HEAVY = 0.2

PAIR_COLUMNS = (
    "product", "label", "origin", "destination", "value", "expected", "intensity", "rank",
    "band_low", "band_high", "gap",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fitted:
    """One product's model; without one, why there is none."""

    product: str
    placed: Placed | None
    problem: str = ""


class Goods:
    """All trade of one year by product, read once, and what is between the countries.

    Parameters
    ----------
    store : Store
        The lake.
    year : int, optional
        By default the latest that has trade by pair and product.
    level : int
        Digits of the products: 2, 4 or 6.
    source : str, optional
        By default the one with the most pairs in that year.

    Raises
    ------
    NoDataError
        The lake has no trade by pair and product, or not in that year.
    """

    def __init__(
        self, store: Store, year: int | None = None, *, level: int = 4, source: str | None = None
    ) -> None:
        self.level = level
        self.source, self.year = _choose(store, year, source)
        self._proximity = Proximity(store)
        known = pa.array(list(self._proximity.countries), pa.string())
        details = store.table("details")
        rows = details.filter(details.source == self.source, details.year == self.year)
        wanted = rows.select("exporter", "importer", "product", "value_usd")
        pieces = [
            _encode(batch, known, level)
            for batch in wanted.to_pyarrow_batches(chunk_size=1_000_000)
        ]
        i, j, product, value = (np.concatenate(column) for column in zip(*pieces, strict=True))
        inside = (i >= 0) & (j >= 0)
        order = np.argsort(product[inside], kind="stable")
        self._i, self._j = i[inside][order], j[inside][order]
        self._value = value[inside][order]
        self._codes, self._start = np.unique(product[inside][order], return_index=True)
        self._known = self._find_known(store)

    @property
    def products(self) -> list[str]:
        """The products, as HS text."""
        return [f"{code:0{self.level}d}" for code in self._codes.tolist()]

    def _find_known(self, store: Store) -> NDArray[np.bool_]:
        """Return the pairs of which the source says something, by all goods together: (n, n)."""
        flows = store.table("flows")
        rows = flows.filter(
            flows.source == self.source, flows.year == self.year, flows.product == TOTAL
        )
        totals = rows.select("exporter", "importer", "value_usd").to_pyarrow()
        known = pa.array(list(self._proximity.countries), pa.string())
        i, j = (_positions(totals[side], known) for side in ("exporter", "importer"))
        listed = (i >= 0) & (j >= 0) & (i != j)
        matrix = np.full((len(known),) * 2, np.nan)
        matrix[i[listed], j[listed]] = totals["value_usd"].to_numpy()[listed]
        return ~np.isnan(fill_unlisted(matrix, rule_of(self.source)))

    def fit(self, advance: Callable[[], None] = lambda: None) -> Iterator[Fitted]:
        """Fit every product, in the order of codes, two at a time.

        Parameters
        ----------
        advance : callable
            Called after each product.
        """
        waiting: deque[Future[Fitted]] = deque()
        with ThreadPoolExecutor(_THREADS) as pool:
            for number in range(self._codes.size):
                waiting.append(pool.submit(self._fit_one, number))
                if len(waiting) > 2 * _THREADS:
                    advance()
                    yield waiting.popleft().result()
            while waiting:
                advance()
                yield waiting.popleft().result()

    def _fit_one(self, number: int) -> Fitted:
        product = self.products[number]
        end = [*self._start[1:].tolist(), self._value.size][number]
        own = slice(int(self._start[number]), end)
        i, j = self._i[own], self._j[own]
        countries = np.unique(np.concatenate([i, j])).astype(np.int64)
        n = countries.size
        at = np.searchsorted(countries, i) * n + np.searchsorted(countries, j)
        flow: Floats = np.bincount(at, self._value[own], n * n).reshape(n, n).astype(np.float64)
        grid = np.ix_(countries, countries)
        # A product's own zeros count, between its sellers and its buyers.
        trades = (flow.sum(axis=1) > 0)[:, None] & (flow.sum(axis=0) > 0)[None, :]
        flow[~((self._known[grid] & trades) | (flow > 0))] = np.nan
        x = self._proximity.covariates(BASE, countries, self.year)
        try:
            # A product of few pairs may not identify its model; then it has none, with the reason.
            with np.errstate(invalid="ignore", divide="ignore"):
                model = Model(flow, x, floor=_FLOORS[self.level])
                _ = model.expected
        except (EstimationError, NotConvergedError) as error:
            return Fitted(product, None, error.message)
        names = [self._proximity.countries[k] for k in countries]
        return Fitted(product, Placed(model, countries, {name: k for k, name in enumerate(names)}))

    def series(self, product: str) -> Series:
        """Return a product as a series of the yardstick."""
        chapters = next(tie for tie in list_ties() if tie.product == "HS2")
        tie = replace(
            chapters,
            id=f"goods_exports_hs{self.level}",
            product=f"HS{self.level}",
            floor=_FLOORS[self.level],
        )
        return Series(tie, product, self.source, (self.year,), thin=False, pairs=0)


def judge_pair(
    fitted: Fitted, directions: Sequence[tuple[str, str]]
) -> Iterator[tuple[str | float, ...]]:
    """Give a pair's place in one product, a row of `PAIR_COLUMNS` a direction.

    A direction in which the pair trades none of it and would usually not is left out.
    """
    if fitted.placed is None:
        return
    model, index = fitted.placed.model, fitted.placed.index
    for origin, destination in directions:
        if origin not in index or destination not in index:
            continue
        i, j = index[origin], index[destination]
        value, expected = float(model.flow[i, j]), float(model.expected[i, j])
        if not np.isfinite(value) or not np.isfinite(expected):
            continue
        with np.errstate(divide="ignore", invalid="ignore"):
            own = abs(np.log(expected / model.fit.fitted[i, j]))
        if not own < _HEAVY:
            expected = model.expect(i, j)
        if not expected > 0 or (value == 0 and expected < model.floor):
            continue
        usual, sample = model.sample
        low, high = (np.nan, np.nan)
        rank = np.nan
        if expected >= model.floor and sample.size:
            low, high = band_among(expected, usual, sample)
            rank = float((sample < value / expected).mean())
        yield (
            fitted.product, catalogue.product(fitted.product).label, origin, destination, value,
            expected, value / expected, rank, low, high, expected - value,
        )  # fmt: skip


def list_products(
    goods: Goods, a: str, b: str, advance: Callable[[], None] = lambda: None
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return every product of two countries against what is usual, and those without a model.

    Parameters
    ----------
    goods : Goods
    a, b : str
        ISO 3166 alpha-3.
    advance : callable
        Called after each product.

    Returns
    -------
    DataFrame
        The columns of `PAIR_COLUMNS`, values in USD, the largest gap between usual and actual
        first.
    dict of str to str
        Why there is no model, by product.
    """
    rows: list[tuple[str | float, ...]] = []
    problems: dict[str, str] = {}
    for fitted in goods.fit(advance):
        rows += judge_pair(fitted, ((a, b), (b, a)))
        if fitted.problem:
            problems[fitted.product] = fitted.problem
    frame = pd.DataFrame(rows, columns=list(PAIR_COLUMNS))
    return frame.sort_values("gap", ascending=False, ignore_index=True), problems


def scan_products(goods: Goods, advance: Callable[[], None] = lambda: None) -> Iterator[pa.Table]:
    """Give all pairs of every product, a table a product, as `tables.SCHEMA` has them.

    Pairs that trade none of a product and would usually trade less than its floor are left out.
    """
    for fitted in goods.fit(advance):
        if fitted.placed is None:
            continue
        model = fitted.placed.model
        with np.errstate(invalid="ignore"):
            cells = np.isfinite(model.intensity) & (
                (model.flow > 0) | (model.expected >= model.floor)
            )
        rows, columns = np.nonzero(cells)
        values = columns_of(
            fitted.placed, goods.series(fitted.product), goods.year, rows, columns,
            model.expected[cells],
        )  # fmt: skip
        yield pa.table([values[name] for name in SCHEMA.names], schema=SCHEMA)


def _choose(store: Store, year: int | None, source: str | None) -> tuple[str, int]:
    """Return the source and year of trade by pair and product."""
    held: Counter[tuple[str, int]] = Counter()
    for file in store.files.get("details", ()):
        if file.year is not None:
            held[file.source, file.year] += file.rows
    fitting = {
        (name, when): rows
        for (name, when), rows in held.items()
        if year in (None, when) and source in (None, name)
    }
    if not fitting:
        years = sorted({when for _, when in held})
        raise NoDataError(
            "The lake has no trade by pair and product" + (f" in {year}." if year else "."),
            f"It has {years[0]} to {years[-1]}." if years else "Add a BACI file: comity add FILE.",
        )
    newest = max(when for _, when in fitting)
    return max((key for key in fitting if key[1] == newest), key=fitting.__getitem__)


def _encode(
    batch: pa.RecordBatch, known: pa.Array, level: int
) -> tuple[Codes, Codes, Codes, Floats]:
    """Return places of the countries, products as numbers, and values."""
    product = pc.utf8_slice_codeunits(batch["product"], 0, level).cast(pa.int32())
    return (
        _positions(batch["exporter"], known),
        _positions(batch["importer"], known),
        product.to_numpy(zero_copy_only=False),
        batch["value_usd"].to_numpy(zero_copy_only=False),
    )


def _positions(column: pa.Array | pa.ChunkedArray, known: pa.Array) -> Codes:
    """Return the place of each code among the known ones, -1 for none."""
    found = pc.fill_null(pc.index_in(column, value_set=known), -1)
    return np.asarray(
        found.to_numpy()
        if isinstance(found, pa.ChunkedArray)
        else found.to_numpy(zero_copy_only=False),
        dtype=np.int32,
    )
