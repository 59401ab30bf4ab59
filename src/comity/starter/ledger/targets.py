"""From `bilateral-trade-targets.csv` to drafts of promises."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

from comity import catalogue
from comity.starter.ledger.groups import GROUPS
from comity.starter.ledger.rows import Draft, Sources, figures

SAME = {
    "ind-rus-2006-10bn-by-2010": "IR-002",
    "ind-rus-2008-10bn-by-2010": "IR-003",
    "ind-rus-2009-20bn-by-2015": "IR-004",
    "ind-rus-2010-20bn-by-2015": "IR-006",
    "ind-rus-2014-30bn-by-2025": "IR-008",
    "ind-rus-2021-30bn-by-2025": "IR-010",
    "ind-rus-2024-100bn-by-2030": "IR-011",
    "ind-rus-2025-100bn-by-2030": "IR-012",
}
"""Rows that are the same announcement as a row of the other file: one promise, not two."""

SPEAKERS = {
    "Erdogan": "TUR", "Pekcan": "TUR", "Bolat": "TUR", "Cavusoglu": "TUR", "Mus ": "TUR",
    "Modi": "IND", "Goyal": "IND", "Manmohan Singh": "IND", "Natwar Singh": "IND",
    "Anand Sharma": "IND", "Barthwal": "IND", "Naidu": "IND", "Nanda": "IND", "Nath": "IND",
    "Putin": "RUS", "Medvedev": "RUS", "Belousov": "RUS", "Novak": "RUS", "Zubkov": "RUS",
    "Zhukov": "RUS", "Lavrov": "RUS", "Mishustin": "RUS", "Chernyshenko": "RUS", "Trutnev": "RUS",
    "Government of Russia": "RUS", "Li Keqiang": "CHN", "Wen Jiabao": "CHN", "Wang Yi": "CHN",
    "Chen Deming": "CHN", "Zhang Liming": "CHN", "Government of China": "CHN", "Xi Jinping": "CHN",
    "Zeyoudi": "ARE", "bin Zayed": "ARE", "Ghalib": "IDN", "Yudhoyono": "IDN", "Kalla": "IDN",
    "Widodo": "IDN", "Soesatyo": "IDN", "Iqbal": "IDN", "Prabowo": "IDN", "Moon Jae-in": "KOR",
    "Yeo Han-Koo": "KOR", "Sung Yun-mo": "KOR", "Han Duck-soo": "KOR", "Johnson": "GBR",
    "May": "GBR", "Trump": "USA", "Lula": "BRA", "Laudemar": "BRA", "Farrell": "AUS",
    "Nguyen": "VNM", "Trinh": "VNM", "Truong": "VNM", "Pham": "VNM", "of Vietnam": "VNM",
    "Tran ": "VNM", "Rouhani": "IRN", "Raisi": "IRN", "Tamrin": "IRN", "Amir-Abdollahian": "IRN",
    "Rahimi": "IRN", "Atabak": "IRN", "Pezeshkian": "IRN", "Tehran": "IRN", "Salih": "IRQ",
    "Kadhimi": "IRQ", "Tokayev": "KAZ", "Smailov": "KAZ", "Nurtleu": "KAZ", "Zhumangarin": "KAZ",
    "Mirziyoyev": "UZB", "Umurzakov": "UZB", "Tukhtaev": "UZB", "Dawood": "PAK", "Shehbaz": "PAK",
    "Qamar": "PAK", "Gilani": "PAK", "Jam Kamal": "PAK", "Prayut": "THA", "Jurin": "THA",
    "Paetongtarn": "THA", "Pushkin": "RUS", "Assaf": "SAU", "Ergun": "TUR", "Saleh": "EGY",
    "Aliyev": "AZE", "French": "FRA", "Aman": "MYS", "Ciolacu": "ROU",
}  # fmt: skip
"""Whom an announcement binds, by the name in it; no name of the pair: both sides."""

TOGETHER = ("Governments", "Heads of state", "joint", "Joint", " leaders", "leaders' ", "Programme")
"""Words of an announcement that both sides made."""


def read(path: Path, sources: Sources, commitments: list[Draft]) -> list[Draft]:
    """Return one draft a row, and give the rows that are the same promise to the other file's."""
    held = {draft.id: draft for draft in commitments}
    drafts: dict[str, Draft] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            draft = _draft(row, sources, drafts)
            if draft.id in SAME:
                _merge(draft, held[SAME[draft.id]])
            else:
                drafts[draft.id] = draft
    _link(list(drafts.values()))
    return list(drafts.values())


def _draft(row: dict[str, str], sources: Sources, held: dict[str, Draft]) -> Draft:
    source = sources.of_columns(row)
    parties = sorted((row["country_a"], row["country_b"]))
    low = round(float(row["target_usd_bn"]) * 1e9, 2) if row["target_usd_bn"] else None
    baseline = row["baseline_usd_bn"]
    note = row["outcome_note"]
    promise: dict[str, Any] = {
        "id": _id(row, held),
        "kind": "quantified-target",
        "pillar": "trade",
        "text": _text(row),
        "parties": parties,
        "promised_by": _promised_by(row["announced_by"], parties),
        "said_by": row["announced_by"],
        "indicator": "goods_trade_total",
        "low": low,
        "high": low,
        "unit": "USD",
        "scope": row["scope"],
        "pace": "level",
        "baseline": round(float(baseline) * 1e9, 2) if baseline else None,
        "baseline_period": _baseline_period(row),
        "announced": row["announced_on"],
        "due": row["due_year"],
        "repeats": [],
        "follows": [],
        "source": source,
        "also": [],
    }
    return Draft(promise["id"], promise, _assessments(row, sources, source, note))


