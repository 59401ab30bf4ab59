"""What `comity check` prints and writes."""

from __future__ import annotations

import datetime as dt
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from comity.cli import app
from comity.errors import ComityError
from comity.intent.ledger import Ledger
from comity.intent.reading import Document, Reading, check, page, terminal
from comity.lake import Store

TEXT = """India and Russia

Trade between India and Russia crossed $65 billion, yet India's exports to Russia were $8 billion.
India will soon open consulates in Kazan. <script>alert("no")</script>

Nothing more is said.
"""
OP_ED = Path(__file__).resolve().parents[4] / "shared" / "texts" / "india-russia-beyond-defence.txt"


@pytest.fixture(scope="module")
def reading(store: Store, ledger: Ledger) -> Reading:
    document = Document(name="a.txt", kind="text", text=TEXT, date=dt.date(2025, 12, 9))
    return check(document, store, ledger)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.marked: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "link", "br"):
            self.open.append(tag)
        if tag == "mark":
            self.marked.append("")
        named = dict(attrs)
        if value := named.get("id"):
            self.ids.append(value)
        if tag == "a" and (value := named.get("href")):
            self.links.append(value)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "mark" in self.open and "a" not in self.open:
            self.marked[-1] += data


def test_the_page_is_well_formed_and_its_notes_resolve(reading: Reading) -> None:
    tags = Tags()
    tags.feed(page.render(reading))
    assert tags.open == []
    assert len(tags.ids) == len(set(tags.ids))
    inner = [link[1:] for link in tags.links if link.startswith("#")]
    assert set(inner) <= set(tags.ids)
    for row in reading.claims:
        words = reading.document.text[row.claim.start : row.claim.end]
        assert words in tags.marked


def test_the_page_has_no_script_and_no_other_host(reading: Reading) -> None:
    html = page.render(reading)
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert "default-src 'none'" in html
    assert not re.search(r"(?:src|srcset)=|url\(|@import", html)


def test_verdicts_differ_by_more_than_colour(reading: Reading) -> None:
    html = page.render(reading)
    for word in ("supported", "contradicted", "outdated"):
        assert f"{word}</span>" in html
    assert len(set(page.SYMBOLS.values())) == len(page.SYMBOLS)
    for line in ("solid", "double", "dashed", "wavy", "dotted"):
        assert f"--line: {line}" in html


def test_the_text_of_the_page_is_whole(reading: Reading) -> None:
    listed = page.rows(reading)
    text = " ".join(
        "".join(piece.text for piece in paragraph.pieces)
        for paragraph in page.paragraphs(reading, listed)
    )
    assert text.split() == TEXT.split()


def test_the_terminal_shows_every_row_with_its_source(reading: Reading) -> None:
    text = terminal.render(reading, width=110)
    assert "2 figures, 1 promise: 1 supported, 1 contradicted, 1 outdated" in text
    assert "[customs]" in text
    assert "\x1b" not in text
    assert "\x1b" in terminal.render(reading, width=110, color=True)
    assert max(len(line) for line in terminal.render(reading, width=70).splitlines()) <= 70


@settings(max_examples=60, deadline=None)
@given(
    text=st.lists(
        st.sampled_from(
            ["India", " and Russia ", "trade ", "was $5 billion ", "\n\n", "\n", "<b>",
             "will open ", "consulates ", "FTA talks ", "&", "in 2024. ", "x " * 30,
             "by 2030 ", "\u2028"]
        ),
        max_size=25,
    ).map("".join)
)  # fmt: skip
def test_any_text_gives_a_page_and_a_table(text: str, store: Store, ledger: Ledger) -> None:
    document = Document(name="a", kind="text", text=text, date=dt.date(2025, 12, 9))
    try:
        found = check(document, store, ledger)
    except ComityError:
        return
    tags = Tags()
    tags.feed(page.render(found))
    assert tags.open == []
    assert page.render(found) == page.render(check(document, store, ledger))
    assert terminal.render(found)
    shown = page.paragraphs(found, page.rows(found))
    whole = " ".join("".join(p.text for p in paragraph.pieces) for paragraph in shown)
    assert whole.replace(" · ", " ").split() == text.split()


def test_the_command_writes_every_format(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text(TEXT, encoding="utf-8")
    runner = CliRunner()
    for suffix in ("html", "json", "csv", "txt"):
        out = tmp_path / f"out.{suffix}"
        result = runner.invoke(app, ["check", str(file), "--date", "2025-12-09", "-o", str(out)])
        assert result.exit_code == 0, result.output
        assert "65 billion" in out.read_text(encoding="utf-8")
    data = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert data["schema"] == 1
    assert data["date"] == "2025-12-09"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["check", "none.txt"], 1),
        (["check", "FILE", "--date", "soon"], 2),
        (["check", "FILE", "--pair", "India", "Indai"], 2),
        (["check", "FILE", "--pair", "India", "IND"], 2),
        (["check", "FILE", "--format", "xlsx"], 2),
        (["check", "FILE", "--lake", "nowhere"], 1),
    ],
)
def test_a_wrong_call_is_a_plain_error(arguments: list[str], code: int, tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text(TEXT, encoding="utf-8")
    called = [str(file) if a == "FILE" else a for a in arguments]
    result = CliRunner().invoke(app, called)
    assert isinstance(result.exception, ComityError)
    assert result.exception.exit_code == code


def test_the_op_ed(tmp_path: Path) -> None:
    if not OP_ED.exists():
        pytest.skip("the op-ed is absent")
    out = tmp_path / "op-ed.json"
    result = CliRunner().invoke(app, ["check", str(OP_ED), "-o", str(out)])
    assert result.exit_code == 0, result.output
    data = json.loads(out.read_text(encoding="utf-8"))
    assert data["date"] == "2025-12-09"
    assert {data["pair"]["a"], data["pair"]["b"]} == {"IND", "RUS"}
    figures = {(c["indicator"], c["value"]): c for c in data["claims"]}
    trade = figures["goods_trade_total", 65e9]
    assert trade["verdict"] == "supported"
    assert trade["found"]["period"] == "FY2024-25"
    assert trade["found"]["value"] == pytest.approx(68.7e9, rel=0.01)
    exports = figures["goods_exports", 5e9]
    assert exports["verdict"] == "supported"
    assert exports["found"]["value"] == pytest.approx(4.88e9, rel=0.01)
    calls = figures["leader_calls", 22]
    assert calls["verdict"] == "no data"
    assert calls["found"]["value"] == 5
    promises = {p["about"]: p for p in data["promises"]}
    for about, verdict in {
        "reciprocal logistics support": "supported",
        "spare parts made in the partner country": "supported",
        "importing more from the partner": "supported",
        "settlement in national currencies": "supported",
        "mobility of workers and professionals": "supported",
        "consulates": "outdated",
        "trade agreement": "supported",
    }.items():
        assert promises[about]["verdict"] == verdict
        assert promises[about]["promise"]
    assert "19 November 2025" in promises["consulates"]["why"]
