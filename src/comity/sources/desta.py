"""DESTA: who has a trade agreement with whom, since when, how deep, and who left.

The pairs alone are a file; depth and withdrawals are others of the same release, and are read when
they come with the pairs in one zip archive.
"""

from __future__ import annotations

import gzip
import io
import re
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd

from comity import catalogue
from comity.errors import InputFileError
from comity.sources.leftout import LeftOut
from comity.sources.publisher import Found, Publisher, Sample, Tables

TREATIES = "desta"

_DYADS = frozenset(
    {"country1", "country2", "number", "base_treaty", "entryforceyear", "entry_type"}
)
_DEPTH = frozenset({"number", "base_treaty", "depth_index"})
_EXITS = frozenset({"country1", "number", "base_treaty", "entryforceyear", "entry_type", "c1"})
_LIST = frozenset({"number", "base_treaty", "entryforceyear", "entry_type", "c1"})
# The withdrawals of some releases name both sides, as the pairs do: they come first.
_PARTS = {"withdrawals": _EXITS, "pairs": _DYADS, "depth": _DEPTH, "list": _LIST}
_WORDS = {
    "pairs": "treaties by pair",
    "depth": "depth of treaties",
    "withdrawals": "withdrawals",
    "list": "list of treaties",
}
_RELEASE = re.compile(r"(?:version|treaties|withdrawal|indices)_(\d\d)_(\d\d)", re.IGNORECASE)
_SHEETS = "xl/workbook.xml"
_HINT = "Put the pairs, and if you have them the indices and withdrawals, into one zip archive."


def recognise(sample: Sample) -> Found | None:
    """Return which of DESTA's files a file is, None where it is none."""
    if _SHEETS in sample.members:
        parts = {_part(_strings(sample))}
    elif sample.members:
        tables = [name for name in sample.members if name.lower().endswith((".csv", ".xlsx"))]
        parts = {_part(_names(_head(sample, name))) for name in tables if name.endswith(".csv")}
    else:
        parts = {_part(_names(sample.header))}
    held = [part for part in _WORDS if part in parts]
    if not held:
        return None
    release = next((m for name in sample.members if (m := _RELEASE.search(name))), None)
    version = f"{int(release[1])}.{release[2]}" if release else None
    layout = "archive" if sample.members and _SHEETS not in sample.members else held[0]
    if _SHEETS in sample.members:
        layout = f"{held[0]}-sheet"
    what = f"DESTA, {', '.join(_WORDS[part] for part in held)}"
    return Found("desta", what, layout, TREATIES, TREATIES, version)


def _head(sample: Sample, member: str) -> str:
    start = sample.peek(member).decode("utf-8-sig", "replace")
    return start.partition("\n")[0]


def _names(header: str) -> set[str]:
    separator = ";" if header.count(";") > header.count(",") else ","
    return {cell.strip(' "\r').lower() for cell in header.lstrip("\ufeff").split(separator)}


def _strings(sample: Sample) -> set[str]:
    """Return the first texts of a workbook, among which its header is."""
    name = "xl/sharedStrings.xml"
    if name not in sample.members:
        return set()
    text = sample.peek(name).decode("utf-8", "replace")
    return {cell.strip().lower() for cell in re.findall(r"<t[^>]*>([^<]*)</t>", text)}


def _part(names: set[str]) -> str | None:
    return next((part for part, columns in _PARTS.items() if columns <= names), None)


def read(path: Path, found: Found) -> Tables:
    """Read agreements in force, in both directions of every pair.

    Returns
    -------
    dict of str to DataFrame
        ``agreements``: ``in_force_from`` is the year of entry into force, not of signature; a
        treaty without one is not in force and is left out. ``in_force_to`` is the year in which
        one of the two left, missing where both are still in or where the archive holds neither
        the withdrawals nor the list of treaties, which has them too. ``depth`` is DESTA's additive
        index, 0 to 7, where the archive holds the indices.

    Raises
    ------
    InputFileError
        The file is damaged, or holds no pairs.
    """
    parts = _archive(path) if found.layout == "archive" else {}
    if found.layout in ("pairs", "pairs-sheet"):
        parts["pairs"] = (
            _sheet(path) if found.layout.endswith("sheet") else _table(path.name, path.read_bytes())
        )
    if "pairs" not in parts:
        raise InputFileError(
            f"{path.name} has no pairs: {found.what} says nothing of who has an agreement with "
            "whom.",
            _HINT,
        )
    left = LeftOut()
    agreements = _agreements(path, parts["pairs"], left, found.source)
    if "depth" in parts:
        depth = _depths(path, parts["depth"])
        # An accession has no index of its own: it is as deep as what was acceded to.
        own, base = agreements["number"].map(depth), agreements["base"].map(depth)
        agreements["depth"] = own.fillna(base)
    leaving = [_exits(path, parts[part]) for part in ("withdrawals", "list") if part in parts]
    if leaving:
        agreements = _with_exits(agreements, leaving[0])
    kept = agreements.drop(columns=["number", "base"])
    return {"agreements": left.sign(kept)}


def _archive(path: Path) -> dict[str, pd.DataFrame]:
    parts: dict[str, pd.DataFrame] = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if not name.lower().endswith(".csv"):
                continue
            with archive.open(name) as file:
                header = file.readline().decode("utf-8-sig", "replace")
            if part := _part(_names(header)):
                parts[part] = _table(name, archive.read(name))
    return parts


