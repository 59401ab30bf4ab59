"""The commands: what they show, add, judge, take in and give out, and their plain sentences."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from comity.brief.promises import as_dict, page, promises_of, targets_of
from comity.brief.promises.section import promised
from comity.cli import app
from comity.errors import ComityError
from comity.intent import ledger as ledgers
from comity.intent.ledger import Ledger
from comity.intent.ledger.database import Database
from comity.lake import Dossier, Store
from comity.starter import path as embedded

DAY = "2026-11-23"


def run(*words: str) -> str:
    done = CliRunner().invoke(app, ["promises", *words])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output


def rows(*words: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(run(*words, "--as-of", DAY, "--format", "csv"))))


def test_a_pair_in_the_terminal() -> None:
    shown = run("IND", "RUS", "--as-of", DAY)
    assert "India and Russia: promises" in shown
    assert "One side carried it: exports of Russia" in re.sub(r"\s+", " ", shown)
    assert "over-represented" in shown
    assert "Judged on 2026-11-23" in shown


def test_names_and_orders_of_countries_do_not_matter() -> None:
    assert rows("India", "Russia") == rows("RU", "IN")
    assert {row["parties"] for row in rows("China", "africa")} == {"AFR;CHN"}
    assert len(rows("India")) > len(rows("India", "Russia"))


@pytest.mark.parametrize(
    ("option", "holds"),
    [
        (("--due",), lambda row: row["due"] and row["due"].removeprefix("FY")[:4] <= "2026"),
        (("--repeated",), lambda row: True),
        (("--missed",), lambda row: row["standing"] not in ("delivered", "delivered late")),
        (("--pillar", "defence"), lambda row: row["pillar"] == "defence"),
        (("--status", "partly"), lambda row: "partly" in (row["standing"], row["status"])),
        (("--status", "met late"), lambda row: row["verdict"] == "met late"),
    ],
)
def test_filters(option: tuple[str, ...], holds: object) -> None:
    found = rows("IND", "RUS", *option)
    assert 0 < len(found) < len(rows("IND", "RUS"))
    assert all(holds(row) for row in found)  # type: ignore[operator]


def test_sorts() -> None:
    made = [row["made_on"] or "9999" for row in rows("IND", "RUS")]
    assert made == sorted(made)
    pillars = [row["pillar"] for row in rows("IND", "RUS", "--sort", "pillar")]
    assert pillars == sorted(pillars)


def test_overdue_moves_with_the_day() -> None:
    before = rows("IND", "RUS", "--status", "overdue")
    past = run("IND", "RUS", "--due", "--as-of", "2012-01-01", "--format", "csv")
    assert len(past.splitlines()) - 1 < len(rows("IND", "RUS", "--due"))
    assert {row["verdict"] for row in before} <= {"overdue", "missed", "not measurable"}


def test_json_has_the_contract_s_commitments_and_resolves() -> None:
    document = json.loads(run("IND", "RUS", "--as-of", DAY, "--format", "json"))
    assert {"schema", "pair", "commitments", "scores", "sources", "chains"} <= set(document)
    for one in document["commitments"]:
        for key in ("id", "made_on", "promised_by", "pillar", "text", "target", "due", "repeats",
                    "status", "verdict", "evidence", "source"):  # fmt: skip
            assert key in one
        assert one["source"]["id"] in document["sources"]
        if one["figure"]:
            assert one["figure"]["source"] in document["sources"]
    assert document["scores"]["sample"]


def test_targets_of_all_pairs() -> None:
    found = rows("--targets")
    assert len(found) == 152
    assert {row["indicator"] for row in found if "indicator" in row} == set()
    assert sum(row["verdict"] == "met" for row in found) > 10


def test_spreadsheet_has_the_same_rows(tmp_path: Path) -> None:
    run("IND", "RUS", "--as-of", DAY, "--out", str(tmp_path / "p.xlsx"))
    book = openpyxl.load_workbook(tmp_path / "p.xlsx")
    assert book.sheetnames == ["Promises", "Assessments", "Made again", "Scores", "Sources"]
    shown = [row[0].value for row in book["Promises"].iter_rows(min_row=2)]
    assert shown == [row["id"] for row in rows("IND", "RUS")]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), None),
        (("IND", "--targets"), "Name a country, or ask for --targets"),
        (("IND", "Rusia"), "Did you mean Russia"),
        (("IND", "FRA"), "The ledger has no promises of IND and FRA"),
        (("IND", "RUS", "--pillar", "x"), "There is no pillar 'x'"),
        (("IND", "RUS", "--status", "x"), "There is no status 'x'"),
        (("IND", "RUS", "--as-of", "soon"), "'soon' is not a day"),
        (("IND", "RUS", "--ledger", "/none/at/all"), "There is no ledger at"),
        (("export", "--out", "x.pdf"), "does not say in which format"),
        (("export", "--out", "x.csv"), "A ledger in CSV is four tables"),
        (("assess", "x", "--status", "missed", "--by", "x", "--evidence", "y"), "one source"),
    ],
)
def test_mistakes_are_sentences(words: tuple[str, ...], said: str | None) -> None:
    done = CliRunner().invoke(app, ["promises", *words])
    assert done.exit_code != 0
    if said:
        assert isinstance(done.exception, ComityError)
        assert said in str(done.exception)


def test_add_assess_and_see(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMITY_LEDGER", str(tmp_path / "own.sqlite"))
    added = ["add", "--parties", "IND,NOR", "--pillar", "people", "--text", "Open a consulate.",
             "--announced", "2024", "--due", "2025", "--source-publisher", "X"]  # fmt: skip
    name = run(*added).split()[0]
    assert "was already in" in run(*added)
    assert rows("India", "Norway")[0]["standing"] == "unknown"
    judged = ["assess", name, "--status", "delivered", "--by", "me", "--evidence", "Opened.",
              "--on", "2026-01-02", "--source-publisher", "A paper"]  # fmt: skip
    assert "is judged delivered" in run(*judged)
    assert "was already judged" in run(*judged)
    assert rows("India", "Norway")[0]["standing"] == "delivered"


def test_what_is_added_wrongly_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMITY_LEDGER", str(tmp_path / "own.sqlite"))
    words = ["add", "--parties", "IND,ZZZ", "--pillar", "weather", "--text", "x",
             "--due", "soon", "--source-publisher", "y"]  # fmt: skip
    done = CliRunner().invoke(app, ["promises", *words])
    assert isinstance(done.exception, ComityError)
    assert "the command, 'pillar': 'weather' is not one of" in str(done.exception)
    assert "the command, 'due': 'soon' is not a date" in str(done.exception)
    assert not (tmp_path / "own.sqlite").exists()


def test_your_own_ledger_begins_as_comity_s(starter: Ledger) -> None:
    run("add", "--parties", "IND,NOR", "--pillar", "people", "--text", "Open a consulate.",
        "--source-publisher", "A ministry")  # fmt: skip
    assert len(ledgers.open()) == len(starter) + 1


def test_export_and_import_through_the_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, starter: Ledger
) -> None:
    run("export", "--out", str(tmp_path / "all.yaml"))
    monkeypatch.setenv("COMITY_LEDGER", str(tmp_path / "own.sqlite"))
    first = run("import", str(tmp_path / "all.yaml"))
    assert f"promises: {len(starter)} new, 0 replaced, 0 already there" in first
    again = run("import", str(tmp_path / "all.yaml"))
    assert f"promises: 0 new, 0 replaced, {len(starter)} already there" in again
    assert ledgers.open().id == starter.id
    bad = tmp_path / "promises.csv"
    bad.write_text("id,kind,pillar,text,parties,promised_by,source\nx,y,z,,IND,RUS,q\n")
    done = CliRunner().invoke(app, ["promises", "import", str(bad)])
    assert "promises.csv, line 2, 'kind'" in str(done.exception)
    assert Database(tmp_path / "own.sqlite").read().id == starter.id


def test_an_error_leaves_with_code_one_and_a_sentence() -> None:
    code = "from comity.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "promises", "IND", "FRA"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("comity: The ledger has no promises")
    assert "Traceback" not in done.stderr


@pytest.fixture(scope="module")
def store() -> Store:
    return Store(embedded())


def test_the_page_stands_alone(store: Store, starter: Ledger) -> None:
    view = promises_of("IND", "RUS", store=store, ledger=starter)
    html = page.render(view)
    assert not re.search(r"<(script|img|link|iframe)\b", html)
    assert re.findall(r"url\((?!#)", html) == []
    names = re.findall(r'\bid="([^"]+)"', html)
    assert len(names) == len(set(names))
    assert set(re.findall(r'href="#([^"]+)"', html)) <= set(names)
    assert all(f'id="{row.promise.id}"' in html for row in view.rows)
    for drawing in re.findall(r"<svg.*?</svg>", html, re.DOTALL):
        root = ET.fromstring(drawing)
        assert [child.tag for child in root][:2] == ["title", "desc"]


def test_the_page_escapes_what_people_write(store: Store) -> None:
    from comity.intent.ledger.fields import build

    source = build("sources", {"id": "s", "publisher": "<b>x", "url": "javascript:alert(1)"})
    row = {"id": "p", "kind": "project", "pillar": "trade", "text": "<script>x</script>",
           "parties": ("IND", "RUS"), "promised_by": ("IND",), "source": "s"}  # fmt: skip
    held = Ledger({"parties": [], "sources": [source], "promises": [build("promises", row)],
                   "assessments": []})  # fmt: skip
    html = page.render(promises_of("IND", "RUS", store=store, ledger=held))
    assert "<script>" not in html
    assert "javascript:" not in html


def test_the_page_of_all_targets_names_the_pairs(store: Store, starter: Ledger) -> None:
    view = targets_of(store=store, ledger=starter)
    html = page.render(view)
    assert "Trade targets" in html
    assert "Russia–Türkiye, $100 bn" in html


def test_what_a_brief_takes(store: Store, starter: Ledger) -> None:
    made = promised(Dossier(store, "IND", "RUS"))
    assert made is not None
    assert [chart.id for chart in made.section.charts] == ["promise-targets", "promise-timeline"]
    assert any("over-represented" in note for note in made.section.notes)
    known = set(made.sources) | set(store.sources)
    assert {s for chart in made.section.charts for s in chart.sources} <= known
    assert len(made.commitments) == len(starter.promises("IND", "RUS"))
    assert promised(Dossier(store, "IND", "FRA")) is None


def test_a_dossier_that_was_read_already_gives_the_same(store: Store, starter: Ledger) -> None:
    day = dt.date.fromisoformat(DAY)
    asked = promises_of("IND", "RUS", store=store, ledger=starter, as_of=day)
    dossier = Dossier(store, "IND", "RUS")
    reused = promises_of("IND", "RUS", store=store, ledger=starter, as_of=day, dossier=dossier)
    assert [as_dict(asked, row) for row in asked.rows] == [
        as_dict(reused, row) for row in reused.rows
    ]
