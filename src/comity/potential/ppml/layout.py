"""From long rows to the tensor: codes, cells, and which rows can be used at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numba as nb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

Codes = NDArray[np.int32]

# Fates of a row.
USED, MISSING, SINGLETON, SEPARATED = 0, 1, 2, 3
_WIDEST = 4_000_000


@dataclass(frozen=True)
class Axis:
    """A column as integers: `labels[codes]` is the column again; -1 where it is missing.

    Where `whole` is true none is, and nobody has to look.
    """

    codes: Codes
    labels: NDArray[Any]
    whole: bool = False

    @property
    def size(self) -> int:
        """Number of levels."""
        return int(self.labels.size)


def encode(column: pd.Series[Any]) -> Axis:
    """Give each distinct value a number, in sorted order (so that labels do not matter)."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes = column.cat.codes.to_numpy().astype(np.int32)
        labels = np.asarray(column.cat.categories)
        seen = np.bincount(codes[codes >= 0], minlength=labels.size) > 0
        if not seen.all():
            fresh = np.where(seen, np.cumsum(seen) - 1, -1).astype(np.int32)
            codes, labels = np.where(codes >= 0, fresh[codes], -1).astype(np.int32), labels[seen]
        return Axis(codes, labels)
    values = column.to_numpy()
    if values.dtype.kind in "iu" and values.size:
        numbers = np.ascontiguousarray(values, dtype=np.int64)
        low, high = _range(numbers)
        if high - low < _WIDEST:
            codes = np.empty(values.size, dtype=np.int32)
            table = np.full(high - low + 1, -1, dtype=np.int32)
            _mark(numbers, low, table)
            present = np.flatnonzero(table == 0)
            if present.size == table.size:
                _offset(numbers, low, codes)
            else:
                table[present] = np.arange(present.size, dtype=np.int32)
                _look_up(table, numbers, low, codes)
            return Axis(codes, (present + low).astype(values.dtype), whole=True)
    found, uniques = pd.factorize(column, sort=True)
    return Axis(found.astype(np.int32), np.asarray(uniques))


@nb.njit(cache=True, nogil=True)
def _range(values: np.ndarray) -> tuple[int, int]:
    low, high = values[0], values[0]
    for r in range(values.size):
        low = min(low, values[r])
        high = max(high, values[r])
    return low, high


@nb.njit(cache=True, nogil=True)
def _mark(values: np.ndarray, low: int, table: np.ndarray) -> None:
    """Mark in `table` which distances from the lowest value occur; done when all have."""
    missing = table.size
    for r in range(values.size):
        distance = np.uint64(values[r] - low)
        if table[distance] < 0:
            table[distance] = 0
            missing -= 1
            if missing == 0:
                return


@nb.njit(cache=True, nogil=True)
def _offset(values: np.ndarray, low: int, codes: np.ndarray) -> None:
    for r in range(values.size):
        codes[r] = values[r] - low


@nb.njit(cache=True, nogil=True)
def _look_up(table: np.ndarray, values: np.ndarray, low: int, codes: np.ndarray) -> None:
    for r in range(values.size):
        codes[r] = table[np.uint64(values[r] - low)]


@nb.njit(fastmath={"reassoc", "nsz"}, cache=True, nogil=True)
def survey(values: np.ndarray) -> tuple[int, int, int, int]:
    """Count the values that are negative, zero, infinite and missing (NaN), in one pass."""
    negative, zero, infinite, missing = 0, 0, 0, 0
    for r in range(values.size):
        x = values[r]
        negative += x < 0.0
        zero += x == 0.0
        infinite += abs(x) == np.inf
        missing += x != x
    return negative, zero, infinite, missing


@nb.njit(cache=True, nogil=True)
def number_pairs(i: np.ndarray, j: np.ndarray, fate: np.ndarray, table: np.ndarray) -> int:
    """Write into `table` [n, m] the number of each pair that occurs, in exporter order."""
    m = table.shape[1]
    for r in range(i.size):
        if fate[r] == 0:
            table[i[r], j[r]] = 0
    count = 0
    for a in range(table.shape[0]):
        for b in range(m):
            if table[a, b] == 0:
                table[a, b] = count
                count += 1
    return count


@nb.njit(cache=True, nogil=True)
def look_up_pairs(i: np.ndarray, j: np.ndarray, table: np.ndarray, out: np.ndarray) -> None:
    """Write the number of each row's pair; -1 where it has none."""
    for r in range(i.size):
        out[r] = table[i[r], j[r]] if i[r] >= 0 and j[r] >= 0 else -1


