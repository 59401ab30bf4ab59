"""The yardstick as tables: one country with all its partners, and all pairs of all ties."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from comity.errors import NoDataError
from comity.potential.yardstick.comparison import FACTOR, band_intensity
from comity.potential.yardstick.fits import Fits, Placed, name_of
from comity.potential.yardstick.matrices import Series

Floats = NDArray[np.float64]

# Beyond this the cell weighs so much on its own fit that it is refitted rather than computed.
_HEAVY = 0.2

COLUMNS = (
    "tie", "product", "source", "year", "origin", "destination", "value", "unit", "expected",
    "intensity", "rank", "gap",
)  # fmt: skip
_TEXTS = ("tie", "product", "source", "origin", "destination", "unit")
SCHEMA = pa.schema(
    [
        pa.field(name, pa.dictionary(pa.int32(), pa.string()))
        if name in _TEXTS
        else pa.field(name, pa.int32() if name == "year" else pa.float64())
        for name in COLUMNS
    ]
)
_PLAIN = pa.schema(
    [pa.field(field.name, pa.string() if field.name in _TEXTS else field.type) for field in SCHEMA]
)


def list_partners(fits: Fits, country: str, *, until: int | None = None) -> pd.DataFrame:
    """Return one country with every partner on every tie, both directions, in the latest year.

    Parameters
    ----------
    fits : Fits
        The models of a lake.
    country : str
        ISO 3166 alpha-3.
    until : int, optional
        Read the lake as if nothing later existed.

    Returns
    -------
    DataFrame
        One row a tie, a partner and a direction: tie, product, source, year, origin, destination,
        value, unit, expected, intensity, rank, gap, band_low, band_high, sorted by tie and by
        intensity, the highest first. Pairs that the source does not know are left out; rank and
        band are empty where less than the tie's floor is usual.

    Raises
    ------
    NoDataError
        The lake has no tie of the country that could be judged.
    """
    frames = []
    for series in fits.headline:
        years = [year for year in series.years if until is None or year <= until]
        placed = fits.model(series, years[-1]) if years else None
        if placed is not None and country in placed.index:
            frames.append(_partners(placed, series, years[-1], country))
    if not any(len(frame) for frame in frames):
        raise NoDataError(
            f"The lake holds no tie of {name_of(country)} that could be set against what is usual.",
            "Try another country, or add a publisher's file to the lake.",
        )
    return pd.concat([frame for frame in frames if len(frame)], ignore_index=True)


def _partners(placed: Placed, series: Series, year: int, country: str) -> pd.DataFrame:
    model, at = placed.model, placed.index[country]
    mine = np.zeros(model.flow.shape, dtype=np.bool_)
    mine[at] = True
    if series.tie.directed:
        mine[:, at] = True
    mine &= np.isfinite(model.intensity)
    rows, columns = np.nonzero(mine)
    expected = model.expected[mine]
    with np.errstate(divide="ignore", invalid="ignore"):
        own = np.abs(np.log(expected / model.fit.fitted[mine]))
    for k in np.flatnonzero(~(own < _HEAVY)):
        expected[k] = model.expect(int(rows[k]), int(columns[k]))
    values = columns_of(placed, series, year, rows, columns, expected)
    table = pa.table([values[name] for name in COLUMNS], schema=SCHEMA)
    frame: pd.DataFrame = table.cast(_PLAIN).to_pandas()
    usual, sample = model.sample
    bands = [
        band_among(value, usual, sample) if value >= series.tie.floor else (np.nan, np.nan)
        for value in expected
    ]
    frame["band_low"] = [low for low, _ in bands]
    frame["band_high"] = [high for _, high in bands]
    frame = frame[frame["expected"] > 0]
    return frame.sort_values("intensity", ascending=False, kind="stable")


def scan(fits: Fits, series: Sequence[Series], *, history: bool = False) -> Iterator[pa.Table]:
    """Yield all pairs of some ties, a table a tie and year; what each holds is as in `COLUMNS`.

    Expected values are those of `leave_out`: a pair's own are computed, not refitted, and agree
    with the refit to a thousandth save in a handful of cells that are most of their own row.

    Parameters
    ----------
    fits : Fits
    series : sequence of Series
    history : bool
        Every year, not only the latest.
    """
    for one in series:
        years = one.years if history else one.years[-1:]
        fits.load([(one, [year for year in years if not fits.has(one, year)])])
        for year in years:
            placed = fits.model(one, year)
            if placed is None:
                continue
            model = placed.model
            cells = np.isfinite(model.intensity)
            if model.symmetric:
                cells = np.triu(cells)
            rows, columns = np.nonzero(cells)
            values = columns_of(placed, one, year, rows, columns, model.expected[cells])
            yield pa.table([values[name] for name in COLUMNS], schema=SCHEMA)
            if history:
                fits.forget(one, year)


def band_among(expected: float, usual: Floats, sample: Floats) -> tuple[float, float]:
    """As `band_intensity`, over pairs sorted by what is usual."""
    low, high = np.searchsorted(usual, [expected / FACTOR, expected * FACTOR])
    found = band_intensity(expected, usual[low:high], sample[low:high])
    return (np.nan, np.nan) if found is None else found


def columns_of(
    placed: Placed,
    series: Series,
    year: int,
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    expected: Floats,
) -> dict[str, Any]:
    """Return the columns of `COLUMNS` of some cells of a model, texts as dictionaries."""
    model = placed.model
    value = model.flow[rows, columns]
    with np.errstate(divide="ignore", invalid="ignore"):
        intensity = np.where(expected > 0, value / expected, np.nan)
    names = pa.array(list(placed.index), pa.string())
    _, sample = model.sample
    rank = np.searchsorted(np.sort(sample), intensity, side="left") / max(sample.size, 1)

    def same(text: str) -> pa.DictionaryArray:
        return pa.DictionaryArray.from_arrays(np.zeros(len(value), np.int32), pa.array([text]))

    def coded(positions: NDArray[np.int64]) -> pa.DictionaryArray:
        return pa.DictionaryArray.from_arrays(positions.astype(np.int32), names)

    return {
        "tie": same(series.tie.id),
        "product": same(series.product),
        "source": same(series.source),
        "year": np.full(len(value), year, dtype=np.int32),
        "origin": coded(rows),
        "destination": coded(columns),
        "value": value,
        "unit": same(series.tie.unit),
        "expected": expected,
        "intensity": intensity,
        "rank": np.where(expected >= series.tie.floor, rank, np.nan),
        "gap": expected - value,
    }
