"""How each set of the Correlates of War, and ATOP, is read."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from comity import catalogue
from comity.lake.schema import TOTAL
from comity.sources.publisher import Tables, take_sample
from comity.sources.reading import integers, numbers, read_table

FIRST_YEAR = 1946

_MISSING = ("NA", "-9", "-9.0", ".")
_KINDS = ("defense", "offense", "neutral", "nonagg", "consul")
_WORDS = {
    "defense": "defence",
    "offense": "offence",
    "neutral": "neutrality",
    "neutrality": "neutrality",
    "nonagg": "non-aggression",
    "nonaggression": "non-aggression",
    "consul": "consultation",
    "entente": "consultation",
}
_BORDERS = {
    1: "land border",
    2: "up to 12 miles of water",
    3: "up to 24 miles of water",
    4: "up to 150 miles of water",
    5: "up to 400 miles of water",
}
_HOSTILITY = {
    2: "threat to use force",
    3: "display of force",
    4: "use of force",
    5: "war",
}
_ENDS = ("ccode1", "ccode2", "enddate")
_YEARS = 10_000  # more than any year
_PAIR = ["year", "origin", "destination"]


def read_atop(path: Path, source: str) -> Tables:
    """Read ATOP's dyad-years as ties ``alliance``: how many obligations, and which."""
    header = take_sample(path).header.replace('"', "").split(",")
    plain = "stateA" in header
    columns = {kind: kind if plain else f"atop_{kind}" for kind in _KINDS}
    sides = ("stateA", "stateB") if plain else ("ccode1", "ccode2")
    frame = read_table(path, [*sides, "year", *columns.values()])
    held = pd.DataFrame({kind: _numbers(frame, name, path) > 0 for kind, name in columns.items()})
    ties = _dyads(frame, sides, integers(frame, "year", path))
    return _with_obligations(ties, held, source)


def read_alliances(path: Path, source: str) -> Tables:
    """Read the members of formal alliances (4.1) as ties ``alliance`` of every two members.

    Two states are allied in the years in which both were members of one alliance; an alliance
    without an end was in force in the last year of the set, 2012.
    """
    kinds = ("defense", "neutrality", "nonaggression", "entente")
    columns = ["version4id", "ccode", "mem_st_year", "mem_end_year", *kinds]
    frame = read_table(path, columns)
    members = pd.DataFrame(
        {
            "alliance": frame["version4id"],
            "ccode": frame["ccode"],
            "start": integers(frame, "mem_st_year", path),
            "end": _numbers(frame, "mem_end_year", path).fillna(2012).astype(int),
            **{kind: _numbers(frame, kind, path) > 0 for kind in kinds},
        }
    )
    both = members.merge(members, on="alliance", suffixes=("1", "2"))
    both = both[both["ccode1"] != both["ccode2"]]
    both = both.assign(
        start=both[["start1", "start2"]].max(axis=1), end=both[["end1", "end2"]].min(axis=1)
    )
    spells = _years(both)
    held = pd.DataFrame({kind: spells[f"{kind}1"] & spells[f"{kind}2"] for kind in kinds})
    ties = _dyads(spells, ("ccode1", "ccode2"), spells["year"])
    return _with_obligations(ties, held, source)


def _with_obligations(ties: pd.DataFrame, held: pd.DataFrame, source: str) -> Tables:
    """Return allied pairs a year: how many obligations hold in any treaty, and which."""
    words = [_WORDS[kind] for kind in held.columns]
    ties = ties.join(held.set_axis(words, axis=1))
    left_out = ties.attrs.get("left_out", {})
    added = ties.groupby(_PAIR, as_index=False)[words].max()
    value = added[words].sum(axis=1)
    texts = [
        "; ".join(word for word, yes in zip(words, row, strict=True) if yes)
        for row in added[words].to_numpy()
    ]
    out = added[_PAIR].assign(
        indicator="alliance", value=value.astype(float), text=texts, unit="obligations",
        source=source,
    )[value > 0]  # fmt: skip
    out.attrs["left_out"] = left_out
    return {"ties": out}


def read_contiguity(path: Path, source: str) -> Tables:
    """Read direct contiguity (3.2) as ties ``contiguity``, in the last year of each spell."""
    original = "statelno" in take_sample(path).header
    first, second, end = ("statelno", "statehno", "end") if original else _ENDS
    frame = read_table(path, [first, second, "conttype", end])
    year = integers(frame[end].str.strip().str[:4].to_frame(), end, path)
    frame = frame.assign(value=integers(frame, "conttype", path))
    sides = [(first, second), (second, first)] if original else [(first, second)]
    parts = [_dyads(frame, side, year) for side in sides]
    ties = pd.concat(parts, ignore_index=True)
    ties.attrs = parts[0].attrs
    ties = _closest(ties)
    return _ties(ties.assign(text=ties["value"].map(_BORDERS)), "contiguity", "kind", source)


def _closest(ties: pd.DataFrame) -> pd.DataFrame:
    kept = ties.sort_values("value").drop_duplicates(_PAIR)
    kept.attrs = ties.attrs
    return kept


