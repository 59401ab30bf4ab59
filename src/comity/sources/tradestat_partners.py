"""India's Department of Commerce: all partners, from monthly tables and from commodity tables.

Partners are named as the data bank names them, cut to fifteen letters or so.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from comity import catalogue
from comity.errors import InputFileError
from comity.lake.schema import TOTAL, WORLD
from comity.sources.reading import numbers, read_table

MONTHLY = "dgcis-meidb"
COMMODITIES = "dgcis-principal-commodities"

_MONTHS = 12
_MILLION = 1_000_000
_FIRST_MONTH = 4  # India's fiscal year begins in April

# The data bank's names that no list of countries has. An empty code is no country.
_NAMES = {
    "AFGHANISTAN TIS": "AFG",
    "AMERI SAMOA": "ASM",
    "ANTARTICA": "ATA",
    "BAHARAIN IS": "BHR",
    "BANGLADESH PR": "BGD",
    "BOSNIA-HRZGOVIN": "BIH",
    "BR VIRGN IS": "VGB",
    "C AFRI REP": "CAF",
    "CANARY IS": "",
    "CAPE VERDE IS": "CPV",
    "CAYMAN IS": "CYM",
    "CHANNEL IS": "XCX",
    "CHRISTMAS IS.": "CXR",
    "COCOS IS": "CCK",
    "COOK IS": "COK",
    "DOMINIC REP": "DOM",
    "EQUTL GUINEA": "GNQ",
    "FALKLAND IS": "FLK",
    "FAROE IS.": "FRO",
    "FIJI IS": "FJI",
    "FR GUIANA": "GUF",
    "FR POLYNESIA": "PYF",
    "FR S ANT TR": "ATF",
    "HEARD MACDONALD": "HMD",
    "INSTALLATIONS IN INTERNATIONAL WATERS": "",
    "KIRIBATI REP": "KIR",
    "KYRGHYZSTAN": "KGZ",
    "MARSHALL ISLAND": "MHL",
    "N. MARIANA IS.": "MNP",
    "NA": "",
    "NAURU RP": "NRU",
    "NETHERLANDANTIL": "ANT",
    "NIUE IS": "NIU",
    "NORFOLK IS": "NFK",
    "PACIFIC IS": "",
    "PANAMA C Z": "",
    "PANAMA REPUBLIC": "PAN",
    "PITCAIRN IS.": "PCN",
    "SAHARWI A.DM RP": "ESH",
    "SAUDI ARAB": "SAU",
    "SERBIA MONTNGRO": "SCG",
    "SOLOMON IS": "SLB",
    "ST KITT N A": "KNA",
    "STATE OF PALEST": "PSE",
    "SVALLBARD AND JAN MAYEN": "SJM",
    "TOKELAU IS": "TKL",
    "TURKS C IS": "TCA",
    "U S A": "USA",
    "UNION OF SERBIA & MONTENEGRO": "SCG",
    "UNSPECIFIED": "",
    "VANUATU REP": "VUT",
    "VIRGIN IS US": "VIR",
    "WALLIS F IS": "WLF",
}


def read_monthly(path: Path, source: str = MONTHLY) -> pd.DataFrame:
    """Read monthly trade by partner, and add up the fiscal years that are complete.

    Parameters
    ----------
    path : Path
        ``Date, Country, Import_Value, Export_Value`` in million US dollars; an empty cell is a
        month in which the data bank prints nothing for the partner.
    source : str
        Id of the source.

    Returns
    -------
    DataFrame
        `flows`: sums of monthly figures, as they stood when the file was taken. ``WLD`` adds up all
        rows, those of no country included.
    """
    columns = ["Date", "Country", "Import_Value", "Export_Value"]
    frame = read_table(path, columns, encoding="latin-1")
    dates = pd.to_datetime(frame["Date"], format="%Y-%m-%d", errors="coerce")
    if dates.isna().any():
        row = int(dates.isna().to_numpy().argmax())
        raise InputFileError(f"{path.name}, line {row + 2}: '{frame['Date'][row]}' is no date.")
    year = dates.dt.year - (dates.dt.month < _FIRST_MONTH)
    months = dates.groupby(year).nunique()
    complete = year.isin(months[months == _MONTHS].index)
    rows = pd.DataFrame({"year": year, "partner": _partners(frame["Country"], path)})
    parts = []
    for column, export in (("Export_Value", True), ("Import_Value", False)):
        part = rows.assign(million=numbers(frame, column, path))[complete]
        parts.append(_flows(part.dropna(subset=["million"]), export=export))
    return pd.concat(parts, ignore_index=True).assign(source=source)


def read_principal(path: Path, year: int, source: str = COMMODITIES) -> pd.DataFrame:
    """Read exports by principal commodity and country, and add up each country's.

    Parameters
    ----------
    path : Path
        ``COMMODITY, COUNTRY, UNIT, QUANTITY, VALUE(US$ million)``, Latin-1, with padded names and
        a total in the last line, which becomes the exports to ``WLD``.
    year : int
        The year in which the fiscal year begins, which the file does not state.
    source : str
        Id of the source.

    Returns
    -------
    DataFrame
        `flows`: India's exports by partner. The 168 commodities are not HS, and are left out.
    """
    value = "VALUE(US$ million)"
    frame = read_table(path, ["COMMODITY", "COUNTRY", value], encoding="latin-1")
    frame["million"] = numbers(frame, value, path)
    total = frame["COMMODITY"].str.strip().str.upper() == "TOTAL"
    if total.sum() != 1:
        raise InputFileError(f"{path.name} has {int(total.sum())} lines with a total, not one.")
    frame["year"] = year
    frame["partner"] = _partners(frame["COUNTRY"].mask(total, "NA"), path)
    flows = _flows(frame.loc[~total, ["year", "partner", "million"]], export=True)
    world = flows["importer"] == WORLD
    flows.loc[world, "value_usd"] = round(frame.loc[total, "million"].sum() * _MILLION)
    return flows.assign(source=source)


def _partners(names: pd.Series[str], path: Path) -> pd.Series[str]:
    cleaned = names.str.strip().str.upper()
    known = catalogue.to_iso3(cleaned, "name").astype("str")
    codes = known.fillna(cleaned.map(_NAMES))
    if codes.isna().any():
        row = int(codes.isna().to_numpy().argmax())
        raise InputFileError(
            f"{path.name}, line {row + 2}: '{names.iloc[row]}' is no partner that comity knows.",
            "Add the name to comity.sources.tradestat_partners.",
        )
    return codes


def _flows(rows: pd.DataFrame, *, export: bool) -> pd.DataFrame:
    countries = rows[rows["partner"] != ""]
    world = rows.assign(partner=WORLD)
    sums = pd.concat([countries, world], ignore_index=True)
    sums = sums.groupby(["year", "partner"], as_index=False).agg(million=("million", "sum"))
    return pd.DataFrame(
        {
            "year": sums["year"].astype(int),
            "exporter": "IND" if export else sums["partner"],
            "importer": sums["partner"] if export else "IND",
            "product": TOTAL,
            "value_usd": (sums["million"] * _MILLION).round(),
            "valuation": "fob" if export else "cif",
            "basis": "reported",
            "revision": TOTAL,
            "period": [f"FY{year}-{(year + 1) % 100:02d}" for year in sums["year"]],
        }
    )
