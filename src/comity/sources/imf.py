"""IMF: goods trade, direct investment, outlook and exchange rates, as SDMX-CSV of its API.

Values are in full units whatever the column SCALE says: that is how the IMF's own pages show them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from comity.errors import InputFileError
from comity.lake.schema import TOTAL
from comity.sources.columns import column_names
from comity.sources.imf_api import fetch
from comity.sources.leftout import LeftOut
from comity.sources.publisher import Found, Publisher, Sample, Tables, take_sample
from comity.sources.reading import integers, numbers, read_table

_WORLD = "G001"
_FLOW = re.compile(r"IMF\.(?:STA|RES):(IMTS|DIP|ER|WEO)(?:_(\d{4})_(\w{3})_VINTAGE)?\(")
_MARK = {"COUNTRY", "FREQUENCY", "TIME_PERIOD", "OBS_VALUE"}
_NAMES = {
    "IMTS": "goods trade by partner",
    "DIP": "direct investment positions",
    "ER": "exchange rates",
    "WEO": "World Economic Outlook",
}

# Indicator -> valuation, whose report.
_TRADE = {
    "XG_FOB_USD": ("fob", "reported"),
    "MG_CIF_USD": ("cif", "mirror"),
    "MG_FOB_USD": ("fob", "mirror"),
}
_INWARD = "INWD_D_NETLA_FALL_ALL"
_OUTWARD = r"OUTWD_D_NET\w+_FALL_ALL"


@dataclass(frozen=True, slots=True)
class _Outlook:
    """A series of the outlook: what it is here, its unit, what a unit is worth, its least value."""

    indicator: str
    unit: str
    factor: float
    least: float


# The smallest economy and the smallest member are above these, unless values are in billions.
_WEO = {
    "NGDPD": _Outlook("gdp", "USD", 1.0, 1e6),
    "LP": _Outlook("population", "persons", 1.0, 1e3),
    "NGDP_RPCH": _Outlook("gdp_growth", "share", 0.01, -1e3),
}


def recognise(sample: Sample) -> Found | None:
    """Recognise an answer of the API as CSV, of either version of SDMX-CSV."""
    names = set(column_names(sample).get("", ()))
    if not names >= _MARK or not names & {"DATAFLOW", "STRUCTURE_ID"}:
        return None
    flow = _FLOW.search(sample.text)
    if flow is None:
        return None
    version = f"-{flow[2]}-{flow[3].lower()}" if flow[2] else ""
    row = f"imf-{flow[1].lower()}"
    return Found(
        publisher="imf",
        what=f"IMF, {_NAMES[flow[1]]} ({flow[1]})",
        layout=flow[1],
        source=row + version,
        catalogue=row,
        version=version.strip("-") or None,
    )


def read(path: Path, found: Found) -> Tables:
    """Read annual figures.

    Returns
    -------
    dict
        IMTS: `flows`, exports f.o.b. as ``reported``, imports as ``mirror``. DIP: `ties`
        ``fdi_position`` (as the host states it) and ``fdi_position_by_investor``, in dollars. WEO:
        `facts` ``gdp``, ``population``, ``gdp_growth``, and the same with ``_projection`` after the
        latest actual year. ER: `facts` ``exchange_rate``, national currency for a dollar.
    """
    left = LeftOut()
    name, columns, make = _READERS[found.layout]
    frame = _annual(path, columns, found.layout, left)
    table = make(frame, path, found, left)
    if table.empty:
        raise InputFileError(
            f"{path.name} has no annual figure that comity reads.",
            "Ask for annual figures (frequency A) of the indicators in docs/publishers/imf.md.",
        )
    return {name: left.sign(table.reset_index(drop=True))}


def _annual(path: Path, columns: tuple[str, ...], flow: str, left: LeftOut) -> pd.DataFrame:
    """Return the annual rows that have a value, all as text, and only if they are of one flow."""
    there = column_names(take_sample(path)).get("", ())
    wanted = [*columns, "FREQUENCY", "TIME_PERIOD", "OBS_VALUE"]
    extra = [c for c in ("STATUS", "LATEST_ACTUAL_ANNUAL_DATA") if c in there]
    of = "DATAFLOW" if "DATAFLOW" in there else "STRUCTURE_ID"
    frame = read_table(path, [of, *wanted, *extra])
    for name in {"STATUS", "LATEST_ACTUAL_ANNUAL_DATA"} - set(extra):
        frame[name] = ""
    other = frame[~frame[of].str.contains(f":{flow}", regex=False)]
    if len(other):
        raise InputFileError(
            f"{path.name}, line {other.index[0] + 2}: '{other[of].iloc[0]}' is another data set.",
            "Keep one data set a file.",
        )
    frame["OBS_VALUE"] = frame["OBS_VALUE"].replace("NaN", "")
    left.note("confidential or missing values", (frame["OBS_VALUE"] == "").sum())
    frame = frame[frame["OBS_VALUE"] != ""]
    annual = frame["FREQUENCY"] == "A"
    left.note("monthly and quarterly figures", (~annual).sum())
    return frame[annual]


def _places(codes: pd.Series[str], left: LeftOut) -> pd.Series[str]:
    """Return countries; the IMF's groups have digits in their codes, but for the world."""
    group = codes.str.contains(r"\d") & (codes != _WORLD)
    left.note("groups of countries", group.sum())
    found = left.places(codes[~group], "iso3", world=_WORLD)
    return found.reindex(codes.index)


