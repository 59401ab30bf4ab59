"""Countries, territories and former states, and the names that people give them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType

from comity.catalogue._names import name_key, suggest
from comity.catalogue._tables import read_table, split_cell
from comity.errors import AmbiguousNameError, UnknownNameError


@dataclass(frozen=True, slots=True)
class Country:
    """A country, territory, former state or statistical area.

    Attributes
    ----------
    iso3 : str
        ISO 3166-1 alpha-3, or the code in use where ISO has none (Kosovo ``XKX``, the Soviet
        Union ``SUN``, Belgium-Luxembourg ``BLX``).
    iso2 : str or None
        ISO 3166-1 alpha-2. Namibia's is the text ``NA``.
    name, article, adjective, demonym : str
        How it is printed: "United States", "the", "American", "American".
    status : str
        ``member`` of the United Nations, ``observer``, ``partial`` (recognised by some),
        ``territory``, ``former`` or ``statistical`` (an area that only statistics know).
    capital, currency, region, subregion : str
        Capital, ISO 4217 code, UN M49 region and sub-region; empty where there is none.
    valid_from, valid_to : int or None
        First and last year in which it stands apart from its predecessor and successors.
    successors : tuple of str
        ISO3 codes of what followed a former state, or of the parts of a statistical area.
    codes : mapping of str to str
        Its code with each publisher, where it has one.
    """

    iso3: str
    iso2: str | None
    name: str
    article: str
    adjective: str
    demonym: str
    status: str
    capital: str
    currency: str
    region: str
    subregion: str
    valid_from: int | None
    valid_to: int | None
    successors: tuple[str, ...]
    codes: Mapping[str, str] = field(hash=False)

    @property
    def sovereign(self) -> bool:
        """Whether it is a member of the United Nations today."""
        return self.status == "member"

    @property
    def current(self) -> bool:
        """Whether it exists today, and not only in statistics."""
        return self.status not in ("former", "statistical")

    @property
    def with_article(self) -> str:
        """The name as it stands in a sentence: "the United States", "India"."""
        return f"{self.article} {self.name}".strip()

    @property
    def label(self) -> str:
        """Name and code, as lists and error messages show them."""
        return f"{self.name} ({self.iso3})"

    def exists_in(self, year: int) -> bool:
        """Say whether it stands on its own in a year."""
        starts = self.valid_from is None or self.valid_from <= year
        return starts and (self.valid_to is None or year <= self.valid_to)

    def __str__(self) -> str:
        return self.name


def country(text: str) -> Country:
    """Return the country that a person means.

    Case, accents and punctuation do not count.

    Parameters
    ----------
    text : str
        ISO2, ISO3, a name, an abbreviation, a former name, an adjective or a capital.

    Raises
    ------
    UnknownNameError
        Nobody knows a country by that name; the hint says what may have been meant.
    AmbiguousNameError
        More than one country answers to it ("Korea", "Congo", "Guinea").

    Examples
    --------
    >>> country("in").name, country("U.S.A.").iso3, country("cote d'ivoire").iso3
    ('India', 'USA', 'CIV')
    >>> country("Rusia")
    Traceback (most recent call last):
        ...
    comity.errors.UnknownNameError: No country is known as 'Rusia'. Did you mean Russia (RUS)?
    """
    key = name_key(text)
    both = ambiguous().get(key)
    if both:
        raise AmbiguousNameError(
            "country", text.strip(), [all_by_iso3()[code].label for code in both]
        )
    iso3 = name_index().get(key)
    if iso3 is None:
        error = UnknownNameError("country", text.strip(), suggest(text, _suggestions()))
        if key in _bloc_names():
            error.hint = "It is a bloc of countries: name one of its members."
        raise error
    return all_by_iso3()[iso3]


def list_countries(*, current: bool = False) -> tuple[Country, ...]:
    """Return countries, territories, former states and statistical areas, by ISO3.

    Parameters
    ----------
    current : bool
        Leave out what exists no more or only in statistics.
    """
    return tuple(c for c in all_by_iso3().values() if c.current or not current)


def by_iso3(iso3: str) -> Country:
    """Return a country by its exact ISO3 code, as tables hold it.

    Raises
    ------
    UnknownNameError
        No country has that code.
    """
    try:
        return all_by_iso3()[iso3]
    except KeyError:
        raise UnknownNameError("country code", iso3) from None


def aliases(iso3: str, *kinds: str) -> tuple[str, ...]:
    """Return the other names of a country.

    Parameters
    ----------
    iso3 : str
        The country.
    *kinds : str
        Only of these kinds: ``name``, ``abbrev``, ``former``, ``local``, ``adjective``,
        ``demonym``, ``capital``.
    """
    rows = read_table("country_aliases")
    return tuple(
        r["alias"] for r in rows if r["iso3"] == iso3 and (not kinds or r["kind"] in kinds)
    )


@cache
def all_by_iso3() -> Mapping[str, Country]:
    """Return every country by its ISO3 code."""
    codes = ("m49", "comtrade", "baci", "imf", "cow", "fips", "cameo", "undl")
    names = ("unvotes", "sipri", "desta")
    return MappingProxyType(
        {
            row["iso3"]: Country(
                iso3=row["iso3"],
                iso2=row["iso2"] or None,
                name=row["name"],
                article=row["article"],
                adjective=row["adjective"],
                demonym=row["demonym"],
                status=row["status"],
                capital=row["capital"],
                currency=row["currency"],
                region=row["region"],
                subregion=row["subregion"],
                valid_from=int(row["valid_from"]) if row["valid_from"] else None,
                valid_to=int(row["valid_to"]) if row["valid_to"] else None,
                successors=split_cell(row["successors"]),
                codes=MappingProxyType({c: row[c] for c in (*codes, *names) if row[c]}),
            )
            for row in read_table("countries")
        }
    )


@cache
def ambiguous() -> Mapping[str, tuple[str, ...]]:
    """Return key of each name that several countries answer to -> their ISO3 codes."""
    return {name_key(r["text"]): split_cell(r["iso3"]) for r in read_table("country_ambiguous")}


@cache
def name_index() -> Mapping[str, str]:
    """Return key of every name and code -> ISO3; codes win over names."""
    rows = read_table("countries")
    index = {name_key(row["alias"]): row["iso3"] for row in read_table("country_aliases")}
    index |= {name_key(row["name"]): row["iso3"] for row in rows}
    index |= {row["iso2"].casefold(): row["iso3"] for row in rows if row["iso2"]}
    return index | {row["iso3"].casefold(): row["iso3"] for row in rows}


@cache
def _suggestions() -> Mapping[str, str]:
    known: dict[str, str] = {}
    for text, iso3 in name_index().items():
        if len(text) > 3:
            known[text] = all_by_iso3()[iso3].label
    return known


@cache
def _bloc_names() -> frozenset[str]:
    rows = read_table("blocs")
    return frozenset(
        name_key(name)
        for row in rows
        for name in (row["id"], row["name"], *filter(None, row["aliases"].split(";")))
    )
