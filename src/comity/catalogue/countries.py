"""Countries, the names people give them, and the codes publishers give them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from comity.catalogue._names import name_key, suggest
from comity.catalogue._tables import read_table, split_cell, year_in
from comity.errors import AmbiguousNameError, UnknownNameError

if TYPE_CHECKING:
    import pandas as pd

_NUMERIC = ("m49", "comtrade", "baci", "imf", "cow")


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


@dataclass(frozen=True, slots=True)
class Area:
    """A code in a publisher's country column that is no country: a region, bunkers, "nes"."""

    code: str
    name: str
    kind: str


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
    both = _ambiguous().get(key)
    if both:
        raise AmbiguousNameError("country", text.strip(), [_by_iso3()[code].label for code in both])
    iso3 = _by_name().get(key)
    if iso3 is None:
        error = UnknownNameError("country", text.strip(), suggest(text, _suggestions()))
        if key in _bloc_names():
            error.hint = "It is a bloc of countries: name one of its members."
        raise error
    return _by_iso3()[iso3]


def list_countries(*, current: bool = False) -> tuple[Country, ...]:
    """Return countries, territories, former states and statistical areas, by ISO3.

    Parameters
    ----------
    current : bool
        Leave out what exists no more or only in statistics.
    """
    return tuple(c for c in _by_iso3().values() if c.current or not current)


def by_iso3(iso3: str) -> Country:
    """Return a country by its exact ISO3 code, as tables hold it.

    Raises
    ------
    UnknownNameError
        No country has that code.
    """
    try:
        return _by_iso3()[iso3]
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


def schemes() -> tuple[str, ...]:
    """Return the names of the code schemes that `from_code` and `to_iso3` know."""
    return tuple(_SCHEMES)


def from_code(code: object, scheme: str, year: int | None = None) -> str | None:
    """Return the ISO3 code of what a publisher means by a code or a name.

    Parameters
    ----------
    code : str or number
        The publisher's code. Numbers may have leading zeros or none.
    scheme : str
        One of `schemes`: ``iso2``, ``iso3`` (with the World Bank's and CEPII's own), ``m49``,
        ``comtrade``, ``baci``, ``cow``, ``imf``, ``fips``, ``cameo``, ``name`` and so on.
    year : int, optional
        Year of the observation, for codes that passed from one state to the next (COW 365 is the
        Soviet Union up to 1991). Without it the latest holder is meant.

    Returns
    -------
    str or None
        None for what is no country or is not known; `area` tells the two apart.

    Examples
    --------
    >>> from_code(699, "baci"), from_code("NA", "iso2"), from_code(490, "comtrade")
    ('IND', 'NAM', 'TWN')
    >>> from_code(365, "cow", 1980), from_code(365, "cow", 2000), from_code("WLD", "iso3")
    ('SUN', 'RUS', None)
    """
    index, is_name = _crosswalk(scheme)
    text = _code_text(code, scheme)
    for iso3, start, end in index.get(name_key(text) if is_name else text, ()):
        if year_in(year, start, end):
            return iso3
    return None


def to_iso3(codes: pd.Series, scheme: str, year: pd.Series | int | None = None) -> pd.Series:
    """Map a column of publisher's codes to ISO3 codes.

    Parameters
    ----------
    codes : pandas.Series
        Codes or names.
    scheme : str
        As for `from_code`.
    year : pandas.Series or int, optional
        Years of the observations, where codes passed from one state to the next.

    Returns
    -------
    pandas.Series
        ISO3 codes of dtype ``string`` on the same index, with ``<NA>`` where there is no country.
    """
    import pandas as pd

    if isinstance(year, pd.Series):
        pairs = pd.DataFrame({"code": codes, "year": year})
        unique = pairs.drop_duplicates().itertuples(index=False, name=None)
        known = {(c, y): from_code(c, scheme, int(y)) for c, y in unique if not pd.isna(c)}
        found = [known.get(pair) for pair in pairs.itertuples(index=False, name=None)]
        return pd.Series(found, index=codes.index, name=codes.name, dtype="string")
    mapping = {c: from_code(c, scheme, year) for c in codes.dropna().unique()}
    return codes.map(mapping).astype("string")


def unmapped(codes: pd.Series, scheme: str) -> list[str]:
    """Return the codes of a column that are neither a country nor a known area, sorted."""
    return sorted(
        str(code)
        for code in codes.dropna().unique()
        if from_code(code, scheme) is None and area(code, scheme) is None
    )


def area(code: object, scheme: str) -> Area | None:
    """Return what a code stands for when it stands for no country, or None.

    Examples
    --------
    >>> area("SSF", "iso3").name, area(899, "baci").kind
    ('Sub-Saharan Africa', 'unspecified')
    """
    _crosswalk(scheme)
    home = "comtrade" if scheme in _NUMERIC else "iso3"
    return _areas().get((home, _code_text(code, scheme)))


