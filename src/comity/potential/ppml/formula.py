"""Reading a gravity formula: "trade ~ ln_dist + rta | exporter^year + importer^year + pair"."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from comity.errors import FormulaError

_NAME = r"[A-Za-z_][A-Za-z0-9_.]*"
_TERM = re.compile(rf"^(?:(log)\(\s*({_NAME})\s*\)|({_NAME}))$")
_EFFECT = re.compile(rf"^{_NAME}(?:\s*\^\s*{_NAME})*$")
_YEARS = frozenset({"year", "years", "yr", "t", "time", "period", "date", "quarter", "month"})

PEER = (
    "comity fits exporter + importer, exporter^year + importer^year, and those with a pair effect; "
    "for other effects use pyfixest (`pyfixest.fepois` takes the same formula)."
)


@dataclass(frozen=True)
class Term:
    """A covariate: a column, or the logarithm of one."""

    column: str
    log: bool = False

    @property
    def name(self) -> str:
        """The name the coefficient carries."""
        return f"log({self.column})" if self.log else self.column


@dataclass(frozen=True)
class Formula:
    """A gravity model in words.

    Attributes
    ----------
    flow : str
        Column of the flows.
    terms : tuple of Term
    exporter, importer : str
        Columns of the countries.
    year : str or None
        Column of the years; None for a cross-section.
    pair : str or None
        None without pair effects; "^" for one effect a directed pair; else the column that
        says which pair effect a row has, such as one shared by both directions.
    effects : tuple of str
        The effects as written, in the order exporter, importer, pair.
    """

    text: str
    flow: str
    terms: tuple[Term, ...]
    exporter: str
    importer: str
    year: str | None
    pair: str | None
    effects: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column the formula needs, each once."""
        names = [self.flow, *(t.column for t in self.terms), self.exporter, self.importer]
        names += [c for c in (self.year, self.pair) if c is not None and c != "^"]
        return tuple(dict.fromkeys(names))


@lru_cache(maxsize=256)
def read_formula(text: str) -> Formula:
    """Read "flow ~ covariates | effects".

    Raises
    ------
    FormulaError
        What cannot be read, or effects that do not fit a gravity panel (the hint names the
        package that takes them).
    """
    sides = text.split("~")
    if len(sides) != 2:
        raise FormulaError(f"'{text}' is not of the form 'flow ~ covariates | effects'.")
    flow = sides[0].strip()
    if not re.fullmatch(_NAME, flow):
        raise FormulaError(f"'{flow}' is not the name of one column of flows.")
    right = [part.strip() for part in sides[1].split("|")]
    if len(right) != 2 or not right[1]:
        raise FormulaError(
            f"'{text}' must have one '|' with the effects after it.",
            "Write for example '| exporter^year + importer^year'. Without effects, or with "
            "instruments, use pyfixest.",
        )
    terms = []
    for part in (p.strip() for p in right[0].split("+")):
        if part in ("", "0", "1"):
            continue
        match = _TERM.match(part)
        if match is None:
            raise FormulaError(
                f"'{part}' is not a column or log(column).",
                "Make it a column of the data first, or use pyfixest.",
            )
        terms.append(Term(match[2], log=True) if match[1] else Term(match[3]))
    effects = [re.sub(r"\s+", "", p) for p in right[1].split("+")]
    for effect in effects:
        if not _EFFECT.match(effect):
            raise FormulaError(f"'{effect}' is not an effect.", PEER)
    return _arrange(text, flow, tuple(dict.fromkeys(terms)), effects)


def _arrange(text: str, flow: str, terms: tuple[Term, ...], effects: list[str]) -> Formula:
    """Find exporter, importer, year and pair among the effects."""
    parts = [tuple(e.split("^")) for e in effects]
    misfit = FormulaError(f"The effects '{' + '.join(effects)}' do not fit a gravity panel.", PEER)
    if len(set(effects)) != len(effects) or any(len(set(p)) != len(p) for p in parts):
        raise misfit
    if [len(p) for p in parts] == [1, 1]:
        return Formula(
            text, flow, terms, parts[0][0], parts[1][0], None, None, tuple(effects)
        )  # fmt: skip
    bare = [p for p in parts if len(p) == 1]
    crossed = [p for p in parts if len(p) == 2]
    if len(crossed) + len(bare) != len(parts) or len(parts) not in (2, 3):
        raise misfit
    if len(bare) > 1 or (len(bare) == 1 and len(parts) == 2):
        raise misfit
    year = _year_of(crossed)
    dated = [p for p in crossed if year in p]
    if year is None or len(dated) != 2:
        raise misfit
    exporter, importer = (next(c for c in p if c != year) for p in dated)
    names = ["^".join(p) for p in dated]
    pair = None
    if bare:
        pair = bare[0][0]
        if pair in (exporter, importer, year):
            raise misfit
        names.append(pair)
    elif len(crossed) == 3:
        last = next(p for p in crossed if year not in p)
        if set(last) != {exporter, importer}:
            raise misfit
        pair = "^"
        names.append("^".join(last))
    return Formula(text, flow, terms, exporter, importer, year, pair, tuple(names))


def _year_of(crossed: Sequence[tuple[str, ...]]) -> str | None:
    """Return the column two effects share; of three that all share, the one named like a year.

    exporter^year + importer^year + exporter^importer is a triangle: by form alone each of the
    three could be the year. A telling name decides, else the order that everyone writes.
    """
    counts: dict[str, int] = {}
    for part in crossed:
        for column in part:
            counts[column] = counts.get(column, 0) + 1
    shared = [c for c, count in counts.items() if count == 2]
    if len(shared) == 3:
        for column in shared:
            if column.lower() in _YEARS:
                return column
        return next((c for c in crossed[0] if c in crossed[1]), None)
    return shared[0] if len(shared) == 1 else None


def require_columns(needed: Sequence[str], present: Sequence[str]) -> None:
    """Raise `FormulaError` for the first needed column that the data do not have."""
    known = set(present)
    for name in needed:
        if name not in known:
            near = difflib.get_close_matches(name, [str(p) for p in present], n=3)
            hint = f"Did you mean {' or '.join(near)}?" if near else ""
            raise FormulaError(f"The data have no column '{name}'.", hint)