@nb.njit(cache=True, nogil=True)
def place_in_tensor(
    i: np.ndarray, j: np.ndarray, t: np.ndarray, fate: np.ndarray, table: np.ndarray,
    years: int, cell: np.ndarray, seen: np.ndarray,
) -> int:  # fmt: skip
    """Write the cell pair * years + t of each row; return the first row met twice, or -1.

    Rows of all-zero effects keep their cells: their fitted flow of zero comes out by itself.
    """
    for r in range(i.size):
        if fate[r] == 1 or fate[r] == 2:
            cell[r] = -1
            continue
        c = table[i[r], j[r]] * years + t[r]
        if seen[c]:
            return r
        seen[c] = 1
        cell[r] = c
    return -1


@nb.njit(cache=True, nogil=True)
def place_in_stack(
    i: np.ndarray, j: np.ndarray, t: np.ndarray, fate: np.ndarray, n: int, m: int,
    cell: np.ndarray, seen: np.ndarray,
) -> int:  # fmt: skip
    """Write the cell (t * n + i) * m + j of each row; return the first row met twice, or -1."""
    for r in range(i.size):
        cell[r] = (np.int64(t[r]) * n + i[r]) * m + j[r]
    twice = False
    for r in range(i.size):
        if fate[r] == 1 or fate[r] == 2:
            cell[r] = -1
            continue
        c = np.uint64(cell[r])
        twice |= seen[c] == 1
        seen[c] = 1
    return _first_twice(cell, seen) if twice else -1


@nb.njit(cache=True, nogil=True)
def _first_twice(cell: np.ndarray, seen: np.ndarray) -> int:
    """Return the first row whose cell an earlier row has too."""
    seen[:] = 0
    for r in range(cell.size):
        if cell[r] >= 0:
            if seen[cell[r]]:
                return r
            seen[cell[r]] = 1
    return -1


@nb.njit(cache=True, nogil=True)
def scatter(values: np.ndarray, cell: np.ndarray, out: np.ndarray) -> None:
    """Write each row's value into its cell."""
    for r in range(cell.size):
        if cell[r] >= 0:
            out[cell[r]] = values[r]


@nb.njit(cache=True, nogil=True)
def gather(values: np.ndarray, cell: np.ndarray, out: np.ndarray) -> None:
    """Read each row's value from its cell; rows without a cell keep what `out` holds."""
    for r in range(cell.size):
        if cell[r] >= 0:
            out[r] = values[cell[r]]


@nb.njit(cache=True, nogil=True)
def judge_rows(
    flow: np.ndarray, i: np.ndarray, j: np.ndarray, t: np.ndarray, group: np.ndarray,
    years: int, n: int, m: int, groups: int, fate: np.ndarray, tally: np.ndarray,
) -> None:  # fmt: skip
    """Drop singletons, again and again, then every row of an effect without any flow.

    Changes `fate`; `group` is empty where there are no pair effects. `tally` [8]: rows used,
    singletons, rows in all-zero exporter-, importer- and pair effects (a row may be in several),
    and the levels of the three effects that are left.
    """
    has_pairs = group.size > 0
    count_i = np.zeros(n * years, dtype=np.int32)
    count_j = np.zeros(m * years, dtype=np.int32)
    count_g = np.zeros(groups, dtype=np.int32)
    sum_i = np.zeros(n * years)
    sum_j = np.zeros(m * years)
    sum_g = np.zeros(groups)
    for r in range(flow.size):
        if fate[r] != 0:
            continue
        y = flow[r]
        a = i[r] * years + t[r]
        b = j[r] * years + t[r]
        count_i[a] += 1
        count_j[b] += 1
        sum_i[a] += y
        sum_j[b] += y
        if has_pairs:
            count_g[group[r]] += 1
            sum_g[group[r]] += y
    lonely = False
    for counts in (count_i, count_j, count_g):
        for level in range(counts.size):
            lonely = lonely or counts[level] == 1
    while lonely:
        lonely = False
        for r in range(flow.size):
            if fate[r] != 0:
                continue
            a = i[r] * years + t[r]
            b = j[r] * years + t[r]
            alone = count_i[a] == 1 or count_j[b] == 1
            if has_pairs:
                alone = alone or count_g[group[r]] == 1
            if alone:
                fate[r] = 2
                tally[1] += 1
                lonely = True
                count_i[a] -= 1
                count_j[b] -= 1
                sum_i[a] = 0.0 if count_i[a] == 0 else sum_i[a] - flow[r]
                sum_j[b] = 0.0 if count_j[b] == 0 else sum_j[b] - flow[r]
                if has_pairs:
                    g = group[r]
                    count_g[g] -= 1
                    sum_g[g] = 0.0 if count_g[g] == 0 else sum_g[g] - flow[r]
    if tally[1] > 0:
        # A difference leaves dust where a zero must be: sum afresh.
        sum_i[:] = 0.0
        sum_j[:] = 0.0
        sum_g[:] = 0.0
        for r in range(flow.size):
            if fate[r] == 0:
                sum_i[i[r] * years + t[r]] += flow[r]
                sum_j[j[r] * years + t[r]] += flow[r]
                if has_pairs:
                    sum_g[group[r]] += flow[r]
    left_i = np.zeros(n * years, dtype=np.uint8)
    left_j = np.zeros(m * years, dtype=np.uint8)
    left_g = np.zeros(groups, dtype=np.uint8)
    for r in range(flow.size):
        if fate[r] != 0:
            continue
        a = i[r] * years + t[r]
        b = j[r] * years + t[r]
        dead_i = sum_i[a] == 0.0
        dead_j = sum_j[b] == 0.0
        dead_g = has_pairs and sum_g[group[r]] == 0.0
        if dead_i or dead_j or dead_g:
            fate[r] = 3
            tally[2] += dead_i
            tally[3] += dead_j
            tally[4] += dead_g
            continue
        tally[0] += 1
        left_i[a] = 1
        left_j[b] = 1
        if has_pairs:
            left_g[group[r]] = 1
    tally[5] = left_i.sum()
    tally[6] = left_j.sum()
    tally[7] = left_g.sum()


