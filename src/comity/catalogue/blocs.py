"""Blocs of countries, and who belonged to them when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from comity.catalogue._names import name_key, suggest
from comity.catalogue._tables import read_table
from comity.catalogue.countries import country
from comity.errors import AmbiguousNameError, UnknownNameError

_MONTH_LAST, _DAY_LAST = 12, 31


@dataclass(frozen=True, slots=True)
class Membership:
    """One country's time in a bloc.

    ``joined`` is the first day and ``left`` the last, None while it lasts. ``status`` is
    ``member``, ``associate``, ``partner``, ``invited`` or ``suspended``.
    """

    iso3: str
    joined: dt.date
    left: dt.date | None
    status: str
    note: str


@dataclass(frozen=True, slots=True)
class Bloc:
    """A customs union, alliance or forum of countries.

    Attributes
    ----------
    id, name, article : str
        "EAEU", "Eurasian Economic Union", "the".
    kind : str
        ``customs union`` (one external tariff), ``currency union``, ``free trade area``,
        ``alliance`` or ``forum``.
    note : str
        What a reader must know of its dates.
    memberships : tuple of Membership
        Everyone who is or was in it.
    """

    id: str
    name: str
    article: str
    kind: str
    note: str
    memberships: tuple[Membership, ...] = field(repr=False)

    def members(
        self, on: dt.date | int | None = None, statuses: tuple[str, ...] = ("member",)
    ) -> tuple[str, ...]:
        """Return the ISO3 codes of the members, sorted.

        Parameters
        ----------
        on : date or int, optional
            A day, or a year for its last day. Without it, those who have not left.
        statuses : tuple of str
            Who counts; members only by default.

        Examples
        --------
        >>> import datetime as dt
        >>> "GBR" in bloc("EU").members(dt.date(2020, 1, 31)), "GBR" in bloc("EU").members(2020)
        (True, False)
        """
        day = dt.date(on, _MONTH_LAST, _DAY_LAST) if isinstance(on, int) else on
        return tuple(
            sorted(
                m.iso3
                for m in self.memberships
                if m.status in statuses and (m.left is None if day is None else _covers(m, day))
            )
        )


def blocs() -> tuple[Bloc, ...]:
    """Return the blocs by id."""
    return tuple(_blocs().values())


def bloc(text: str) -> Bloc:
    """Return the bloc of an id or a name, in any case.

    Raises
    ------
    UnknownNameError
        Nobody knows a bloc by that name; the hint says what may have been meant.
    """
    found = _find(text)
    if found is None:
        raise UnknownNameError("bloc", text.strip(), suggest(text, _labels()))
    return found


def is_bloc(text: str) -> bool:
    """Say whether a text names a bloc."""
    return _find(text) is not None


def parties(text: str, on: dt.date | int | None = None) -> tuple[str, ...]:
    """Return the countries that a text names: a country, or the members of a bloc.

    Parameters
    ----------
    text : str
        A country or a bloc.
    on : date or int, optional
        A day, or a year for its last day, for the members of a bloc.

    Raises
    ------
    UnknownNameError, AmbiguousNameError
        As `comity.catalogue.country`.

    Examples
    --------
    >>> parties("India"), parties("EAEU")
    (('IND',), ('ARM', 'BLR', 'KAZ', 'KGZ', 'RUS'))
    """
    found = _find(text)
    if found is not None:
        return found.members(on)
    try:
        return (country(text).iso3,)
    except AmbiguousNameError:
        raise
    except UnknownNameError as error:
        near = [*error.suggestions, *suggest(text, _labels(), limit=1)]
        raise UnknownNameError("country or bloc", text.strip(), near) from None


def _covers(membership: Membership, day: dt.date) -> bool:
    return membership.joined <= day and (membership.left is None or day <= membership.left)


def _find(text: str) -> Bloc | None:
    id_ = _names().get(name_key(text))
    return _blocs()[id_] if id_ else None


@cache
def _names() -> Mapping[str, str]:
    index: dict[str, str] = {}
    for row in read_table("blocs"):
        for name in (row["id"], row["name"], *filter(None, row["aliases"].split(";"))):
            index[name_key(name)] = row["id"]
    return index


@cache
def _labels() -> Mapping[str, str]:
    return {key: f"{_blocs()[id_].name} ({id_})" for key, id_ in _names().items() if len(key) > 2}


@cache
def _blocs() -> Mapping[str, Bloc]:
    return {
        row["id"]: Bloc(
            id=row["id"],
            name=row["name"],
            article=row["article"],
            kind=row["kind"],
            note=row["note"],
            memberships=tuple(
                Membership(
                    iso3=m["iso3"],
                    joined=dt.date.fromisoformat(m["joined"]),
                    left=dt.date.fromisoformat(m["left"]) if m["left"] else None,
                    status=m["status"],
                    note=m["note"],
                )
                for m in read_table("bloc_members")
                if m["bloc"] == row["id"]
            ),
        )
        for row in read_table("blocs")
    }
