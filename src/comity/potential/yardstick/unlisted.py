"""What an unlisted pair means: none, or nobody knows. Decided source by source, kept as data.

The reasons are in `unlisted.csv` and, at length, in ``docs/methods/yardstick.md``.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from comity.potential.yardstick.comparison import find_silent

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

ZERO = "zero"
UNLESS_BOTH_SILENT = "unless_both_silent"
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Rule:
    """How to read a pair that a source does not list.

    Attributes
    ----------
    rule : str
        ``zero``: none, between a listed origin and a listed destination; ``unless_both_silent``:
        the same, but unknown between two countries that told the source nothing; ``unknown``.
    complete_from : int or None
        With ``unknown``: a destination that lists at least so many origins leaves out none.
    reason : str
        Why, in a sentence.
    """

    rule: str
    complete_from: int | None
    reason: str


NO_RULE = Rule(UNKNOWN, None, "Nothing is known of how this source leaves pairs out.")


def rule_of(source: str) -> Rule:
    """Return the rule of a source; unlisted is unknown where none is written down.

    A source that a user brought has its version behind its name, as in
    ``sipri-arms-transfers-20260212``: the rule is that of the name.

    Examples
    --------
    >>> rule_of("sipri-arms-transfers-20260212").rule, rule_of("sipri").rule
    ('zero', 'unknown')
    """
    rules = _rules()
    parts = source.split("-")
    names = ("-".join(parts[:end]) for end in range(len(parts), 0, -1))
    return next((rules[name] for name in names if name in rules), NO_RULE)


def fill_unlisted(flow: Floats, rule: Rule) -> Floats:
    """Return the flows with zeros where an unlisted pair means none.

    Parameters
    ----------
    flow : ndarray, shape (n, n)
        Origin by destination; NaN where the source lists nothing. The diagonal stays NaN.
    rule : Rule

    Returns
    -------
    ndarray, shape (n, n)
        A zero only between an origin and a destination that the source lists with somebody.
    """
    out = flow.copy()
    np.fill_diagonal(out, np.nan)
    listed = ~np.isnan(out)
    origins, destinations = np.asarray(listed.any(axis=1)), np.asarray(listed.any(axis=0))
    none = ~listed & origins[:, None] & destinations[None, :]
    np.fill_diagonal(none, val=False)
    if rule.rule == UNLESS_BOTH_SILENT:
        silent = find_silent(out)
        none &= ~(silent[:, None] & silent[None, :])
    elif rule.rule == UNKNOWN:
        least = np.inf if rule.complete_from is None else rule.complete_from
        none &= (listed.sum(axis=0) >= least)[None, :]
    out[none] = 0.0
    return out


@cache
def _rules() -> dict[str, Rule]:
    text = (files("comity.potential.yardstick") / "unlisted.csv").read_text(encoding="utf-8")
    return {
        row["source"]: Rule(
            row["rule"],
            int(row["complete_from"]) if row["complete_from"] else None,
            row["reason"],
        )
        for row in csv.DictReader(text.splitlines())
    }