@nb.njit(fastmath={"reassoc", "nsz"}, cache=True, nogil=True)
def judge_cells(
    flow: np.ndarray, seen: np.ndarray, tally: np.ndarray, rows: np.ndarray, columns: np.ndarray
) -> bool:
    """Judge cells [T, n, m] as `judge_rows` does rows of two effects, where none has to go.

    Marks in `rows` [n] and `columns` [m] who has a cell. Returns False, and leaves the judgement to
    `judge_rows`, where an effect has a single cell or no flow.
    """
    T, n, m = flow.shape
    count_j = np.empty(m, dtype=np.int64)
    sum_j = np.empty(m)
    for t in range(T):
        count_j[:] = 0
        sum_j[:] = 0.0
        for i in range(n):
            count = 0
            s = 0.0
            for j in range(m):
                count += seen[t, i, j]
                s += flow[t, i, j]
                count_j[j] += seen[t, i, j]
                sum_j[j] += flow[t, i, j]
            if count == 1 or (count > 0 and s == 0.0):
                return False
            tally[0] += count
            tally[5] += count > 0
            rows[i] |= count > 0
        for j in range(m):
            if count_j[j] == 1 or (count_j[j] > 0 and sum_j[j] == 0.0):
                return False
            tally[6] += count_j[j] > 0
            columns[j] |= count_j[j] > 0
    return True


@nb.njit(cache=True, nogil=True)
def spread_over_pairs(codes: np.ndarray, pair: np.ndarray, out: np.ndarray) -> bool:
    """Write the code of each pair into `out` (-1 before); False where a pair has two codes."""
    for r in range(codes.size):
        p = pair[r]
        if p >= 0:
            if out[p] < 0:
                out[p] = codes[r]
            elif out[p] != codes[r]:
                return False
    return True


@nb.njit(cache=True, nogil=True)
def spread_over_matrix(
    codes: np.ndarray, i: np.ndarray, j: np.ndarray, fate: np.ndarray, out: np.ndarray
) -> bool:
    """Write codes of rows in use into `out` [n, m] (-1 before); False where a pair has two."""
    alike = True
    for r in range(codes.size):
        if fate[r] == 0:
            before = out[i[r], j[r]]
            alike &= before < 0 or before == codes[r]
            out[i[r], j[r]] = codes[r]
    return alike


@nb.njit(cache=True, nogil=True)
def count_levels(codes: np.ndarray, fate: np.ndarray, size: int) -> int:
    """Count the distinct codes among the rows in use."""
    seen = np.zeros(size, dtype=np.uint8)
    for r in range(codes.size):
        if fate[r] == 0:
            seen[codes[r]] = 1
    return int(seen.sum())


@nb.njit(cache=True, nogil=True)
def is_nested(
    major: np.ndarray, minor: np.ndarray, width: int, levels: int, codes: np.ndarray,
    fate: np.ndarray,
) -> bool:  # fmt: skip
    """Tell whether each effect major * width + minor lies in one cluster, over rows in use."""
    first = np.full(levels, -1, dtype=np.int32)
    for r in range(codes.size):
        if fate[r] != 0:
            continue
        e = major[r] * width + (minor[r] if minor.size else 0)
        if first[e] < 0:
            first[e] = codes[r]
        elif first[e] != codes[r]:
            return False
    return True
