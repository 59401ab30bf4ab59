"""Plain files: out and in again without loss; what is wrong is said with its place."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity.errors import LedgerFileError, OutputError
from comity.intent.ledger import Ledger, files
from comity.intent.ledger.check import check
from comity.intent.ledger.fields import FIELDS, PILLARS, SCOPES, Field, Record, build, table_of
from comity.intent.ledger.model import Kind, Pace, Status

words = st.text(
    st.characters(
        exclude_categories=["Cs", "Cc", "Co", "Cn"], exclude_characters="\u2028\u2029\ufeff"
    )
    | st.sampled_from("\n\t,;:\"'#-[]{}|>&*!%@` "),
    max_size=30,
).map(str.strip)
ids = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,12}", fullmatch=True)
numbers = st.none() | st.floats(0, 1e18, allow_nan=False) | st.integers(0, 10**13).map(float)
moments = st.sampled_from(["", "2025", "2025-12", "2025-12-05", "FY2024-25"])


@st.composite
def ledgers(draw: st.DrawFn) -> Ledger:
    tables: dict[str, list[Record]] = {name: [] for name in FIELDS}
    groups = draw(st.lists(ids.filter(lambda i: i not in ("IND", "RUS")), max_size=2, unique=True))
    for id in groups:
        row = {"id": id, "kind": "group", "name": draw(words) or "x", "members": ("IND", "RUS")}
        tables["parties"].append(build("parties", row))
    for id in ("IND", "RUS"):
        row = {"id": id, "kind": "country", "name": {"IND": "India", "RUS": "Russia"}[id]}
        tables["parties"].append(build("parties", row))
    pages = draw(st.lists(ids, min_size=1, max_size=3, unique=True))
    for id in pages:
        more = {name: draw(words) for name in ("title", "url", "note")}
        more["publisher"] = draw(words) or "x"
        tables["sources"].append(build("sources", {"id": id, "date": draw(moments), **more}))
    names = draw(st.lists(ids, min_size=1, max_size=3, unique=True))
    for n, id in enumerate(names):
        low = draw(numbers)
        row = {
            "id": id,
            "kind": draw(st.sampled_from(list(Kind))),
            "pillar": draw(st.sampled_from(PILLARS)),
            "text": draw(words) or "x",
            "parties": ("IND", draw(st.sampled_from(["RUS", *groups]))),
            "promised_by": tuple(draw(st.permutations(["IND", "RUS"]))),
            "said_by": draw(words),
            "occasion": draw(words),
            "indicator": draw(words) or "x",
            "low": low,
            "high": None if low is None else low + draw(st.sampled_from([0.0, 1.0])),
            "unit": draw(words) or "x",
            "scope": draw(st.sampled_from(("", *SCOPES))),
            "pace": draw(st.sampled_from(list(Pace))),
            "baseline": draw(numbers),
            "baseline_period": draw(moments),
            "delivered": draw(moments),
            "due": draw(moments),
            "due_note": draw(words),
            "repeats": tuple(names[:n]),
            "source": draw(st.sampled_from(pages)),
            "also": tuple(draw(st.lists(st.sampled_from(pages), max_size=2, unique=True))),
            "note": draw(words),
        }
        tables["promises"].append(build("promises", row))
        for _ in range(draw(st.integers(0, 2))):
            judged = {
                "promise": id,
                "by": draw(words) or "x",
                "assessed_on": "2025-12-05",
                "status": draw(st.sampled_from(list(Status))),
                "evidence": draw(words),
                "figure": draw(numbers),
                "figure_unit": draw(words) or "x",
                "figure_period": "2025",
                "source": draw(st.sampled_from(pages)),
            }
            record = build("assessments", judged)
            if record.id not in {r.id for r in tables["assessments"]}:
                tables["assessments"].append(record)
    return Ledger(tables)


@pytest.mark.parametrize("format", files.FORMATS)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(ledger=ledgers())
def test_out_and_in_again_is_the_same_ledger(format: str, ledger: Ledger) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ("ledger" if format == "csv" else f"ledger.{format}")
        files.write(ledger.records(), path, format)
        back = gather(check(files.read(path)))
    assert back.records() == ledger.records()
    assert back.id == ledger.id


def gather(records: list[Record]) -> Ledger:
    tables: dict[str, list[Record]] = {name: [] for name in FIELDS}
    for record in records:
        tables[table_of(record)].append(record)
    return Ledger(tables)


@pytest.mark.parametrize("format", files.FORMATS)
def test_starter_out_and_in_again(format: str, starter: Ledger, tmp_path: Path) -> None:
    path = tmp_path / ("ledger" if format == "csv" else f"ledger.{format}")
    files.write(starter.records(), path, format)
    assert gather(check(files.read(path))).id == starter.id


HEAD = "id,kind,pillar,text,parties,promised_by,source"
GOOD = "p9,project,trade,Build a bridge.,IND;RUS,IND,tass.com-2018-10-05"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([GOOD.replace("trade", "weather")], r"line 2, 'pillar': 'weather' is not one of trade"),
        ([GOOD, GOOD], r"line 3, 'id': 'p9' stands in promises.csv, line 2 already"),
        ([GOOD.replace("p9", "p 9")], r"line 2, 'id': 'p 9' is not an id"),
        ([GOOD.replace("IND;RUS", "IND")], r"'parties': names 1 parties; a promise has two sides"),
        ([GOOD.replace("IND;RUS", "IND;ZZZ")], r"'parties': No country is known as 'ZZZ'"),
        ([GOOD.replace("IND;RUS", "India;RUS")], r"'parties': 'India' should be written IND"),
        (
            [GOOD.replace("tass.com-2018-10-05", "x")],
            r"'source': there is no 'x' among the so",
        ),
        ([GOOD.replace("tass.com-2018-10-05", "")], r"'source': is empty, and must not be"),
        ([GOOD.replace("Build a bridge.", "")], r"'text': is empty, and must not be"),
        (
            ["\n" + GOOD.replace("project", "quantified-target")],
            r"line 3, 'indicator': a quanti",
        ),
        ([GOOD + ",extra"], r"line 2: the row has 8 cells, the header 7"),
        ([GOOD.replace("Build", "Bu\x07ild")], r"'text': holds a control character \(U\+0007\)"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    rows: list[str], said: str, starter: Ledger, tmp_path: Path
) -> None:
    file = tmp_path / "promises.csv"
    file.write_text("\n".join([HEAD, *rows]) + "\n", encoding="utf-8")
    with pytest.raises(LedgerFileError, match=said):
        check(files.read(file), starter)


@pytest.mark.parametrize(
    ("columns", "cells", "said"),
    [
        ("due", "2025-13", r"'due': '2025-13' is not a date; write 2025"),
        ("due,announced", "2024,2025", r"'due': '2024' is before the promise was made"),
        ("due_now", "2025", r"'due_now': a date that was moved needs the original one"),
        ("indicator,low", "rifles,5", r"'high': low and high stand together"),
        ("indicator,low,high,unit", "rifles,5,3,rifles", r"'high': is below low"),
        ("indicator,low,high", "rifles,5,5", r"'unit': a figure needs a unit"),
        ("indicator,low,high,unit", '"x","1,000",1,y', r"'low': '1,000' is not a number"),
        ("indicator,low,high,unit", "x,-1,1,y", r"'low': '-1' is not a number of zero or more"),
        ("repeats", "p9", r"'repeats': a promise cannot be linked to itself"),
        ("repeats", "p8", r"'repeats': there is no 'p8' among the promises"),
        ("origin", "IND", None),
    ],
)
def test_fields_are_checked_against_each_other(
    columns: str, cells: str, said: str | None, starter: Ledger, tmp_path: Path
) -> None:
    file = tmp_path / "promises.csv"
    file.write_text(f"{HEAD},{columns}\n{GOOD},{cells}\n", encoding="utf-8")
    if said is None:
        assert check(files.read(file), starter)
        return
    with pytest.raises(LedgerFileError, match=said):
        check(files.read(file), starter)


def test_an_assessment_is_checked(starter: Ledger, tmp_path: Path) -> None:
    file = tmp_path / "assessments.csv"
    file.write_text(
        "promise,by,assessed_on,status,source,figure\n"
        "IR-999,me,2025,done,tass.com-2018-10-05,\n"
        "IR-001,me,2025-12-05,missed,tass.com-2018-10-05,5\n",
        encoding="utf-8",
    )
    with pytest.raises(LedgerFileError) as refused:
        check(files.read(file), starter)
    assert any("'status': 'done' is not one of" in p for p in refused.value.problems)
    assert any("a figure needs figure_unit" in p for p in refused.value.problems)
    assert all("assessments.csv, line" in p for p in refused.value.problems)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv", b"\xff\xfe\x00", "line 1: the file is not UTF-8"),
        ("a.csv", HEAD.encode() + b"\n\xe9t\xe9", "line 2: the file is not UTF-8"),
        ("a.csv", b"id,colour\n1,2\n", "'colour' is unknown"),
        ("a.csv", b"id,kind,name,id\n", "'id' is twice"),
        ("a.csv", b"id,kind\nx,country\n", "'name' is missing"),
        ("a.csv", HEAD.encode() + b"\n", "holds no rows"),
        ("a.csv", HEAD.encode() + b'\np1,"open', "line 2: unexpected end of data"),
        ("a.txt", b"x", "not a ledger file by its name"),
        ("a.json", b'{"promises": [}', "line 1, column 15"),
        ("a.json", b"[]", "should be an object"),
        ("a.json", b'{"people": []}', "'people' is not a table"),
        ("a.json", b'{"promises": [1]}', "entry 1 of promises: this is not an object"),
        ("a.yaml", b"promises: [", "line 2, column 1: did not find"),
        ("a.yaml", b"- x", "here names and values should stand"),
        ("a.yaml", b"promises:\n- id: a\n  id: b\n", "line 3, column 3: 'id' stands here twice"),
        ("a.yaml", b"promises:\n- id: {a: b}\n", "one value or a list should stand here"),
        ("a.yaml", b"\x00", "not YAML|control"),
    ],
)
def test_broken_files_are_sentences(name: str, content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(LedgerFileError, match=said):
        files.read(tmp_path / name)


def test_a_folder_without_tables_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(LedgerFileError, match="has no table of a ledger"):
        files.read(tmp_path)
    with pytest.raises(LedgerFileError, match="cannot be read"):
        files.read(tmp_path / "none.csv")


def test_places_in_yaml_and_json_are_lines_and_columns(starter: Ledger, tmp_path: Path) -> None:
    row = dict(zip(HEAD.split(","), GOOD.split(","), strict=True)) | {"due": "soon"}
    row |= {"parties": ["IND", "RUS"], "promised_by": ["IND"]}
    (tmp_path / "a.json").write_text(json.dumps({"promises": [row]}, indent=1))
    with pytest.raises(LedgerFileError, match=r"a\.json, line 16, column 11, 'due': 'soon'"):
        check(files.read(tmp_path / "a.json"), starter)
    text = "promises:\n- id: p9\n  kind: project\n  due: soon\n"
    (tmp_path / "a.yaml").write_text(text)
    with pytest.raises(LedgerFileError, match=r"a\.yaml, line 4, column 8, 'due': 'soon'"):
        check(files.read(tmp_path / "a.yaml"), starter)


def test_yaml_keeps_what_people_write(starter: Ledger, tmp_path: Path) -> None:
    text = (
        "promises:\n- {id: p9, kind: project, pillar: trade, text: Build it., due: 2030,\n"
        "   announced: 2025-12-05, parties: [IND, NOR], promised_by: NOR, "
        "source: tass.com-2018-10-05}\n"
    )
    (tmp_path / "a.yaml").write_text(text)
    made = gather(check(files.read(tmp_path / "a.yaml"), starter)).promise("p9")
    assert (made.due, made.announced, made.parties) == ("2030", "2025-12-05", ("IND", "NOR"))


def test_problems_are_counted_and_cut(starter: Ledger, tmp_path: Path) -> None:
    file = tmp_path / "promises.csv"
    rows = [GOOD.replace("p9", f"p{n}").replace("trade", "x") for n in range(50)]
    file.write_text("\n".join([HEAD, *rows]), encoding="utf-8")
    with pytest.raises(LedgerFileError, match=r"Nothing was imported: 50 problems(.|\n)*30 more"):
        check(files.read(file), starter)


def test_an_export_that_cannot_be_written_leaves_the_old_one(
    starter: Ledger, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("old")
    with pytest.raises(OutputError):
        files.write(starter.records(), tmp_path / "file" / "ledger.json", "json")
    assert (tmp_path / "file").read_text() == "old"


def test_every_column_is_a_field_of_its_record() -> None:
    for name, fields in FIELDS.items():
        assert all(isinstance(field, Field) for field in fields)
        assert len({field.name for field in fields}) == len(fields), name
