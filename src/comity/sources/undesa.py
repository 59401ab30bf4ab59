"""UN DESA, Population Division: International Migrant Stock."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd

from comity import catalogue
from comity.errors import InputFileError, UsageError
from comity.sources.fetching import Client
from comity.sources.publisher import Found, Publisher, Request, Sample, Tables
from comity.sources.reading import countries, integers, numbers, read_table

STOCK = "un-desa-migrants-2024"
OLDER = "un-desa-migrants"
FILES = (
    "https://www.un.org/development/desa/pd/sites/www.un.org.development.desa.pd/files/"
    "undesa_pd_{edition}_ims_stock_by_sex_destination_and_origin.xlsx"
)
EDITIONS = ("2020", "2024")

_SUM = ("value", "sum")
_TO, _FROM = "Location code of destination", "Location code of origin"
_SHEET = "Table 1"
_WORLD = "900"
_FIRST_AGGREGATE = 900  # codes from here on are groups of countries
_HEADER_WITHIN = 30
_REGION = "Micronesia"  # the country is Micronesia (Fed. States of)
_LONG = '"geo","t","from","sex","n"'
_WIDE = "Year,Destination,Total,Other South,Other North,"
_HINT = "Take the workbook as it was downloaded: stock by sex, destination and origin."


def recognise(sample: Sample) -> Found | None:
    """Return which edition of the migrant stock a file is, None where it is none."""
    if sample.header.startswith(_LONG):
        # The long form does not say which edition it is: the years of its first countries do.
        return _found("2024" if ",2024," in sample.text else "2020", "long")
    if sample.header.startswith(_WIDE):
        return _found("2019", "wide")
    if "xl/workbook.xml" in sample.members:
        words = _words(sample)
        if _TO in words and _FROM in words:
            edition = re.search(r"International Migrant Stock (\d{4})", words)
            return _found(edition[1] if edition else "", "workbook")
    return None


def _words(sample: Sample) -> str:
    """Return the beginning of a workbook's texts."""
    for member in ("xl/sharedStrings.xml", "xl/worksheets/sheet1.xml"):
        if member in sample.members:
            return re.sub("<[^>]*>", "", sample.peek(member).decode("utf-8", "replace"))
    return ""


def _found(edition: str, layout: str) -> Found:
    return Found(
        publisher="undesa",
        what=f"UN DESA International Migrant Stock {edition}".strip(),
        layout=layout,
        source=f"{OLDER}-{edition}" if edition else OLDER,
        catalogue=STOCK if edition == "2024" else OLDER,
        version=edition or None,
    )


def read(path: Path, found: Found) -> Tables:
    """Read migrant stocks as rows of ``ties`` and ``facts``; see `read_migrants`.

    Raises
    ------
    InputFileError
        The file is not what it should be; the error names the row and the column.
    """
    reader = {"long": _read_long, "wide": _read_wide, "workbook": _read_workbook}[found.layout]
    people, left_out = reader(path)
    if found.layout == "long":
        ties, facts = _tie_rows(people, found.source), _fact_rows(people, found.source)
    else:
        # These layouts print the totals: sums over listed origins would lack the unlisted ones.
        both = people[["origin", "destination"]]
        ties = _tie_rows(people[(both != "WLD").all(axis=1)], found.source)
        facts = _printed_totals(people, found.source)
    ties.attrs["left_out"] = left_out
    return {"ties": ties, "facts": facts}


def fetch(client: Client, request: Request, folder: Path) -> list[Path]:
    """Bring the workbook of an edition (option ``edition``: 2024, the default, or 2020).

    Raises
    ------
    UsageError
        Something was asked for that one workbook of all countries and years does not know.
    FetchError
        The publisher refused or kept failing.
    """
    edition = request.options.get("edition", EDITIONS[-1])
    asked = (request.countries, request.partners, request.products, request.years)
    if edition not in EDITIONS or any(asked) or set(request.options) - {"edition"}:
        raise UsageError(
            "UN DESA has one workbook an edition, with all countries and years.",
            f"Leave the rest out, or choose an edition: --option edition={' or '.join(EDITIONS)}.",
        )
    url = FILES.format(edition=edition)
    # The publisher's server turns away what does not call itself compatible with a browser.
    agent = {"User-Agent": "Mozilla/5.0 (compatible; comity)"}
    target = folder / url.rsplit("/", 1)[-1]
    return [client.download(url, target, expect="xlsx", headers=agent)]