def _trade(frame: pd.DataFrame, path: Path, found: Found, left: LeftOut) -> pd.DataFrame:
    estimated = frame["STATUS"] == "E"
    left.note("estimates of the IMF's, which are nobody's report", estimated.sum())
    known = frame["INDICATOR"].isin(_TRADE)
    left.note("trade balances and other indicators", (~known & ~estimated).sum())
    frame = frame[known & ~estimated]
    sold = frame["INDICATOR"] == "XG_FOB_USD"
    reporter, partner = _places(frame["COUNTRY"], left), _places(frame["COUNTERPART_COUNTRY"], left)
    year = integers(frame, "TIME_PERIOD", path)
    flows = pd.DataFrame(
        {
            "year": year,
            "exporter": reporter.where(sold, partner),
            "importer": partner.where(sold, reporter),
            "product": TOTAL,
            "value_usd": numbers(frame, "OBS_VALUE", path),
            "valuation": frame["INDICATOR"].map({k: v[0] for k, v in _TRADE.items()}),
            "basis": frame["INDICATOR"].map({k: v[1] for k, v in _TRADE.items()}),
            "revision": TOTAL,
            "period": year.astype(str),
            "source": found.source,
        }
    ).dropna(subset=["exporter", "importer"])
    flows = flows[flows["exporter"] != flows["importer"]]
    # Of imports stated both ways, those that others state as well: c.i.f.
    flows = flows.sort_values("valuation", kind="stable")
    twice = flows.duplicated(["year", "exporter", "importer", "basis"])
    left.note("imports f.o.b. that stand there c.i.f., too", int(twice.sum()))
    return flows[~twice].sort_index()