def read_organisations(path: Path, source: str) -> Tables:
    """Read joint memberships of intergovernmental organisations (IGO 3) as ``joint_igos``."""
    frame = read_table(path, ["ccode1", "ccode2", "year", "dyadigos"])
    return _both_ways(path, frame, "dyadigos", "joint_igos", "organisations", source)


def read_exchange(path: Path, source: str) -> Tables:
    """Read diplomatic exchange as ties ``diplomatic_representation``: rank of who is sent.

    ``DR_at_1`` is the representation of the second state at the first: 0 none, 1 chargé, 2
    minister, 3 ambassador, 9 other.
    """
    frame = read_table(path, ["ccode1", "ccode2", "year", "DR_at_1", "DR_at_2"])
    year = integers(frame, "year", path)
    parts = [
        _dyads(frame.assign(value=_numbers(frame, column, path)), sides, year)
        for column, sides in (("DR_at_1", ("ccode2", "ccode1")), ("DR_at_2", ("ccode1", "ccode2")))
    ]
    ties = pd.concat(parts, ignore_index=True)
    ties.attrs = parts[0].attrs
    ties = _larger(ties, _PAIR)
    words = {0: "none", 1: "chargé d'affaires", 2: "minister", 3: "ambassador", 9: "other"}
    ties["text"] = ties["value"].map(words)
    return _ties(ties, "diplomatic_representation", "rank", source)


def read_disputes(path: Path, source: str) -> Tables:
    """Read directed dyadic dispute-years as ties ``militarised_disputes``: how many a year.

    ``text`` is the highest hostility that either side reached.
    """
    frame = read_table(path, ["dispnum", "ccode1", "ccode2", "year", "hostlev1", "hostlev2"])
    hostility = pd.concat(
        [_numbers(frame, name, path) for name in ("hostlev1", "hostlev2")], axis=1
    ).max(axis=1)
    frame = frame.assign(hostility=hostility)
    ties = _dyads(frame, ("ccode1", "ccode2"), integers(frame, "year", path))
    return _count_disputes(ties, source)


def read_participants(path: Path, source: str) -> Tables:
    """Read the participants of disputes (MIDB) as ties of those on opposing sides, as above."""
    number = "dispnum3" if "dispnum3" in take_sample(path).header else "dispnum"
    columns = [number, "ccode", "styear", "endyear", "sidea", "hostlev"]
    frame = read_table(path, columns).rename(columns={number: "dispnum3"})
    sides = frame.assign(
        start=integers(frame, "styear", path),
        end=integers(frame, "endyear", path),
        level=_numbers(frame, "hostlev", path),
    )
    both = sides.merge(sides, on="dispnum3", suffixes=("1", "2"))
    both = both[both["sidea1"] != both["sidea2"]]
    both = both.assign(
        start=both[["start1", "start2"]].max(axis=1),
        end=both[["end1", "end2"]].min(axis=1),
        hostility=both[["level1", "level2"]].max(axis=1),
        dispnum=both["dispnum3"],
    )
    spells = _years(both)
    # A state that comes and goes has a row for each of its spells in one dispute.
    ties = _dyads(spells, ("ccode1", "ccode2"), spells["year"])
    return _count_disputes(ties, source)


def _count_disputes(ties: pd.DataFrame, source: str) -> Tables:
    added = ties.groupby(_PAIR, as_index=False).agg(
        value=("dispnum", "nunique"), hostility=("hostility", "max")
    )
    added["text"] = added.pop("hostility").map(_HOSTILITY)
    added.attrs = ties.attrs
    return _ties(added, "militarised_disputes", "disputes", source)


def read_capabilities(path: Path, source: str) -> Tables:
    """Read national material capabilities as facts: the index, armed forces and their cost."""
    scale = {"cinc": (1.0, "share"), "milper": (1e3, "persons"), "milex": (1e3, "USD")}
    names = {
        "cinc": "material_capabilities",
        "milper": "military_personnel",
        "milex": "military_spending",
    }
    frame = read_table(path, ["ccode", "year", *scale])
    year = integers(frame, "year", path)
    country = _states(frame["ccode"], year)
    parts = [
        pd.DataFrame(
            {
                "indicator": names[name],
                "year": year,
                "country": country,
                "value": _numbers(frame, name, path) * factor,
                "unit": unit,
                "source": source,
            }
        )
        for name, (factor, unit) in scale.items()
    ]
    facts = pd.concat(parts, ignore_index=True)
    facts = facts[facts["year"] >= FIRST_YEAR].dropna(subset=["country", "value"])
    facts = _larger(facts, ["indicator", "year", "country"])
    facts.attrs["left_out"] = _lost(frame["ccode"], country, year)
    return {"facts": facts}