def _assessments(
    row: dict[str, str], sources: Sources, source: str, note: str
) -> list[dict[str, Any]]:
    open_ended = not row["due_year"] or int(row["due_year"]) > 2025
    status = "pending" if open_ended else "unknown"
    if note.startswith("Met"):
        status = "delivered"
    elif note.startswith("Missed"):
        status = "missed"
    judged: dict[str, Any] = {
        "status": status,
        "evidence": _evidence(note),
        "source": sources.of_note(note) or source,
    }
    found = figures(note)
    rows: list[dict[str, Any]] = []
    for period, figure in found:
        said = {"figure": figure, "figure_unit": "USD", "figure_period": period}
        rows.append({**judged, **said, "evidence_on": period})
    for one in rows[:-1]:
        one["evidence"] = f"USD {float(one['figure']) / 1e9:g}bn in {one['figure_period']}."
    return rows or [judged]


def _evidence(note: str) -> str:
    """Return the note without the status that it opens with, which stands beside it."""
    said = re.sub(r"^(Met|Missed): ", "", note)
    return said[:1].upper() + said[1:] if said else "No outcome found on the pages read."


def _id(row: dict[str, str], held: dict[str, Draft]) -> str:
    amount = f"{float(row['target_usd_bn']):g}bn" if row["target_usd_bn"] else "double"
    if "EUR" in row["outcome_note"] and not row["target_usd_bn"]:
        amount = "eur-30bn" if "30bn" in row["outcome_note"] else "eur-20bn"
    parts = [row["country_a"], row["country_b"], row["announced_on"][:4] or "undated", amount]
    if row["scope"] == "non-oil" and row["country_a"] == "IND":
        parts.append("non-oil")
    if row["due_year"]:
        parts += ["by", row["due_year"]]
    name = "-".join(parts).lower()
    for suffix in ("", "-b", "-c", "-d"):
        if name + suffix not in held:
            return name + suffix
    raise ValueError(f"too many promises are called {name}")


def _text(row: dict[str, str]) -> str:
    pair = " and ".join(_name(row[key]) for key in ("country_a", "country_b"))
    what = {
        "goods": "Trade",
        "goods+services": "Trade in goods and services",
        "non-oil": "Trade without oil",
    }[row["scope"]]
    when = f" by {row['due_year']}" if row["due_year"] else ", without a date"
    note = row["outcome_note"]
    if row["target_usd_bn"]:
        amount = f"to reach USD {float(row['target_usd_bn']):g} billion a year"
    elif "EUR" in note:
        amount = f"to reach EUR {'30' if '30bn' in note else '20'} billion a year"
    else:
        amount = "to double"
    if row["target_usd_bn"] == "164":
        amount = "to double"
    if "Cumulative" in note:
        amount, when = "to add up to USD 10 billion", " over 2021 to 2023"
    return f"{what} between {pair} {amount}{when}."


def _name(party: str) -> str:
    return GROUPS.get(party) or catalogue.country(party).with_article


def _promised_by(said_by: str, parties: list[str]) -> list[str]:
    if any(word in said_by for word in TOGETHER):
        return parties
    named = {code for name, code in SPEAKERS.items() if name in said_by}
    return sorted(named & set(parties)) or parties


def _baseline_period(row: dict[str, str]) -> str:
    fiscal = re.search(r"[Bb]aseline (?:is the )?(FY\d{4}-\d{2})", row["outcome_note"])
    return fiscal[1] if fiscal else row["baseline_year"]


def _merge(draft: Draft, held: Draft) -> None:
    """Give what this file knows of a promise to the other file's row of the same promise."""
    for name in ("baseline", "baseline_period", "said_by"):
        held.promise[name] = held.promise.get(name) or draft.promise[name]
    if draft.promise["source"] != held.promise["source"]:
        held.promise["also"].append(draft.promise["source"])
    said = {(row.get("figure"), row.get("figure_period")) for row in held.assessments}
    held.assessments[:0] = [
        row
        for row in draft.assessments
        if "figure" in row
        and row["source"] != draft.promise["source"]
        and (row["figure"], row["figure_period"]) not in said
    ]


def _link(drafts: list[Draft]) -> None:
    """Point every restatement of the same figure for the same pair to the first one."""
    first: dict[tuple[Any, ...], str] = {}
    for draft in sorted(drafts, key=lambda d: (d.promise["announced"] or "9999", d.id)):
        promise = draft.promise
        key = (*promise["parties"], promise["low"])
        if promise["low"] and key in first:
            promise["repeats"] = [first[key]]
        first.setdefault(key, promise["id"])