def read_migrants(path: Path, source: str = STOCK) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read migrant stocks in their long form: who was born in one country and lives in another.

    Parameters
    ----------
    path : Path
        Long form by sex: ``geo`` (lives in), ``t``, ``from`` (born in), ``sex``, ``n``.
    source : str
        Id of the source.

    Returns
    -------
    ties : DataFrame
        `ties`, indicator ``migrants``: persons born in origin living in destination, both sexes.
        A pair that the file does not list is missing, not zero.
    facts : DataFrame
        `facts`: ``migrants_hosted`` by country of residence and ``migrants_abroad`` by country of
        birth, over all the file's rows, those of unknown origin included; and ``WLD``.
    """
    people, _ = _read_long(path)
    return _tie_rows(people, source), _fact_rows(people, source)


def _read_long(path: Path) -> tuple[pd.DataFrame, dict[str, int]]:
    frame = read_table(path, ["geo", "t", "from", "n"])
    people = pd.DataFrame(
        {
            "year": integers(frame, "t", path),
            "origin": countries(frame, "from", path),
            "destination": countries(frame, "geo", path),
            "value": numbers(frame, "n", path),
        }
    )
    return people, {}


def _read_wide(path: Path) -> tuple[pd.DataFrame, dict[str, int]]:
    """Read the edition of 2019: a column an origin, names in English, aggregates among the rows."""
    names = pd.read_csv(path, nrows=0, encoding="utf-8-sig").columns.str.strip()
    frame = read_table(path, list(names))
    regions = {name for name in frame["Destination"].unique() if not _is_place(name)}
    frame = frame[~frame["Destination"].isin(regions)]
    cells = frame.melt(["Year", "Destination"], var_name="born", value_name="n", ignore_index=False)
    # Two dots: not known. A dash stands where Montenegro and Albania would be: neither is a zero.
    cells["n"] = cells["n"].str.replace(" ", "").replace({"..": "", "-": ""})
    cells = cells.assign(year=integers(cells, "Year", path), value=numbers(cells, "n", path))
    people, left_out = _as_people(cells, "Destination", "born", "name", {"WORLD", "Total"})
    return people, left_out


def _is_place(name: str) -> bool:
    """Whether a row of the edition of 2019 is a country, or the world."""
    known = catalogue.from_code(name, "name") is not None and name.strip() != _REGION
    return known or name == "WORLD"


def _read_workbook(path: Path) -> tuple[pd.DataFrame, dict[str, int]]:
    """Read the sheet of both sexes: a row a pair, a column a year."""
    rows = _sheet(path)
    place = next(
        (n for n, row in enumerate(rows[:_HEADER_WITHIN]) if {_TO, _FROM} <= {*map(_text, row)}),
        None,
    )
    if place is None:
        raise InputFileError(
            f"{path.name}: no row of the sheet '{_SHEET}' has the columns '{_TO}' and '{_FROM}'.",
            _HINT,
        )
    heads = [_text(cell) for cell in rows[place]]
    years: dict[int, int] = {}
    for column, head in enumerate(heads):
        if re.fullmatch(r"(19|20)\d\d", head):
            years.setdefault(int(head), column)  # the blocks of men and women repeat the years
    if not years:
        raise InputFileError(f"{path.name}, row {place + 1}: no column is a year.", _HINT)
    to, born = heads.index(_TO), heads.index(_FROM)
    records = [
        (_text(row[to]), _text(row[born]), year, _count(path, number, year, row[column]))
        for number, row in enumerate(rows[place + 1 :], place + 2)
        if _text(row[to]) and _text(row[born])
        for year, column in years.items()
    ]
    cells = pd.DataFrame(records, columns=["to", "born", "year", "value"])
    people, left_out = _as_people(cells, "to", "born", "desa", {_WORLD})
    return people, left_out


def _sheet(path: Path) -> list[list[Any]]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(str(path))
        if _SHEET not in book.sheet_names:
            raise InputFileError(
                f"{path.name} has no sheet '{_SHEET}': it has {', '.join(book.sheet_names)}.", _HINT
            )
        return list(book.get_sheet_by_name(_SHEET).to_python(skip_empty_area=False))
    except (CalamineError, OSError, zipfile.BadZipFile) as error:
        raise InputFileError(f"{path.name} is no workbook ({error}).", _HINT) from None


def _text(cell: Any) -> str:  # noqa: ANN401 - a cell is anything
    """Return a cell as text; whole numbers without decimals."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _count(path: Path, row: int, year: int, cell: Any) -> float:  # noqa: ANN401
    """Return a count of persons; two dots and an empty cell are missing."""
    if isinstance(cell, (int, float)) and cell >= 0:
        return float(cell)
    text = str(cell).strip().replace(" ", "")
    if text in ("", "..", "..."):
        return float("nan")
    if text.isdigit():
        return float(text)
    raise InputFileError(
        f"{path.name}, sheet '{_SHEET}', row {row}: '{text}' in the column {year} is no count of "
        "persons.",
        _HINT,
    )


