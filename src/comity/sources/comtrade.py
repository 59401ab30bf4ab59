"""UN Comtrade: goods trade as reporters state it, each flow from both of its ends.

Three layouts: an answer of the API (JSON), a download of Comtrade Plus (CSV with the API's names),
and a download of the older site.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from comity.errors import InputFileError
from comity.lake.schema import TOTAL
from comity.sources.columns import column_names, read_json
from comity.sources.comtrade_api import fetch
from comity.sources.leftout import LeftOut
from comity.sources.publisher import Found, Publisher, Sample, Tables, take_sample
from comity.sources.reading import integers, numbers, read_table

SOURCE = "un-comtrade"

# Names of the API -> names of the older site.
_CLASSIC = {
    "refYear": "Year",
    "period": "Period",
    "flowCode": "Trade Flow",
    "reporterCode": "Reporter Code",
    "partnerCode": "Partner Code",
    "partner2Code": "2nd Partner Code",
    "classificationCode": "Classification",
    "cmdCode": "Commodity Code",
    "customsCode": "Customs Proc. Code",
    "motCode": "Mode of Transport Code",
    "netWgt": "Netweight (kg)",
    "cifvalue": "CIF Trade Value (US$)",
    "fobvalue": "FOB Trade Value (US$)",
    "primaryValue": "Trade Value (US$)",
}
_NEEDED = (
    *("refYear", "period", "flowCode", "reporterCode", "partnerCode"),
    *("classificationCode", "cmdCode", "primaryValue"),
)
# What may be absent, and what it then is: empty means "not broken down", and "not known".
_OPTIONAL = (
    *("typeCode", "freqCode", "partner2Code", "customsCode", "motCode"),
    *("netWgt", "cifvalue", "fobvalue", "isOriginalClassification"),
)
_MARK = {"reporterCode", "partnerCode", "flowCode", "cmdCode", "primaryValue"}

_REVISIONS = {
    "H0": "HS92",
    "H1": "HS96",
    "H2": "HS02",
    "H3": "HS07",
    "H4": "HS12",
    "H5": "HS17",
    "H6": "HS22",
}
_FLOWS = {"X": "X", "Export": "X", "2": "X", "M": "M", "Import": "M", "1": "M"}
_REPEATS = {"Re-Export": "RX", "Re-Import": "RM", "re-Export": "RX", "re-Import": "RM"}
# The code of each breakdown that stands for all of it.
_WHOLE = {"partner2Code": "0", "customsCode": "C00", "motCode": "0"}


def recognise(sample: Sample) -> Found | None:
    """Recognise an answer of the API and downloads of both sites."""
    text = sample.text.lstrip()
    if text.startswith("{"):
        answer = all(f'"{name}"' in text for name in _MARK)
        nothing = '"elapsedTime"' in text and '"data"' in text and '"count"' in text
        layout = "json" if answer or nothing else ""
    else:
        names = set(column_names(sample).get("", ()))
        layout = "plus" if names >= _MARK else ""
        if names >= {_CLASSIC[name] for name in _NEEDED}:
            layout = "classic"
    if not layout:
        return None
    words = {"json": "an answer of the API", "plus": "Comtrade Plus", "classic": "older layout"}
    return Found(
        publisher="comtrade",
        what=f"UN Comtrade, goods trade ({words[layout]})",
        layout=layout,
        source=SOURCE,
        catalogue=SOURCE,
    )


def read(path: Path, found: Found) -> Tables:
    """Read reported trade.

    Returns
    -------
    dict
        `flows` in US dollars: exports f.o.b. as ``reported``, imports as ``mirror``, c.i.f. unless
        the importer states them f.o.b. alone. Rows of what is part of another row (re-exports,
        breakdowns by second partner, customs procedure or transport) are left out and counted.
    """
    frame = _read_json(path) if found.layout == "json" else _read_csv(path, found.layout)
    left = LeftOut()
    kept = _pick(frame, left)
    year = integers(kept, "refYear", path)
    reporter = left.places(kept["reporterCode"], "comtrade", year, world="0")
    partner = left.places(kept["partnerCode"], "comtrade", year, world="0")
    sold = kept["flowCode"] == "X"
    cif, fob = numbers(kept, "cifvalue", path), numbers(kept, "fobvalue", path)
    weight = numbers(kept, "netWgt", path)
    flows = pd.DataFrame(
        {
            "year": year,
            "exporter": reporter.where(sold, partner),
            "importer": partner.where(sold, reporter),
            "product": kept["cmdCode"],
            "value_usd": numbers(kept, "primaryValue", path),
            # Comtrade prints a weight of zero where there is none.
            "quantity_t": (weight / 1000).where(weight > 0),
            "valuation": (sold | (cif.isna() & fob.notna())).map({True: "fob", False: "cif"}),
            "basis": sold.map({True: "reported", False: "mirror"}),
            "revision": kept["classificationCode"].map(_REVISIONS),
            "period": kept["period"],
            "source": SOURCE,
        }
    )
    flows["revision"] = flows["revision"].mask(flows["product"] == TOTAL, TOTAL)
    flows = flows.dropna(subset=["exporter", "importer", "value_usd"])
    home = flows["exporter"] == flows["importer"]
    left.note("goods that came back to where they were made", home.sum())
    flows = _newest_revision(flows[~home], kept["isOriginalClassification"], left)
    if flows.empty:
        why = ", ".join(f"{words} ({rows} rows)" for words, rows in left.counts.items())
        raise InputFileError(
            f"{path.name} has no annual goods trade between countries by HS code"
            + (f": it has {why}." if why else "."),
            "Ask UN Comtrade for annual goods by HS, all customs procedures and transports.",
        )
    return {"flows": left.sign(flows.reset_index(drop=True))}


def _read_csv(path: Path, layout: str) -> pd.DataFrame:
    sample = take_sample(path)
    there = column_names(sample).get("", ())
    names = _CLASSIC if layout == "classic" else {name: name for name in (*_NEEDED, *_OPTIONAL)}
    if missing := [names[name] for name in _NEEDED if names[name] not in there]:
        raise InputFileError(
            f"{path.name} lacks the column {', '.join(missing)}.",
            "Take the file as UN Comtrade gives it.",
        )
    encoding = "utf-8-sig" if sample.is_utf8 else "latin-1"
    present = [name for name in names.values() if name in there]
    frame = read_table(path, present, encoding=encoding)
    frame = frame.rename(columns={printed: name for name, printed in names.items()})
    return _complete(frame)


def _read_json(path: Path) -> pd.DataFrame:
    try:
        answer = read_json(path)
        rows: list[dict[str, Any]] = answer["data"]
        frame = pd.DataFrame.from_records(rows, columns=list(rows[0]) if rows else None)
    except (ValueError, KeyError, TypeError) as error:
        raise InputFileError(
            f"{path.name} is no answer of UN Comtrade's API ({error}).", "Fetch it again."
        ) from None
    if not rows:
        said = f" It says: {answer['error']}" if answer.get("error") else ""
        raise InputFileError(
            f"{path.name} holds no trade: the answer is empty.{said}",
            "The reporter may not have reported that year; ask for its partners' reports.",
        )
    if missing := [name for name in _NEEDED if name not in frame]:
        raise InputFileError(
            f"{path.name} lacks the field {', '.join(missing)}.", "Fetch it again."
        )
    wanted = [name for name in (*_NEEDED, *_OPTIONAL) if name in frame]
    return _complete(frame[wanted].map(_text))


def _text(value: object) -> str:
    if value is None or value != value:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _complete(frame: pd.DataFrame) -> pd.DataFrame:
    """Return all fields as text; those that the file lacks are empty."""
    frame = frame.assign(**{name: "" for name in _OPTIONAL if name not in frame})
    return pd.DataFrame({name: frame[name].str.strip() for name in frame})


def _pick(frame: pd.DataFrame, left: LeftOut) -> pd.DataFrame:
    """Return the annual goods flows that are not part of another row; count the others."""
    flow = frame["flowCode"].replace(_REPEATS).map(_FLOWS)
    total = frame["cmdCode"] == TOTAL
    code = frame["cmdCode"].where(~total, "00")
    reasons = {
        "services": frame["typeCode"] == "S",
        "monthly figures": (frame["freqCode"] == "M") | (frame["period"].str.len() > len("2022")),
        "re-exports and re-imports, which exports and imports contain": flow.isna(),
        "products that are classed otherwise than by HS": ~(
            frame["classificationCode"].isin(_REVISIONS) | total
        ),
        "products without an HS code of 2, 4 or 6 digits": ~(
            code.str.isdigit() & code.str.len().isin([2, 4, 6])
        ),
        "breakdowns by second partner, customs procedure or transport": ~_is_whole(frame),
    }
    keep = pd.Series(data=True, index=frame.index)
    for words, wrong in reasons.items():
        left.note(words, (keep & wrong).sum())
        keep &= ~wrong
    return frame[keep].assign(flowCode=flow[keep])


def _is_whole(frame: pd.DataFrame) -> pd.Series[bool]:
    whole = pd.Series(data=True, index=frame.index)
    for name, code in _WHOLE.items():
        whole &= frame[name].isin(["", code])
    return whole


def _newest_revision(flows: pd.DataFrame, original: pd.Series[str], left: LeftOut) -> pd.DataFrame:
    """Return one row a flow: as classed by the reporter, else by the newest revision."""
    key = ["year", "exporter", "importer", "product", "basis"]
    order = flows.assign(
        _own=original.reindex(flows.index).str.lower().isin(["true", "1"]),
        _rank=flows["revision"].map({name: n for n, name in enumerate(_REVISIONS.values())}),
    ).sort_values(["_own", "_rank"], kind="stable")
    chosen = order.drop_duplicates(key, keep="last").drop(columns=["_own", "_rank"])
    left.note("flows that stand in another revision of the HS, too", len(flows) - len(chosen))
    return chosen.sort_index()


PUBLISHER = Publisher("comtrade", (SOURCE,), recognise, read, fetch)
