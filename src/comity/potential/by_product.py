"""A gravity model of every product of a year: thousands of fits, spread over whatever there is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from comity.errors import NoDataError, UsageError
from comity.lake import Store
from comity.lake.cubes import LEVELS, between_countries, cube
from comity.lake.spread import spread
from comity.potential.ppml import fepois
from comity.potential.yardstick.matrices import Proximity
from comity.potential.yardstick.unlisted import fill_unlisted, rule_of
from comity.potential.yardstick.variants import BASE

FORMULA = f"value_usd ~ {' + '.join(BASE)} | exporter + importer"

# What comes back of each fit: a row a coefficient, or one row that says why there is none.
FOUND = pa.schema(
    [
        ("product", pa.string()),
        ("covariate", pa.string()),
        ("estimate", pa.float64()),
        ("standard_error", pa.float64()),
        ("cells", pa.int64()),
        ("value_usd", pa.float64()),
        ("problem", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class Setting:
    """What all products share: the countries, what is between them, and which cells are known.

    Attributes
    ----------
    countries : tuple of str
        ISO 3166 alpha-3, length n.
    covariates : ndarray, shape (K, n, n)
        As `BASE` names them; distance as its logarithm; NaN where not known.
    known : ndarray of bool, shape (n, n)
        Pairs of which the source says something: what it does not list of them is none.
    """

    countries: tuple[str, ...]
    covariates: NDArray[np.float64]
    known: NDArray[np.bool_]


def fit_products(
    store: Store, source: str, year: int, *, level: int = 6, batch: int = 32
) -> pd.DataFrame:
    """Fit the yardstick's model to every product of a year.

    E[y_ijk] = exp(exporter_ik + importer_jk + b_1k ln dist_ij + b_2k contiguous_ij
    + b_3k language_ij + b_4k colonial_ij), one Poisson pseudo-maximum likelihood a product k.

    On Spark the products are shared out over the workers; else they are fitted here, on two
    threads. A product's own zeros count: pairs that trade other things but not this one.

    Parameters
    ----------
    store : Store
        The lake.
    source : str
        Id of a source of `flows`.
    year : int
    level : int
        Products of so many digits: 2, 4 or 6.
    batch : int
        Products that a worker takes at a time. On Spark each batch costs about a second to start;
        32 products of all countries are some 200 MB.

    Returns
    -------
    DataFrame
        One row a product and covariate: product, covariate, estimate, standard_error
        (heteroskedastic), cells (in the fit), value_usd (trade in all), problem. A product that
        cannot be fitted has one row with the reason as its problem.

    Raises
    ------
    UsageError
        No such level.
    NoDataError
        The source has no flows of that level in the year.

    References
    ----------
    Santos Silva & Tenreyro (2006), Rev. Econ. Stat. 88(4).
    """
    if level not in LEVELS:
        raise UsageError(f"There are no products of {level} digits.", "Digits are 2, 4 and 6.")
    flows = between_countries(store, source, level)
    rows = flows.filter(flows.year == year).select("product", "exporter", "importer", "value_usd")
    if any(file.source == source for file in store.files.get("details", ())):
        grouped = rows.group_by("product", "exporter", "importer")
        rows = grouped.agg(value_usd=rows.value_usd.sum())
    setting = _setting(store, source, year, level)

    def work(batch: pa.Table) -> pa.Table:
        return fit_batch(batch, setting)

    frame: pd.DataFrame = spread(rows, "product", work, FOUND, size=batch).to_pandas()
    return frame


def fit_batch(rows: pa.Table, setting: Setting) -> pa.Table:
    """Fit the products of a batch.

    Parameters
    ----------
    rows : pa.Table
        product, exporter, importer, value_usd; each pair of a product once.
    setting : Setting

    Returns
    -------
    pa.Table
        Of the schema `FOUND`.
    """
    order = pd.Index(setting.countries)
    frame = rows.to_pandas()
    frame = frame.assign(
        i=order.get_indexer(pd.Index(frame["exporter"])),
        j=order.get_indexer(pd.Index(frame["importer"])),
    )
    frame = frame[(frame["i"] >= 0) & (frame["j"] >= 0)]
    panels = [_fill(str(product), own, setting) for product, own in frame.groupby("product")]
    found: list[dict[str, object]] = []
    if panels:
        panel = pd.concat(panels, ignore_index=True)
        traded = panel.groupby("product")["value_usd"].sum()
        fits = fepois(FORMULA, panel, split="product")
        for product, why in fits.failed.items():
            found.append(_row(product, traded[product], problem=why))
        for product, fit in fits.items():
            for name, estimate, error in zip(fit.names, fit.coef(), fit.se(), strict=True):
                found.append(
                    _row(product, traded[product], name, float(estimate), float(error), fit.n_used)
                )
    return pa.Table.from_pylist(found, schema=FOUND)


def _row(
    product: str,
    traded: float,
    covariate: str | None = None,
    estimate: float | None = None,
    error: float | None = None,
    cells: int = 0,
    problem: str | None = None,
) -> dict[str, object]:
    values = (product, covariate, estimate, error, cells, float(traded), problem)
    return dict(zip(FOUND.names, values, strict=True))


def _fill(product: str, rows: pd.DataFrame, setting: Setting) -> pd.DataFrame:
    """Return one row for each cell between the sellers and the buyers of a product."""
    sellers, i = np.unique(rows["i"].to_numpy(), return_inverse=True)
    buyers, j = np.unique(rows["j"].to_numpy(), return_inverse=True)
    flow = np.zeros((sellers.size, buyers.size))
    flow[i, j] = rows["value_usd"].to_numpy()
    grid = np.ix_(sellers, buyers)
    known = setting.known[grid] | (flow > 0)
    at = np.nonzero(known)
    columns = {name: layer[grid][at] for name, layer in zip(BASE, setting.covariates, strict=True)}
    return pd.DataFrame(
        {
            "product": product,
            "exporter": sellers[at[0]],
            "importer": buyers[at[1]],
            "value_usd": flow[at],
            **columns,
        }
    )


def _setting(store: Store, source: str, year: int, level: int) -> Setting:
    sums = cube(store, "partners", source, level=level)
    pairs = sums.filter(sums.year == year).to_pyarrow()
    if pairs.num_rows == 0:
        raise NoDataError(
            f"{source} has no trade between countries by products of {level} digits in {year}.",
            "Add a BACI file of that year to the lake.",
        )
    proximity = Proximity(store)
    order = pd.Index(proximity.countries)
    n = len(order)
    i, j = (order.get_indexer(pairs[side].to_pandas()) for side in ("exporter", "importer"))
    listed = (i >= 0) & (j >= 0)
    totals = np.full((n, n), np.nan)
    totals[i[listed], j[listed]] = pairs["value_usd"].to_numpy()[listed]
    return Setting(
        countries=proximity.countries,
        covariates=proximity.covariates(BASE, np.arange(n), year),
        known=~np.isnan(fill_unlisted(totals, rule_of(source))),
    )
