"""What is to be simulated: two sides, and what changes between them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from comity import catalogue
from comity.errors import UsageError

EMBARGO = float("inf")
_MOST = 10.0  # a cost or a tariff eleven times over is a slip of the pen


class Kind(StrEnum):
    """What changes."""

    agreement = "agreement"
    """An agreement comes into force; or, at a cut below 100 %, tariffs alone are cut."""
    withdrawal = "withdrawal"
    """An agreement that is in force ends."""
    raise_ = "raise"
    """Tariffs rise by so many percentage points."""
    shock = "shock"
    """Trading costs more, by a share of the goods' price; without end for an embargo."""


class Ways(StrEnum):
    """Whose sales are touched."""

    both = "both"
    there = "there"
    back = "back"


@dataclass(frozen=True, slots=True)
class Side:
    """A country, or the members of a bloc."""

    id: str
    name: str
    members: tuple[str, ...]

    @property
    def said(self) -> str:
        """The name as it stands in a sentence."""
        if catalogue.is_bloc(self.id):
            article = catalogue.bloc(self.id).article
            return f"{article} {self.name}".strip()
        return str(catalogue.country(self.id).with_article)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What changes between two sides.

    Parameters
    ----------
    a, b : Side
        They share no country.
    kind : Kind
        What changes.
    amount : float
        Cut of the tariffs as a fraction (agreement), percentage points as a fraction (raise),
        ad-valorem cost as a fraction or `EMBARGO` (shock); 1 for a withdrawal.
    ways : Ways
        ``there`` changes only what `a` sells to `b`, ``back`` only what `b` sells to `a`.
    notes : tuple of str
        What was decided while reading the two sides.
    """

    a: Side
    b: Side
    kind: Kind = Kind.agreement
    amount: float = 1.0
    ways: Ways = Ways.both
    notes: tuple[str, ...] = ()

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Exporters and importers between the sides, in the ways that change."""
        there = [(i, j) for i in self.a.members for j in self.b.members]
        back = [(j, i) for i, j in there]
        wanted = {Ways.both: there + back, Ways.there: there, Ways.back: back}
        return tuple(wanted[self.ways])

    @property
    def is_whole_agreement(self) -> bool:
        """Whether the change is an agreement as a whole, signed or ended, not tariffs alone."""
        return self.kind is Kind.withdrawal or (self.kind is Kind.agreement and self.amount >= 1.0)

    @property
    def words(self) -> str:
        """The change in words."""
        between = f"between {self.a.said} and {self.b.said}"
        match self.kind:
            case Kind.agreement if self.is_whole_agreement:
                text = f"a trade agreement {between}"
            case Kind.agreement:
                text = f"tariffs {between} cut by {self.amount:.0%}"
            case Kind.withdrawal:
                text = f"the end of the trade agreements {between}"
            case Kind.raise_:
                text = f"tariffs {between} raised by {self.amount * 100:g} percentage points"
            case Kind.shock if self.amount == EMBARGO:
                text = f"an embargo {between}"
            case Kind.shock:
                text = f"trading costs {between} raised by {self.amount:.0%} of the price"
        if self.ways is Ways.both:
            return text
        seller = self.a if self.ways is Ways.there else self.b
        return f"{text}, only on what {seller.said} sells"


def read_side(text: str) -> Side:
    """Return the side that a text names: a country, or a bloc with its members of today.

    Raises
    ------
    UnknownNameError, AmbiguousNameError
        Nobody knows it, or several answer to it.
    """
    members = catalogue.parties(text)
    if catalogue.is_bloc(text):
        found = catalogue.bloc(text)
        return Side(found.id, found.name, members)
    country = catalogue.country(text)
    return Side(country.iso3, country.name, members)


def read_scenario(
    a: str,
    b: str,
    *,
    cut: float | None = None,
    withdraw: bool = False,
    raise_: float | None = None,
    shock: float | None = None,
    ways: Ways = Ways.both,
) -> Scenario:
    """Return the scenario of a call; a country on both sides stays on the first alone.

    Parameters
    ----------
    a, b : str
        A country or a bloc each.
    cut : float, optional
        Share of the tariffs that goes, 1 by default.
    withdraw : bool
        The agreements in force end.
    raise_ : float, optional
        Percentage points by which tariffs rise, as a fraction.
    shock : float, optional
        Cost of trading as a fraction of the price; `EMBARGO` for none at all.

    Raises
    ------
    UsageError
        More than one change, one out of range, or both sides are the same.
    UnknownNameError, AmbiguousNameError
        As in `read_side`.
    """
    first, second = read_side(a), read_side(b)
    asked = [cut is not None, withdraw, raise_ is not None, shock is not None]
    if sum(asked) > 1:
        raise UsageError(
            "More than one change was asked for.",
            "Take one of --cut, --withdraw, --raise and --shock.",
        )
    notes: list[str] = []
    shared = set(first.members) & set(second.members)
    if shared:
        rest = tuple(code for code in second.members if code not in shared)
        if not rest:
            raise UsageError(
                f"{first.name} and {second.name} have no two different countries between them.",
                "Name another second side.",
            )
        names = ", ".join(catalogue.country(code).name for code in sorted(shared))
        notes.append(f"{names} is on both sides and counted with {first.name} alone.")
        second = Side(second.id, second.name, rest)
    if raise_ is not None:
        kind, amount = Kind.raise_, _within(raise_, "--raise", _MOST)
    elif shock is not None:
        kind, amount = Kind.shock, shock if shock == EMBARGO else _within(shock, "--shock", _MOST)
    elif withdraw:
        kind, amount = Kind.withdrawal, 1.0
    else:
        kind, amount = Kind.agreement, _within(1.0 if cut is None else cut, "--cut", 1.0)
    return Scenario(a=first, b=second, kind=kind, amount=amount, ways=ways, notes=tuple(notes))


def read_fraction(text: str, option: str) -> float:
    """Return a share that people write as ``10%`` or ``0.1``.

    Examples
    --------
    >>> read_fraction("10%", "--raise"), read_fraction("0.1", "--raise")
    (0.1, 0.1)

    Raises
    ------
    UsageError
        It is not a number; or it is above 10 without a per cent sign.
    """
    plain = text.strip().replace(",", ".")
    percent = plain.endswith("%")
    try:
        value = float(plain.rstrip("% "))
    except ValueError:
        value = float("nan")
    if value != value or value in (EMBARGO, -EMBARGO):
        raise UsageError(f"{option} {text} is not a share.", "Write it as 10% or 0.1.")
    if not percent and value > _MOST:
        raise UsageError(
            f"{option} {text} would be {value:.0%}.", f"If {text} per cent is meant, write {text}%."
        )
    return value / 100 if percent else value


def _within(value: float, option: str, most: float) -> float:
    if not 0 < value <= most:
        raise UsageError(
            f"{option} is {value:.0%}; it has to be above 0 and at most {most:.0%}.",
            "Take --raise for dearer imports and --cut for cheaper ones."
            if value < 0
            else "Write it as 10% or 0.1.",
        )
    return value
