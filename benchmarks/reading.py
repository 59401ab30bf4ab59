"""How well claims are found: precision and recall on the labelled sentences.

``python -m benchmarks.reading`` prints the table and writes ``benchmarks/results/reading.json``.
Every third sentence was held out while the reader was tuned; ``--errors`` lists what went wrong in
the tuned part only.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import Any

import yaml

from comity.intent.reading.claims import Claim, find_claims, find_pair

HERE = Path(__file__).parent
DATE = dt.date(2025, 12, 1)


def main() -> None:
    rows = yaml.safe_load((HERE / "data" / "claims.yaml").read_text(encoding="utf-8"))
    parts = {
        "tuned on": [row for row in rows if row["n"] % 3],
        "held out": [row for row in rows if row["n"] % 3 == 0],
        "all": rows,
    }
    results = {name: score(part) for name, part in parts.items()}
    if "--errors" in sys.argv:
        for row in parts["tuned on"]:
            show(row)
    columns = ("sentences", "traps", "labelled", "found", "right", "linked", "precision", "recall",
               "link_precision", "link_recall", "period_accuracy")  # fmt: skip
    print("".join(f"{name:>16}" for name in ("part", *columns)))
    for name, result in results.items():
        cells = [f"{result[c]:.3f}" if isinstance(result[c], float) else result[c] for c in columns]
        print("".join(f"{cell:>16}" for cell in (name, *cells)))
    out = HERE / "results" / "reading.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def read(row: dict[str, Any]) -> list[Claim]:
    today = dt.date.fromisoformat(str(row["date"])) if "date" in row else DATE
    pair = tuple(row["pair"]) if "pair" in row else find_pair(row["text"])[0]
    return list(find_claims(row["text"], today, pair))


def match(row: dict[str, Any], found: list[Claim]) -> tuple[list[tuple[Any, Claim]], list[Any]]:
    """Pair each label with the claim of the same value and unit; the rest is missed."""
    left = list(found)
    pairs, missed = [], []
    for label in row.get("claims", []):
        unit = label.get("unit")
        same = [
            c
            for c in left
            if abs(c.value - float(label["value"])) <= 0.005 * float(label["value"])
            and (c.unit == unit or (unit is None and c.unit in ("USD", "share", "")))
        ]
        if same:
            best = max(same, key=lambda c: linked(label, c))
            left.remove(best)
            pairs.append((label, best))
        else:
            missed.append(label)
    return pairs, missed


def linked(label: dict[str, Any], claim: Claim) -> bool:
    """Say whether indicator, product and sides are right."""
    sides = [claim.origin, claim.destination]
    right = sides == label["sides"] if claim.directed else sorted(sides) == sorted(label["sides"])
    return (
        right
        and claim.indicator == label["indicator"]
        and claim.product == label.get("product", "")
    )


def score(rows: list[dict[str, Any]]) -> dict[str, Any]:
    labelled = found = right = links = dated = periods = 0
    for row in rows:
        claims = read(row)
        pairs, _ = match(row, claims)
        labelled += len(row.get("claims", []))
        found += len(claims)
        right += len(pairs)
        links += sum(linked(label, claim) for label, claim in pairs)
        for label, claim in pairs:
            dated += 1
            periods += (claim.period.text if claim.period else "") == str(label.get("period", ""))
    return {
        "sentences": len(rows),
        "traps": sum("trap" in row for row in rows),
        "labelled": labelled,
        "found": found,
        "right": right,
        "linked": links,
        "precision": right / found if found else 1.0,
        "recall": right / labelled if labelled else 1.0,
        "link_precision": links / found if found else 1.0,
        "link_recall": links / labelled if labelled else 1.0,
        "period_accuracy": periods / dated if dated else 1.0,
    }


def show(row: dict[str, Any]) -> None:
    claims = read(row)
    pairs, missed = match(row, claims)
    extra = [c for c in claims if all(c is not other for _, other in pairs)]
    wrong = [(label, c) for label, c in pairs if not linked(label, c)]
    undated = [
        (label, c)
        for label, c in pairs
        if (c.period.text if c.period else "") != str(label.get("period", ""))
    ]
    if not (missed or extra or wrong or undated):
        return
    print(f"{row['n']:>4} {row['text']}")
    for label in missed:
        print(f"       missed {label}")
    for claim in extra:
        print(f"       extra  {_line(claim)}")
    for label, claim in wrong:
        print(f"       wrong  {_line(claim)}, not {label['indicator']} {label['sides']}")
    for label, claim in undated:
        print(f"       period {claim.period and claim.period.text}, not {label.get('period')}")


def _line(claim: Claim) -> str:
    return f"{claim.indicator} {claim.product} {claim.origin}>{claim.destination} {claim.value:g}"


if __name__ == "__main__":
    main()