def read_trade(path: Path, source: str) -> Tables:
    """Read dyadic trade 4.0 as flows: each importer's own figures, million current dollars.

    ``flow1`` is what the first state imports from the second; a printed zero is no trade.
    """
    frame = read_table(path, ["ccode1", "ccode2", "year", "flow1", "flow2"])
    year = integers(frame, "year", path)
    ways = [("flow1", ("ccode2", "ccode1")), ("flow2", ("ccode1", "ccode2"))]
    first, second = integers(frame, "ccode1", path), integers(frame, "ccode2", path)
    if (first > second).any():
        ways = ways[:1]  # every pair is listed both ways round
    parts = [
        _dyads(frame.assign(value=_numbers(frame, flow, path)), sides, year) for flow, sides in ways
    ]
    both = _larger(pd.concat(parts, ignore_index=True), _PAIR)
    flows = pd.DataFrame(
        {
            "year": both["year"],
            "exporter": both["origin"],
            "importer": both["destination"],
            "product": TOTAL,
            "value_usd": both["value"] * 1e6,
            "valuation": "cif",
            "basis": "mirror",
            "revision": TOTAL,
            "period": both["year"].astype(str),
            "source": source,
        }
    )
    flows.attrs["left_out"] = parts[0].attrs["left_out"]
    return {"flows": flows}


def _both_ways(
    path: Path, frame: pd.DataFrame, column: str, indicator: str, unit: str, source: str
) -> Tables:
    """Read a figure of two states without direction as ties in both directions."""
    once = _dyads(
        frame.assign(value=_numbers(frame, column, path)),
        ("ccode1", "ccode2"),
        integers(frame, "year", path),
    )
    back = once.rename(columns={"origin": "destination", "destination": "origin"})
    ties = pd.concat([once, back], ignore_index=True)
    ties.attrs = once.attrs
    return _ties(_larger(ties, _PAIR), indicator, unit, source)


def _dyads(frame: pd.DataFrame, sides: Iterable[str], year: pd.Series[int]) -> pd.DataFrame:
    """Return the rows from 1946 on with year, origin and destination in front; states known."""
    first, second = sides
    recent = frame.loc[year >= FIRST_YEAR].assign(year=year)
    ends = {"origin": first, "destination": second}
    found = {name: _states(recent[column], recent["year"]) for name, column in ends.items()}
    lost: dict[str, int] = {}
    for name, column in ends.items():
        for code, count in _lost(recent[column], found[name], recent["year"]).items():
            lost[code] = lost.get(code, 0) + count
    rows = recent.assign(**found).dropna(subset=["origin", "destination"])
    if "value" in rows:
        rows = rows.dropna(subset=["value"])
    rows.attrs["left_out"] = lost
    return rows


def _larger(rows: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """Return one row of each key.

    In the year in which two states become one, both their codes stand for it: the larger figure is
    the union's.
    """
    kept = rows.sort_values("value", ascending=False, kind="stable").drop_duplicates(key)
    kept = kept.sort_index()
    kept.attrs = rows.attrs
    return kept


def _states(codes: pd.Series[str], year: pd.Series[int]) -> pd.Series[str]:
    """Return ISO3 of COW codes; each code and year is looked up once, however many rows."""
    place, unique = pd.factorize(codes)
    cells, back = np.unique(place * _YEARS + year.to_numpy(), return_inverse=True)
    known = [
        catalogue.from_code(unique[cell // _YEARS].strip(), "cow", int(cell % _YEARS))
        for cell in cells
    ]
    return pd.Series(np.array(known, dtype=object)[back], index=codes.index, dtype=object)


def _lost(codes: pd.Series[str], states: pd.Series[str], year: pd.Series[int]) -> dict[str, int]:
    gone = codes[states.isna() & (year >= FIRST_YEAR)].value_counts()
    return {f"the unknown code '{code}'": int(count) for code, count in gone.items()}


def _numbers(frame: pd.DataFrame, column: str, path: Path) -> pd.Series[float]:
    """Return numbers; the sets write what they do not know as -9, NA or a dot."""
    plain = frame[[column]].assign(**{column: frame[column].str.strip()})
    return numbers(plain.replace({column: dict.fromkeys(_MISSING, "")}), column, path)


def _years(spells: pd.DataFrame) -> pd.DataFrame:
    """Return a row a year of each spell from ``start`` to ``end``, 1946 and later."""
    spells = spells.assign(start=spells["start"].clip(lower=FIRST_YEAR))
    spells = spells[spells["end"] >= spells["start"]]
    lists = [list(range(a, b + 1)) for a, b in zip(spells["start"], spells["end"], strict=True)]
    spells = spells.assign(year=pd.Series(lists, index=spells.index, dtype=object))
    long = spells.explode("year").reset_index(drop=True)
    return long.astype({"year": int})


def _ties(ties: pd.DataFrame, indicator: str, unit: str, source: str) -> Tables:
    columns = [*_PAIR, "value", *(["text"] if "text" in ties else [])]
    out = ties[columns].assign(indicator=indicator, unit=unit, source=source)
    out["value"] = out["value"].astype(float)
    out.attrs["left_out"] = ties.attrs.get("left_out", {})
    return {"ties": out}
