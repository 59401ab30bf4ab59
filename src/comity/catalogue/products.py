"""Goods: the Harmonized System of 2022, the sector groups made of it, and BEC end uses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from comity.catalogue._names import name_key, suggest
from comity.catalogue._tables import read_table
from comity.errors import UnknownNameError

TOTAL = "TOTAL"
_CHAPTER, _HEADING, _SUBHEADING = 2, 4, 6


@dataclass(frozen=True, slots=True)
class Section:
    """One of the 21 sections of the Harmonized System, by Roman number."""

    id: str
    number: int
    first_chapter: str
    last_chapter: str
    label: str
    description: str


@dataclass(frozen=True, slots=True)
class Product:
    """All goods, a chapter, a heading or a subheading of the Harmonized System.

    Attributes
    ----------
    code : str
        Two, four or six digits with leading zeros, or ``TOTAL``.
    label, description : str
        Short name for charts (chapters have one of their own), official text.
    section : str
        Roman number of its section; empty for ``TOTAL`` and chapters of national use.
    kind : str
        ``total``, ``chapter``, ``heading``, ``subheading``, ``reserved`` (77) or ``national``
        (98 and 99, which mean in each country's statistics what that country says).
    """

    code: str
    label: str
    description: str
    section: str
    kind: str

    @property
    def parent(self) -> str:
        """Code of the next level up; empty for ``TOTAL``."""
        if self.code == TOTAL:
            return ""
        return self.code[:-2] or TOTAL


@dataclass(frozen=True, slots=True)
class Sector:
    """A group of goods that people speak of, such as "pharmaceuticals".

    ``note`` says what the two digits of a chapter cannot tell.
    """

    id: str
    name: str
    order: int
    description: str
    note: str

    @property
    def label(self) -> str:
        """The name, as charts show it."""
        return self.name


def product(code: str) -> Product:
    """Return a product by its HS code; dots and spaces do not count.

    Raises
    ------
    UnknownNameError
        The Harmonized System of 2022 has no such code. Older editions have codes of their own.

    Examples
    --------
    >>> product("27").label, product("3004.90").kind, product("30").parent
    ('Mineral fuels and oils', 'subheading', 'TOTAL')
    """
    plain = _plain(code)
    if plain == TOTAL:
        return Product(TOTAL, "All goods", "All goods", "", "total")
    if plain in _chapters():
        return _chapters()[plain]
    if len(plain) in (_HEADING, _SUBHEADING):
        kind = "heading" if len(plain) == _HEADING else "subheading"
        text = _descriptions(kind).get(plain)
        if text is not None:
            return Product(plain, text, text, _chapters()[plain[:2]].section, kind)
    raise UnknownNameError("product of HS 2022", code)


def products(level: int) -> tuple[Product, ...]:
    """Return every chapter (level 2), heading (4) or subheading (6), by code.

    The 97 chapters are those of the Harmonized System, 01 to 97 without the reserved 77, and 99.
    """
    if level == _CHAPTER:
        return tuple(c for code, c in _chapters().items() if code not in ("77", "98"))
    kind = {_HEADING: "heading", _SUBHEADING: "subheading"}[level]
    return tuple(
        Product(code, text, text, _chapters()[code[:2]].section, kind)
        for code, text in _descriptions(kind).items()
    )


def chapter(code: str) -> Product:
    """Return the chapter of an HS code of any length.

    Raises
    ------
    UnknownNameError
        The code does not start with a chapter.

    Examples
    --------
    >>> chapter("300490").label, chapter("3").label
    ('Pharmaceuticals', 'Fish and seafood')
    """
    plain = _plain(code)
    digits = plain.zfill(_CHAPTER) if len(plain) == 1 else plain[:_CHAPTER]
    if digits not in _chapters():
        raise UnknownNameError("chapter of HS 2022", code)
    return _chapters()[digits]


def chapters() -> tuple[Product, ...]:
    """Return the 97 chapters."""
    return products(_CHAPTER)


def sections() -> tuple[Section, ...]:
    """Return the 21 sections in order."""
    return tuple(_sections().values())


def section(text: str) -> Section:
    """Return a section by its Roman or Arabic number.

    Examples
    --------
    >>> section("V").label, section("5").first_chapter
    ('Mineral products', '25')
    """
    for row in sections():
        if text.strip().upper() in (row.id, str(row.number), f"{row.number:02d}"):
            return row
    raise UnknownNameError("section of HS 2022", text)


def sectors() -> tuple[Sector, ...]:
    """Return the sector groups in the order in which they are shown."""
    return tuple(_sectors().values())


def sector(text: str) -> Sector:
    """Return a sector group by id or name.

    Raises
    ------
    UnknownNameError
        There is none; the hint says what may have been meant.
    """
    names = {name_key(s.name): id_ for id_, s in _sectors().items()}
    index = names | {name_key(id_.replace("_", " ")): id_ for id_ in _sectors()}
    key = name_key(text.replace("_", " "))
    if key not in index:
        raise UnknownNameError("sector", text, suggest(text.replace("_", " "), index))
    return _sectors()[index[key]]


def sector_of(hs: str) -> Sector:
    """Return the sector group of an HS code: the longest code in the table that begins it.

    Works for codes of any edition: chapters hardly change their meaning between editions.

    Raises
    ------
    UnknownNameError
        The code does not start with a chapter.

    Examples
    --------
    >>> sector_of("27").id, sector_of("03").id, sector_of("160521").id, sector_of("16").id
    ('energy', 'marine', 'marine', 'processed_food')
    """
    plain = _plain(hs)
    for length in range(len(plain), 1, -1):
        found = _sector_codes().get(plain[:length])
        if found:
            return _sectors()[found]
    raise UnknownNameError("chapter of HS 2022", hs)


def codes_of(sector_id: str) -> tuple[str, ...]:
    """Return the HS codes that define a sector group; a longer code is taken out of its chapter."""
    found = sector(sector_id).id
    return tuple(code for code, home in _sector_codes().items() if home == found)


def bec(hs6: str) -> tuple[str, ...]:
    """Return the BEC (revision 4) categories of a subheading, as the UN publishes them.

    Most have one, some have two; monetary gold (710820) and coin (711890) have none.

    Examples
    --------
    >>> bec("270900"), bec("300490")
    (('31',), ('63',))
    """
    return _bec().get(_plain(hs6), ())


def end_use(hs6: str) -> str | None:
    """Return ``capital``, ``intermediate`` or ``consumption``, or None where BEC does not say.

    Passenger cars (51), motor spirit (321) and goods in categories of two uses have none.

    Examples
    --------
    >>> end_use("270900"), end_use("840130"), end_use("870321")
    ('intermediate', 'capital', None)
    """
    uses = {_end_uses().get(category, "") for category in bec(hs6)}
    return uses.pop() or None if len(uses) == 1 else None


def _plain(code: str) -> str:
    text = code.strip().replace(".", "").replace(" ", "").upper()
    return text if text.isdigit() or text == TOTAL else ""


@cache
def _chapters() -> Mapping[str, Product]:
    return {
        row["hs2"]: Product(
            code=row["hs2"],
            label=row["label"],
            description=row["description"],
            section=row["section"],
            kind="chapter" if row["kind"] == "hs" else row["kind"],
        )
        for row in read_table("hs_chapters")
    }


@cache
def _descriptions(kind: str) -> Mapping[str, str]:
    column = "hs4" if kind == "heading" else "hs6"
    return {row[column]: row["description"] for row in read_table(f"hs_{kind}s")}


@cache
def _sections() -> Mapping[str, Section]:
    return {
        row["section"]: Section(
            id=row["section"],
            number=int(row["number"]),
            first_chapter=row["first_chapter"],
            last_chapter=row["last_chapter"],
            label=row["label"],
            description=row["description"],
        )
        for row in read_table("hs_sections")
    }


@cache
def _sectors() -> Mapping[str, Sector]:
    return {
        row["id"]: Sector(
            row["id"], row["name"], int(row["order"]), row["description"], row["note"]
        )
        for row in read_table("sectors")
    }


@cache
def _sector_codes() -> Mapping[str, str]:
    return {row["hs"]: row["sector"] for row in read_table("hs_sectors")}


@cache
def _bec() -> Mapping[str, tuple[str, ...]]:
    index: dict[str, tuple[str, ...]] = {}
    for row in read_table("hs_bec"):
        index[row["hs6"]] = (*index.get(row["hs6"], ()), row["bec"])
    return index


@cache
def _end_uses() -> Mapping[str, str]:
    return {row["bec"]: row["end_use"] for row in read_table("bec")}