# Scheme -> column of countries.csv, schemes of country_codes.csv, whether it holds names.
_SCHEMES: Mapping[str, tuple[str, tuple[str, ...], bool]] = MappingProxyType(
    {
        "iso3": ("iso3", ("iso3",), False),
        "iso2": ("iso2", (), False),
        "m49": ("m49", ("m49",), False),
        "desa": ("m49", ("m49",), False),
        "comtrade": ("comtrade", ("comtrade",), False),
        "baci": ("baci", ("baci",), False),
        "imf": ("imf", (), False),
        "cow": ("cow", ("cow",), False),
        "fips": ("fips", ("fips",), False),
        "cameo": ("cameo", ("cameo",), False),
        "undl": ("undl", (), False),
        "cepii": ("iso3", ("cepii", "iso3"), False),
        "wb": ("iso3", ("iso3",), False),
        "wits": ("iso3", ("iso3",), False),
        "openalex": ("iso2", (), False),
        "unvotes": ("unvotes", ("unvotes",), True),
        "sipri": ("sipri", ("sipri",), True),
        "desta": ("desta", (), True),
        "name": ("name", ("name",), True),
    }
)

_Holders = tuple[tuple[str, str, str], ...]


def _code_text(code: object, scheme: str) -> str:
    """Return a code as the tables hold it: numbers without leading zeros or decimals."""
    text = str(code).strip()
    if scheme in (*_NUMERIC, "desa"):
        text = text.removesuffix(".0").lstrip("0") or "0"
    elif not _SCHEMES[scheme][2]:
        text = text.upper()
    return text


@cache
def _crosswalk(scheme: str) -> tuple[Mapping[str, _Holders], bool]:
    """Return code -> holders (iso3, first year, last year), and whether the codes are names."""
    if scheme not in _SCHEMES:
        raise UnknownNameError("code scheme", scheme, suggest(scheme, {s: s for s in _SCHEMES}))
    column, extra, is_name = _SCHEMES[scheme]
    index: dict[str, _Holders] = {}

    def key(text: str) -> str:
        return name_key(text) if is_name else text

    # Extra codes come first: they may say that a code of the main table changed hands. Of two
    # schemes, the first one named wins.
    for home in extra:
        found: dict[str, _Holders] = {}
        for row in read_table("country_codes"):
            if row["scheme"] == home:
                holder = (row["iso3"], row["valid_from"], row["valid_to"])
                found[key(row["code"])] = (*found.get(key(row["code"]), ()), holder)
        index = {**found, **index}
    for row in read_table("countries"):
        if row[column]:
            index.setdefault(key(row[column]), ((row["iso3"], "", ""),))
    if is_name:
        # Publishers change their labels, so any name that is not a mere code will do.
        short = {code.casefold() for c in _by_iso3().values() for code in (c.iso2 or "", c.iso3)}
        for text, iso3 in _by_name().items():
            if text not in short and text not in _ambiguous():
                index.setdefault(text, ((iso3, "", ""),))
        for row in read_table("country_codes"):
            if row["scheme"] == "name":
                index.setdefault(name_key(row["code"]), ((row["iso3"], "", ""),))
    return index, is_name


@cache
def _by_iso3() -> Mapping[str, Country]:
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
def _ambiguous() -> Mapping[str, tuple[str, ...]]:
    return {name_key(r["text"]): split_cell(r["iso3"]) for r in read_table("country_ambiguous")}


@cache
def _by_name() -> Mapping[str, str]:
    """Return key of every name and code -> ISO3; codes win over names."""
    rows = read_table("countries")
    index = {name_key(row["alias"]): row["iso3"] for row in read_table("country_aliases")}
    index |= {name_key(row["name"]): row["iso3"] for row in rows}
    index |= {row["iso2"].casefold(): row["iso3"] for row in rows if row["iso2"]}
    return index | {row["iso3"].casefold(): row["iso3"] for row in rows}


@cache
def _suggestions() -> Mapping[str, str]:
    known: dict[str, str] = {}
    for text, iso3 in _by_name().items():
        if len(text) > 3:
            known[text] = _by_iso3()[iso3].label
    return known


@cache
def _bloc_names() -> frozenset[str]:
    rows = read_table("blocs")
    return frozenset(
        name_key(name)
        for row in rows
        for name in (row["id"], row["name"], *filter(None, row["aliases"].split(";")))
    )


@cache
def _areas() -> Mapping[tuple[str, str], Area]:
    return {
        (r["scheme"], r["code"]): Area(r["code"], r["name"], r["kind"]) for r in read_table("areas")
    }