def _investment(frame: pd.DataFrame, path: Path, found: Found, left: LeftOut) -> pd.DataFrame:
    inward = frame["INDICATOR"] == _INWARD
    known = inward | frame["INDICATOR"].str.fullmatch(_OUTWARD)
    left.note("instruments and gross positions", (~known).sum())
    frame, inward = frame[known], inward[known]
    here = _places(frame["COUNTRY"], left)
    there = _places(frame["COUNTERPART_COUNTRY"], left)
    derived = frame["DV_TYPE"] == "SCC"
    # What is derived for one side is what the other side reported.
    by_host = inward != derived
    ties = pd.DataFrame(
        {
            "indicator": by_host.map({True: "fdi_position", False: "fdi_position_by_investor"}),
            "year": integers(frame, "TIME_PERIOD", path),
            "origin": there.where(inward, here),
            "destination": here.where(inward, there),
            "value": numbers(frame, "OBS_VALUE", path),
            "unit": "USD",
            "source": found.source,
            "derived": derived,
        }
    ).dropna(subset=["origin", "destination"])
    negative = ties["value"] < 0
    left.note("negative positions (more owed to the affiliate than invested)", negative.sum())
    ties = ties[~negative & (ties["origin"] != ties["destination"])]
    key = ["indicator", "year", "origin", "destination"]
    first = ties.sort_values("derived", kind="stable").drop_duplicates(key)
    return first.sort_index().drop(columns="derived")


def _rates(frame: pd.DataFrame, path: Path, found: Found, left: LeftOut) -> pd.DataFrame:
    mean = (frame["INDICATOR"] == "XDC_USD") & (frame["TYPE_OF_TRANSFORMATION"] == "PA_RT")
    left.note("rates other than national currency for a dollar, mean of the year", (~mean).sum())
    frame = frame[mean]
    return pd.DataFrame(
        {
            "indicator": "exchange_rate",
            "year": integers(frame, "TIME_PERIOD", path),
            "country": _places(frame["COUNTRY"], left),
            "value": numbers(frame, "OBS_VALUE", path),
            "unit": "national currency for a US dollar",
            "source": found.source,
        }
    ).dropna(subset=["country"])


def _outlook(frame: pd.DataFrame, path: Path, found: Found, left: LeftOut) -> pd.DataFrame:
    known = frame["INDICATOR"].isin(_WEO)
    left.note("other series of the outlook", (~known).sum())
    frame = frame[known]
    series = frame["INDICATOR"].map(_WEO)
    value = numbers(frame, "OBS_VALUE", path)
    low = value < series.map(lambda one: one.least)
    if low.any():
        row = frame[low].iloc[0]
        raise InputFileError(
            f"{path.name}, line {frame.index[low][0] + 2}: {row['INDICATOR']} of {row['COUNTRY']} "
            f"is {row['OBS_VALUE']}: that is in millions or billions, not in full units.",
            "Take the IMF's answer as CSV from its API.",
        )
    year = integers(frame, "TIME_PERIOD", path)
    # FY2023/24 and 2023: the year in which it begins. Where none is stated, nothing is actual.
    actual = pd.to_numeric(frame["LATEST_ACTUAL_ANNUAL_DATA"].str.extract(r"(\d{4})")[0])
    projected = (year > actual) | actual.isna()
    name = series.map(lambda one: one.indicator)
    return pd.DataFrame(
        {
            "indicator": name.where(~projected, name + "_projection"),
            "year": year,
            "country": _places(frame["COUNTRY"], left),
            "value": value * series.map(lambda one: one.factor),
            "unit": series.map(lambda one: one.unit),
            "source": found.source,
        }
    ).dropna(subset=["country"])


_Make = Callable[[pd.DataFrame, Path, Found, LeftOut], pd.DataFrame]
# Data set -> table, its own columns, reader.
_READERS: dict[str, tuple[str, tuple[str, ...], _Make]] = {
    "IMTS": ("flows", ("COUNTRY", "INDICATOR", "COUNTERPART_COUNTRY"), _trade),
    "DIP": ("ties", ("COUNTRY", "DV_TYPE", "INDICATOR", "COUNTERPART_COUNTRY"), _investment),
    "ER": ("facts", ("COUNTRY", "INDICATOR", "TYPE_OF_TRANSFORMATION"), _rates),
    "WEO": ("facts", ("COUNTRY", "INDICATOR"), _outlook),
}

PUBLISHER = Publisher(
    "imf", tuple(f"imf-{flow.lower()}" for flow in _NAMES), recognise, read, fetch
)
