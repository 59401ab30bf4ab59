"""The codes and names that publishers give to countries, mapped to ISO3."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from comity.catalogue._names import name_key, suggest
from comity.catalogue._places import all_by_iso3, ambiguous, name_index
from comity.catalogue._tables import read_table, year_in
from comity.errors import UnknownNameError

if TYPE_CHECKING:
    import pandas as pd

# SIPRI marks who is no state behind the name; the longer mark comes first.
_SIPRI_MARKS = {"**": "organisation", "*": "armed group"}
_NUMERIC = ("m49", "comtrade", "baci", "imf", "cow")


@dataclass(frozen=True, slots=True)
class Area:
    """A code in a publisher's country column that is no country: a region, bunkers, "nes"."""

    code: str
    name: str
    kind: str


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
    _, is_name = _crosswalk(scheme)
    text = _code_text(code, scheme)
    if not is_name:
        home = "comtrade" if scheme in _NUMERIC else "iso3"
        return _areas().get((home, text))
    for mark, kind in _SIPRI_MARKS.items() if scheme == "sipri" else ():
        if text.endswith(mark):
            return Area(text, text.removesuffix(mark), kind)
    return _areas().get(("name", name_key(text)))


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
        "dgcis": ("name", ("dgcis", "name"), True),
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
        # Publishers change their labels, so any name will do. ISO2 codes will not: in a column of
        # names "NA" is a gap and no country.
        short = {(c.iso2 or "").casefold() for c in all_by_iso3().values()}
        for text, iso3 in name_index().items():
            if text not in short and text not in ambiguous():
                index.setdefault(text, ((iso3, "", ""),))
        for row in read_table("country_codes"):
            if row["scheme"] == "name":
                index.setdefault(name_key(row["code"]), ((row["iso3"], "", ""),))
    return index, is_name


@cache
def _areas() -> Mapping[tuple[str, str], Area]:
    index: dict[tuple[str, str], Area] = {}
    for r in read_table("areas"):
        code = name_key(r["code"]) if r["scheme"] == "name" else r["code"]
        index[r["scheme"], code] = Area(r["code"], r["name"], r["kind"])
    return index
