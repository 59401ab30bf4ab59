"""Small compiled pieces that every PPML kernel shares: an exponential and an accelerator.

The exponential is written so that LLVM can run it on a whole SIMD register at once; the one
that Numba calls by default works on one number at a time and is six times slower.
"""

from __future__ import annotations

import numba as nb
import numpy as np

# Sums may be reordered (that is what SIMD needs); NaN and infinity keep their meaning.
FAST = {"reassoc", "contract", "nsz", "arcp"}

# How many past iterates the accelerator looks at.
MEMORY = 6

_LOG2_E = 1.4426950408889634
_ROUND = 6755399441055744.0  # 1.5 * 2**52: adding it rounds a double to an integer
_LN2_HIGH = 6.93147180369123816490e-01
_LN2_LOW = 1.90821492927058770002e-10


# No "reassoc" here: the rounding trick and the two-part logarithm rest on the order of sums.
@nb.njit(fastmath={"contract"}, cache=True, nogil=True)
def exponential(x: float) -> float:
    """Return e**x to about one unit in the last place, clipped to the range of doubles.

    x = k ln 2 + r with |r| <= ln 2 / 2; e**r from its Taylor polynomial of degree 13, whose
    remainder is below 4e-18 there; 2**k by writing the exponent bits.
    """
    x = min(max(x, -700.0), 700.0)
    rounded = x * _LOG2_E + _ROUND
    k = rounded - _ROUND
    r = (x - k * _LN2_HIGH) - k * _LN2_LOW
    p = 1.6059043836821613e-10
    p = p * r + 2.08767569878681e-09
    p = p * r + 2.505210838544172e-08
    p = p * r + 2.755731922398589e-07
    p = p * r + 2.7557319223985893e-06
    p = p * r + 2.48015873015873e-05
    p = p * r + 0.0001984126984126984
    p = p * r + 0.001388888888888889
    p = p * r + 0.008333333333333333
    p = p * r + 0.041666666666666664
    p = p * r + 0.16666666666666666
    p = p * r + 0.5
    p = p * r + 1.0
    p = p * r + 1.0
    bits = np.float64(rounded).view(np.int64)
    return p * np.int64((bits + 1023) << 52).view(np.float64)


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def log_ratio(x: float, y: float) -> float:
    """Return nearly ln(x / y), for positive numbers that are not far apart.

    2 artanh z with z = (x - y) / (x + y), to the fifth power: 2e-6 off at a ratio of 2. The
    accelerator only needs something that vanishes with the residual.
    """
    z = (x - y) / (x + y)
    square = z * z
    return 2.0 * z * (1.0 + square * (1.0 / 3.0 + square * 0.2))


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def accelerate(
    residual: np.ndarray,
    movement: np.ndarray,
    weight: np.ndarray,
    seen: int,
    last_residual: np.ndarray,
    d_residual: np.ndarray,
    d_image: np.ndarray,
    gram: np.ndarray,
) -> bool:
    """Anderson's step for a fixed-point map: what to add to the image for a better next point.

    With residuals f = g(x) - x, choose the combination of the last differences of residuals
    that leaves the smallest residual, and move the image by the same combination. On a linear
    map this is GMRES; unlike a vector Aitken step it needs no spare evaluations.

    Parameters
    ----------
    residual : ndarray of float, shape (N,)
        g(x) - x.
    movement : ndarray of float, shape (N,)
        g(x) minus the g(x) of the call before; overwritten by the correction to add to g(x).
    weight : ndarray of float, shape (N,)
        What a residual counts for: the flow behind it, so that effects of hardly any flow, which
        may have no finite value at all, do not lead the others.
    seen : int
        How many calls went before since the history was last cleared.
    last_residual : ndarray of float, shape (N,)
    d_residual, d_image : ndarray of float, shape (memory, N)
    gram : ndarray of float, shape (memory, memory)
        State between calls.

    Returns
    -------
    bool
        Whether there is a correction: not at the first call.

    Notes
    -----
    Walker & Ni (2011), "Anderson acceleration for fixed-point iterations", SIAM J. Numer.
    Anal. 49(4), in the form without a QR update: the history is short, so its Gram matrix is
    kept, and a column that is nearly a combination of the others is left out.
    """
    size = residual.size
    memory = d_image.shape[0]
    if seen == 0:
        for q in range(size):
            last_residual[q] = residual[q]
        return False
    slot = (seen - 1) % memory
    d_f = d_residual[slot]
    d_g = d_image[slot]
    for q in range(size):
        d_g[q] = movement[q]
        d_f[q] = residual[q] - last_residual[q]
        last_residual[q] = residual[q]
        movement[q] = 0.0
    used = min(seen, memory)
    right = np.empty(used)
    for c in range(used):
        inner = 0.0
        onto = 0.0
        other = d_residual[c]
        for q in range(size):
            v = weight[q] * other[q]
            inner += d_f[q] * v
            onto += v * residual[q]
        gram[slot, c] = inner
        gram[c, slot] = inner
        right[c] = onto
    share = solve_leading(gram, right, used)
    for c in range(used):
        w = share[c]
        if w != 0.0:
            other = d_image[c]
            for q in range(size):
                movement[q] -= w * other[q]
    return True


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def solve_leading(matrix: np.ndarray, right: np.ndarray, size: int) -> np.ndarray:
    """Solve the leading block of a positive semi-definite system, leaving out weak pivots.

    Cholesky in place on a copy; a pivot below 1e-11 of its diagonal gets weight zero.
    """
    low = np.zeros((size, size))
    out = right[:size].copy()
    for c in range(size):
        pivot = matrix[c, c]
        for d in range(c):
            pivot -= low[c, d] * low[c, d]
        if pivot <= 1e-11 * matrix[c, c] or matrix[c, c] <= 0.0:
            low[c, c] = 0.0
            continue
        root = np.sqrt(pivot)
        low[c, c] = root
        for r in range(c + 1, size):
            v = matrix[r, c]
            for d in range(c):
                v -= low[r, d] * low[c, d]
            low[r, c] = v / root
    for c in range(size):
        if low[c, c] == 0.0:
            out[c] = 0.0
            continue
        for d in range(c):
            out[c] -= low[c, d] * out[d]
        out[c] /= low[c, c]
    for c in range(size - 1, -1, -1):
        if low[c, c] == 0.0:
            continue
        for r in range(c + 1, size):
            out[c] -= low[r, c] * out[r]
        out[c] /= low[c, c]
    return out