def _table(name: str, content: bytes) -> pd.DataFrame:
    if content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    header = content.partition(b"\n")[0].decode("utf-8-sig", "replace")
    separator = ";" if header.count(";") > header.count(",") else ","
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    try:
        frame = pd.read_csv(io.StringIO(text), sep=separator, dtype=str, keep_default_na=False)
    except ValueError as error:
        raise InputFileError(f"{name} cannot be read as a table: {error}", _HINT) from None
    frame.columns = frame.columns.str.strip().str.lower()
    return frame


def _sheet(path: Path) -> pd.DataFrame:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(str(path))
        for name in book.sheet_names:
            rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            if rows and _part({str(cell).strip().lower() for cell in rows[0]}) == "pairs":
                heads = [str(cell).strip().lower() for cell in rows[0]]
                return pd.DataFrame(
                    [[_text(cell) for cell in row] for row in rows[1:]], columns=heads
                )
    except (CalamineError, OSError, zipfile.BadZipFile) as error:
        raise InputFileError(f"{path.name} is no workbook ({error}).", _HINT) from None
    raise InputFileError(f"{path.name} has no sheet of pairs with its header in row 1.", _HINT)


def _text(cell: Any) -> str:  # noqa: ANN401 - a cell is anything
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()


def _agreements(path: Path, pairs: pd.DataFrame, left: LeftOut, source: str) -> pd.DataFrame:
    since = _years(path, pairs, "entryforceyear")
    left.note("treaties that are not in force", int(since.isna().sum()))
    pairs, since = pairs[since.notna()], since.dropna()
    once = pd.DataFrame(
        {
            "number": pairs["number"].str.strip(),
            "base": pairs["base_treaty"].str.strip(),
            "treaty": pairs["number"].str.strip() + " " + pairs["name"].str.split().str.join(" "),
            "origin": left.places(pairs["country1"].str.strip(), "desta"),
            "destination": left.places(pairs["country2"].str.strip(), "desta"),
            "kind": pairs["entry_type"].str.strip().str.replace("_", " "),
            "in_force_from": since.astype(int),
            "source": source,
        }
    ).dropna(subset=["origin", "destination"])
    back = once.rename(columns={"origin": "destination", "destination": "origin"})
    both = pd.concat([once, back], ignore_index=True)
    both = both.drop_duplicates(["treaty", "origin", "destination", "in_force_from"])
    return both.assign(in_force_to=pd.array([pd.NA] * len(both), dtype="Int64"))


def _years(path: Path, frame: pd.DataFrame, column: str) -> pd.Series[float]:
    text = frame[column].str.strip().replace("NA", "")
    years = pd.to_numeric(text, errors="coerce").astype(float)
    wrong = (text != "") & ~years.between(1900, 2100)
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        part = "pairs" if "country2" in frame else "withdrawals"
        raise InputFileError(
            f"{path.name}, line {row + 2} of the {part}: '{text.iloc[row]}' in column '{column}' "
            "is no year.",
            "Take the file as it was downloaded.",
        )
    return years


def _depths(path: Path, indices: pd.DataFrame) -> dict[str, float]:
    text = indices["depth_index"].str.strip().replace("NA", "")
    depth = pd.to_numeric(text, errors="coerce")
    if ((text != "") & depth.isna()).any():
        row = int(((text != "") & depth.isna()).to_numpy().argmax())
        raise InputFileError(
            f"{path.name}, line {row + 2} of the indices: '{text.iloc[row]}' in column "
            "'depth_index' is not a number.",
            "Take the file as it was downloaded.",
        )
    known = pd.Series(depth.to_numpy(), index=indices["number"].str.strip()).dropna()
    return {str(number): float(value) for number, value in known.items()}


def _with_exits(agreements: pd.DataFrame, exits: dict[tuple[str, str], list[int]]) -> pd.DataFrame:
    """End the pairs of whoever left a treaty, in the first year after entry in which one did."""

    def end(base: str, sides: tuple[str, str], since: int) -> int | None:
        years = [y for side in sides for y in exits.get((base, side), ()) if y >= since]
        return min(years, default=None)

    columns = ["base", "origin", "destination", "in_force_from"]
    ends = [
        end(base, (origin, destination), since)
        for base, origin, destination, since in agreements[columns].itertuples(index=False)
    ]
    return agreements.assign(in_force_to=pd.array(ends, dtype="Int64"))


def _exits(path: Path, rows: pd.DataFrame) -> dict[tuple[str, str], list[int]]:
    """Return the years in which countries left, by treaty and country.

    A withdrawal lists every member (``c1`` and on) and marks who leaves by a 1 beside it (``mc1``
    and on). Few have a year of entry into force; the others take effect in their own year.
    """
    rows = rows[rows["entry_type"].str.strip() == "withdrawal"]
    took_effect = _years(path, rows, "entryforceyear").fillna(_years(path, rows, "year"))
    found: dict[tuple[str, str], set[int]] = {}
    numbers = [name[1:] for name in rows.columns if re.fullmatch(r"c\d+", name)]
    marked = [number for number in numbers if f"mc{number}" in rows.columns]
    bases = rows["base_treaty"].str.strip()
    for number in marked:
        leaving = (rows[f"mc{number}"].str.strip() == "1") & took_effect.notna()
        for place in rows.index[leaving]:
            iso3 = catalogue.from_code(rows.loc[place, f"c{number}"], "desa")
            if iso3 is not None:
                found.setdefault((bases[place], iso3), set()).add(int(took_effect[place]))
    return {key: sorted(years) for key, years in found.items()}


PUBLISHER = Publisher("desta", (TREATIES,), recognise, read)
