"""What a gravity regression gives back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from comity.errors import EstimationError
from comity.potential.ppml.cells import Laid
from comity.potential.ppml.layout import USED, gather
from comity.potential.ppml.newton import Certificate, Floats
from comity.potential.ppml.stack import Stack
from comity.potential.ppml.tensor import Tensor

_Z95 = 1.959963984540054


@dataclass(frozen=True)
class Dropped:
    """What a fit left out, and why.

    Attributes
    ----------
    missing : int
        Rows with a missing value (or weight zero) in a column of the model.
    singletons : int
        Rows that were alone in an effect: they say nothing about the coefficients.
    by_effect : dict of str to int
        Rows in an effect whose flows are all zero, by effect; a row may count in several.
    by_separation : int
        Further zero flows that covariates or several effects together fit perfectly.
    separated : tuple of str
        Covariates that only such cells told apart.
    collinear : tuple of str
        Covariates that are constant within the effects, or combinations of those before them.
    """

    missing: int = 0
    singletons: int = 0
    by_effect: Mapping[str, int] = field(default_factory=dict)
    by_separation: int = 0
    separated: tuple[str, ...] = ()
    collinear: tuple[str, ...] = ()

    def __str__(self) -> str:
        parts = []
        if self.missing:
            parts.append(f"{self.missing:,} rows with missing values")
        if self.singletons:
            parts.append(f"{self.singletons:,} singletons")
        parts += [f"{n:,} rows of all-zero {name}" for name, n in self.by_effect.items() if n]
        if self.by_separation:
            parts.append(f"{self.by_separation:,} separated zero flows")
        if self.separated:
            parts.append(f"separated: {', '.join(self.separated)}")
        if self.collinear:
            parts.append(f"collinear: {', '.join(self.collinear)}")
        return "; ".join(parts) if parts else "nothing"


@dataclass(frozen=True, repr=False)
class Origin:
    """The way from a fit back to the rows it came from."""

    problem: Stack | Tensor
    beta: Floats
    laid: Laid
    weights: Floats | None
    index: pd.Index[Any]
    countries: tuple[NDArray[Any], NDArray[Any]]
    years: NDArray[Any] | None
    shift: float

    def effects(self, names: list[str]) -> dict[str, pd.Series[Any]]:
        """Return the log effects by name, in the order exporter, importer, pair."""
        problem = self.problem
        three = isinstance(problem, Tensor)
        with np.errstate(divide="ignore"):
            exporter, importer = np.log(problem.a), np.log(problem.b)
            if isinstance(problem, Tensor):
                exporter, importer = exporter[:, : problem.years], importer[:, : problem.years]
            else:
                importer = importer[:, : self.countries[1].size]  # others fill up a lane
            pair = np.log(problem.c) if isinstance(problem, Tensor) else np.zeros(0)
        year_axis = 0 if three else 1
        live = np.isfinite(importer)
        level = np.where(live, importer, 0).sum(year_axis) / np.maximum(live.sum(year_axis), 1)
        base = pair.mean() if pair.size else 0.0
        across = level[None, :] if three else level[:, None]
        importer = importer - across
        exporter = exporter + across + base - float(self.beta @ problem.centre) - self.shift
        out = {}
        for name, values, labels in zip(names, (exporter, importer), self.countries, strict=False):
            if self.years is None:
                out[name] = pd.Series(values.reshape(-1), index=pd.Index(labels), name=name)
            else:
                cells = values if three else values.T
                index = pd.MultiIndex.from_product([labels, self.years])
                out[name] = pd.Series(cells.reshape(-1), index=index, name=name)
        if isinstance(problem, Tensor):
            where = pd.MultiIndex.from_arrays(
                [self.countries[0][problem.exporter], self.countries[1][problem.importer]]
            )
            out[names[2]] = pd.Series((pair - base)[problem.group], index=where, name=names[2])
        return out


@dataclass(frozen=True, repr=False)
class GravityFit:
    """A fitted gravity model; see `fepois`.

    Attributes
    ----------
    formula : str
    names : tuple of str
        Covariates that have a coefficient.
    beta : ndarray, shape (K,)
    covariance : ndarray, shape (K, K)
    vcov : str
        What the covariance is, in words.
    n_used : int
        Rows in the fit, N.
    effect_levels : dict of str to int
    dropped : Dropped
    certificate : Certificate
    """

    formula: str
    names: tuple[str, ...]
    beta: Floats
    covariance: Floats
    vcov: str
    n_used: int
    effect_levels: Mapping[str, int]
    dropped: Dropped
    certificate: Certificate
    origin: Origin | None

    def coef(self) -> pd.Series[Any]:
        """Return the coefficients by name."""
        return pd.Series(self.beta, index=self._names(), name="Estimate")

    def se(self) -> pd.Series[Any]:
        """Return the standard errors by name."""
        with np.errstate(invalid="ignore"):
            errors = np.sqrt(np.diag(self.covariance))
        return pd.Series(errors, index=self._names(), name="Std. Error")

    def tidy(self) -> pd.DataFrame:
        """Return one row a coefficient: estimate, standard error, t, p, 95 % interval (normal)."""
        from scipy.special import ndtr  # takes an eighth of a brief's start, and no brief needs it

        coef, se = self.coef(), self.se()
        t = coef / se
        return pd.DataFrame(
            {
                "Estimate": coef,
                "Std. Error": se,
                "t value": t,
                "Pr(>|t|)": 2 * ndtr(-np.abs(t.to_numpy())),
                "2.5%": coef - _Z95 * se,
                "97.5%": coef + _Z95 * se,
            }
        )

    def fitted(self) -> pd.Series[Any]:
        """Return the fitted flow of each row of the data, in the unit of the flows.

        0 where an effect or a covariate fits a zero flow perfectly; NaN for rows with missing
        values and for singletons.
        """
        origin = self._rows()
        laid = origin.laid
        out = np.full(laid.fate.size, np.nan)
        gather(origin.problem.fitted_cells(), laid.cell, out)
        if origin.weights is not None:
            out /= origin.weights
        return pd.Series(out, index=origin.index, name="fitted")

    def used(self) -> pd.Series[Any]:
        """Return for each row of the data whether it is in the fit."""
        return pd.Series(self._rows().laid.fate == USED, index=self._rows().index, name="used")

    def effects(self) -> Mapping[str, pd.Series[Any]]:
        """Return the log effects, indexed by their levels.

        ln E[y] = x'b + offset + the effects of the row. Importer effects average zero within a
        year, pair effects over all; -inf where all flows are zero.
        """
        return self._rows().effects(list(self.effect_levels))

    def _rows(self) -> Origin:
        if self.origin is None:
            raise EstimationError(
                "This fit did not keep its tensor.", "Call fepois(..., keep=True) for it."
            )
        return self.origin

    def _names(self) -> pd.Index[Any]:
        return pd.Index(self.names, name="Coefficient")

    def __repr__(self) -> str:
        levels = ", ".join(f"{name} ({n:,})" for name, n in self.effect_levels.items())
        table = self.tidy().to_string(float_format=lambda v: f"{v:.4f}") if self.names else ""
        return "\n".join(
            line
            for line in (
                f"PPML  {self.formula}",
                f"N = {self.n_used:,}   effects: {levels}   errors: {self.vcov}",
                table,
                f"dropped: {self.dropped}",
                str(self.certificate),
            )
            if line
        )


class GravityFits(Mapping[Any, GravityFit]):
    """The fits of a split, by the value of the split column.

    A product that cannot be fitted is not here: `failed` says which and why.
    """

    def __init__(
        self, split: str, fits: Mapping[Any, GravityFit], failed: Mapping[Any, str]
    ) -> None:
        self.split = split
        self._fits = dict(fits)
        self.failed = dict(failed)

    def __getitem__(self, key: Any) -> GravityFit:  # noqa: ANN401 - labels are of any type
        fit: GravityFit = self._fits[key]
        return fit

    def __iter__(self) -> Iterator[Any]:
        return iter(self._fits)

    def __len__(self) -> int:
        return len(self._fits)

    def tidy(self) -> pd.DataFrame:
        """Return the coefficient tables one below the other, the split value first in the index."""
        if not self._fits:
            return pd.DataFrame(columns=["Estimate", "Std. Error", "t value", "Pr(>|t|)"])
        tables = {k: f.tidy() for k, f in self._fits.items()}
        stacked: pd.DataFrame = pd.concat(tables, names=[self.split])
        return stacked

    def __repr__(self) -> str:
        lines = [f"{len(self)} fits by {self.split}, {len(self.failed)} that could not be fitted"]
        lines += [f"  {key}: {why}" for key, why in list(self.failed.items())[:10]]
        return "\n".join(lines)