def _as_people(
    cells: pd.DataFrame, to: str, born: str, scheme: str, world: set[str]
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Map both sides to countries; regions go, and what nobody knows is counted and left out."""
    cells = cells.dropna(subset=["value"])
    sides: dict[str, pd.Series[str]] = {}
    left_out: dict[str, int] = {}
    for name, column in (("origin", born), ("destination", to)):
        codes = cells[column].astype(str)
        found = catalogue.to_iso3(codes, scheme).astype(object).where(~codes.isin(world), "WLD")
        strange = codes[found.isna()].value_counts().to_dict()
        unknown = {str(c): n for c, n in strange.items() if not _is_group(str(c), scheme)}
        left_out.update({f"the unknown code '{code}'": n for code, n in unknown.items()})
        sides[name] = found
    people = pd.DataFrame({**sides, "year": cells["year"], "value": cells["value"]}).dropna()
    # Australia and New Zealand are listed twice: once as a region, once among the countries.
    return people.drop_duplicates(["year", "origin", "destination"]), left_out


def _is_group(code: str, scheme: str) -> bool:
    if code.isdigit():
        return int(code) >= _FIRST_AGGREGATE
    return catalogue.countries.area(code, scheme) is not None


def _tie_rows(people: pd.DataFrame, source: str) -> pd.DataFrame:
    ties = people.dropna(subset=["origin", "destination"])
    ties = ties.groupby(["year", "origin", "destination"], as_index=False).agg(value=_SUM)
    return ties.assign(indicator="migrants", unit="persons", source=source)


def _fact_rows(people: pd.DataFrame, source: str) -> pd.DataFrame:
    facts = [
        _totals(people, "destination", "migrants_hosted"),
        _totals(people, "origin", "migrants_abroad"),
        people.groupby("year", as_index=False)
        .agg(value=_SUM)
        .assign(country="WLD", indicator="migrants_hosted"),
    ]
    return pd.concat(facts, ignore_index=True).assign(unit="persons", source=source)


def _printed_totals(people: pd.DataFrame, source: str) -> pd.DataFrame:
    """Return what a table says of a country and the world."""
    hosted = people[people["origin"] == "WLD"].rename(columns={"destination": "country"})
    abroad = people[(people["destination"] == "WLD") & (people["origin"] != "WLD")]
    abroad = abroad.rename(columns={"origin": "country"})
    parts = [
        hosted[["year", "country", "value"]].assign(indicator="migrants_hosted"),
        abroad[["year", "country", "value"]].assign(indicator="migrants_abroad"),
    ]
    return pd.concat(parts, ignore_index=True).assign(unit="persons", source=source)


def _totals(people: pd.DataFrame, side: str, indicator: str) -> pd.DataFrame:
    totals = people.dropna(subset=[side]).groupby(["year", side], as_index=False).agg(value=_SUM)
    return totals.rename(columns={side: "country"}).assign(indicator=indicator)


PUBLISHER = Publisher("undesa", (STOCK, OLDER), recognise, read, fetch)
