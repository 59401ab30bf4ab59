"""Every error a user can meet: one plain sentence, and what to do about it.

A command prints ``message`` and ``hint`` and leaves with ``exit_code``; the REST API sends
``{"error": {"code", "message", "hint"}}``. Nothing else of an error reaches a user.
"""

from __future__ import annotations

from collections.abc import Sequence


class ComityError(Exception):
    """Something could not be done, said so that a user can act on it.

    Parameters
    ----------
    message : str
        One sentence: what could not be done, and why.
    hint : str
        One sentence: what to do about it. May be empty.
    """

    code: str = "error"
    exit_code: int = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class UsageError(ComityError):
    """The command line or the call was wrong (exit code 2)."""

    code = "usage"
    exit_code = 2


_WRITTEN = {
    "country": "Write a name or an ISO code, such as India or IND.",
    "country or bloc": "Write a name, an ISO code or a bloc, such as India, IND or EAEU.",
    "port": "Write a port, a UN/LOCODE or a country, such as Mumbai, INNSA or India.",
}
"""How names of a kind are written, where nothing near is known."""


class UnknownNameError(UsageError):
    """A country, bloc, product, port or indicator that nobody knows by that name."""

    code = "unknown_name"

    def __init__(self, kind: str, name: str, suggestions: Sequence[str] = ()) -> None:
        hint = f"Did you mean {_any_of(suggestions)}?" if suggestions else _WRITTEN.get(kind, "")
        super().__init__(f"No {kind} is known as '{name}'.", hint)
        self.suggestions = tuple(suggestions)


class AmbiguousNameError(UsageError):
    """A name that more than one country answers to, such as "Korea"."""

    code = "ambiguous_name"

    def __init__(self, kind: str, name: str, candidates: Sequence[str]) -> None:
        super().__init__(
            f"'{name}' could be more than one {kind}.", f"Did you mean {_any_of(candidates)}?"
        )
        self.suggestions = tuple(candidates)


class LakeError(ComityError):
    """A lake folder that is absent, damaged or of another schema version."""

    code = "lake"


class SchemaError(LakeError):
    """A table that does not fit its schema: a column, a type, a key, a range."""

    code = "schema"


class InputFileError(ComityError):
    """A file that cannot be read as what it should be: names file, line and column where known."""

    code = "input_file"


class FetchError(ComityError):
    """A publisher's server that refused, kept failing, or sent something else.

    Parameters
    ----------
    message, hint : str
        As for every error.
    status : int, optional
        The server's HTTP status, where it answered.
    body : str
        The beginning of what it said, for a fetcher that knows the publisher's own error shapes.
    """

    code = "fetch"

    def __init__(
        self, message: str, hint: str = "", *, status: int | None = None, body: str = ""
    ) -> None:
        super().__init__(message, hint)
        self.status = status
        self.body = body


class OutputError(ComityError):
    """A place that cannot be written to."""

    code = "output"


class NoDataError(ComityError):
    """The lake holds nothing on what was asked."""

    code = "no_data"


class ArrayError(ComityError):
    """An array handed to a kernel with a shape or with values that it cannot have."""

    code = "array"


class DegenerateFlowsError(ArrayError):
    """Flows on which a model cannot stand: one country alone, no output, nothing spent."""

    code = "degenerate_flows"


class ElasticityError(ComityError):
    """An elasticity outside the range in which a model has a meaning."""

    code = "elasticity"


class NegativeTariffError(ComityError):
    """A tariff below zero; subsidies are not tariffs here."""

    code = "negative_tariff"


class NotConvergedError(ComityError):
    """A solver that stopped short of its tolerance: its result is not returned."""

    code = "not_converged"


class FormulaError(UsageError):
    """A gravity formula that cannot be read, names unknown columns, or does not fit a panel."""

    code = "formula"


class FlowError(ComityError):
    """Flows or covariates that no gravity model can take: negative, infinite, listed twice."""

    code = "flow"


class EstimationError(ComityError):
    """A gravity model that the data cannot identify: no trade, too few countries, no variation."""

    code = "estimation"


class LedgerError(ComityError):
    """A ledger of promises that cannot be opened, read or written."""

    code = "ledger"


class LedgerFileError(InputFileError):
    """Rows of a ledger file that do not fit: each with file, line, column and reason.

    Nothing of the file was taken over.

    Parameters
    ----------
    message : str
        What was wrong first, and how many more.
    hint : str
        What to do about it.
    problems : sequence of str
        Every problem that was found, one line each.
    """

    code = "ledger_file"

    def __init__(self, message: str, hint: str = "", problems: Sequence[str] = ()) -> None:
        super().__init__(message, hint)
        self.problems = tuple(problems)


class AppendOnlyError(LedgerError):
    """An assessment, or an original due date, that a change would overwrite."""

    code = "append_only"


class RouteError(ComityError):
    """A way that no ship can take: to a landlocked sea, inland, or through closed passages."""

    code = "route"


def _any_of(names: Sequence[str]) -> str:
    """Join names for a question: "A", "A or B", "A, B or C"."""
    quoted = list(names)
    if len(quoted) == 1:
        return quoted[0]
    return f"{', '.join(quoted[:-1])} or {quoted[-1]}"
