"""Build the embedded ledger: ``python -m comity.starter.ledger ../shared/facts``."""

from __future__ import annotations

import argparse
from pathlib import Path

from comity.starter.ledger.build import build


def main() -> None:
    """Read the facts and write the four files beside this one, or where ``--out`` says."""
    parser = argparse.ArgumentParser(prog="python -m comity.starter.ledger", description=__doc__)
    parser.add_argument("facts", type=Path, help="folder with the two CSV files of facts")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    arguments = parser.parse_args()
    counts = build(arguments.facts, arguments.out)
    print(", ".join(f"{count} {name}" for name, count in counts.items()))  # noqa: T201


if __name__ == "__main__":
    main()
