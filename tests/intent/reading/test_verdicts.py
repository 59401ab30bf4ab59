"""Verdicts on claims and promises, against a lake and a ledger that can be checked by hand."""

from __future__ import annotations

import datetime as dt

import pytest

from comity.errors import ComityError
from comity.intent.ledger import Ledger
from comity.intent.reading import Document, Reading, Verdict, as_csv, as_dict, check
from comity.lake import Store

DAY = dt.date(2025, 12, 9)
LEAD = "India and Russia.\n\n"


def read(
    text: str, store: Store, ledger: Ledger, date: dt.date | None = DAY, pair: object = None
) -> Reading:
    document = Document(name="a text", kind="text", text=LEAD + text, date=date)
    return check(document, store, ledger, pair=pair)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        # the latest year at the text's date is FY2024-25: exports 4.88, imports 63.84, sum 68.72
        ("Trade between India and Russia crossed $65 billion.", "supported"),
        ("Trade between India and Russia is $68.7 billion.", "supported"),
        ("Trade between India and Russia is $66 billion.", "supported"),  # within 5 %
        ("Trade between India and Russia is $60 billion.", "contradicted"),
        ("Trade between India and Russia is $64 billion.", "outdated"),  # said for 2024
        ("Trade between India and Russia is about $63 billion.", "supported"),  # within 10 %
        ("Trade between India and Russia is over $70 billion.", "contradicted"),
        ("Trade between India and Russia is under $70 billion.", "supported"),
        ("Trade between India and Russia is $49.3 billion.", "outdated"),  # FY2022-23
        ("Trade between India and Russia has not crossed $100 billion.", "supported"),
        ("India's exports to Russia are near $5 billion.", "supported"),
        ("India's exports to Russia were $4.9 billion in FY25.", "supported"),
        ("India's exports to Russia were $6 billion in FY25.", "contradicted"),
        ("India's trade deficit with Russia is $59 billion.", "supported"),
        ("Russia's trade surplus with India is $59 billion.", "supported"),
        # two statements for 2024: 64 and 68
        ("Trade between India and Russia was $68 billion in 2024.", "disputed"),
        ("Trade between India and Russia was $66 billion in 2024.", "supported"),
        ("Trade between India and Russia was $90 billion in 2024.", "contradicted"),
        ("Trade between India and Russia was $90 billion in 1991.", "no data"),
        ("More than 30,000 Indian students are in Russia.", "supported"),
        ("Modi and Putin have spoken 22 times over the phone since 2022.", "no data"),
        ("Trade between India and Russia was Rs 5.7 lakh crore in FY25.", "no data"),
        ("Monthly trade between India and Russia is $5 billion.", "no data"),
        ("India and Germany published 9,500 joint papers in 2023.", "supported"),
        ("Germany and India published 9,500 joint papers in 2023.", "supported"),
        # figures for 2012 are too old to contradict a text of 2025
        ("Trade between Brazil and Argentina is $90 billion.", "no data"),
        # harmonised figures of 2023 add up to 162: a customs service may well have said 180
        ("Trade between China and Brazil was $180 billion in 2023.", "no data"),
        ("Trade between China and Brazil was $165 billion in 2023.", "supported"),
        ("Trade between China and Brazil was $300 billion in 2023.", "contradicted"),
        ("Some 92 per cent of trade between India and Russia in 2025 was settled in national "
         "currencies.", "supported"),
    ],
)  # fmt: skip
def test_verdict_on_a_claim(text: str, verdict: str, store: Store, ledger: Ledger) -> None:
    reading = read(text, store, ledger)
    (row,) = reading.claims
    assert row.judgement.verdict == verdict, row.judgement.sentence
    assert row.judgement.sentence.endswith(".")
    found = row.judgement.found
    if verdict != "no data":
        assert found is not None
        assert found.source in store.sources
        assert found.source in reading.sources
        assert found.line


def test_a_rupee_figure_says_why_it_is_not_judged(store: Store, ledger: Ledger) -> None:
    reading = read("India's exports to Russia were Rs 5,000 crore in FY25.", store, ledger)
    assert "rupee figure" in reading.claims[0].judgement.sentence
    assert "not converted" in reading.claims[0].judgement.sentence


def test_a_text_is_no_evidence_for_itself(store: Store, ledger: Ledger) -> None:
    claim = "India's exports to Russia were $9 billion in FY2023-24."
    other = read(claim, store, ledger)
    own = read(f"Two countries and what is between them\n\n{claim}", store, ledger)
    assert other.claims[0].judgement.verdict is Verdict.supported
    assert own.claims[0].judgement.verdict is Verdict.no_data


@pytest.mark.parametrize(
    ("text", "promise", "verdict"),
    [
        ("India will soon open consulates in Russia.", "P1", "outdated"),
        ("India opened consulates in Russia.", "P1", "supported"),
        ("India never opened consulates in Kazan.", "P1", "contradicted"),
        ("India and Russia hold talks on a free trade agreement.", "P2", "supported"),
        ("India and Russia signed a free trade agreement.", "P2", "contradicted"),
        ("They plan the mutual recognition of degrees.", "P3", "supported"),
        ("India and Russia will build gas pipelines.", "P6", "outdated"),
        ("Russia hopes for visa-free travel.", "P7", "supported"),
        ("They aim to raise bilateral trade to $100 billion by 2030.", "P5", "supported"),
        ("India will open an embassy in Russia.", None, "no data"),
    ],
)
def test_verdict_on_a_promise(
    text: str, promise: str | None, verdict: str, store: Store, ledger: Ledger
) -> None:
    reading = read(text, store, ledger)
    (mention,) = reading.promises
    assert (mention.promise.id if mention.promise else None) == promise
    assert mention.verdict == verdict, mention.why
    assert bool(mention.source) == (promise is not None)


def test_the_text_s_date_decides_what_was_known(store: Store, ledger: Ledger) -> None:
    text = "India will soon open consulates in Russia."
    before = read(text, store, ledger, dt.date(2025, 6, 1))
    after = read(text, store, ledger, dt.date(2025, 12, 1))
    assert before.promises[0].verdict is Verdict.supported
    assert after.promises[0].verdict is Verdict.outdated


def test_a_repeated_promise_is_named_as_such(store: Store, ledger: Ledger) -> None:
    reading = read("They plan the mutual recognition of degrees.", store, ledger)
    assert "Not new: first promised on 1 February 2019, repeated once." in reading.promises[0].why


def test_names_without_a_promise_are_no_mention(store: Store, ledger: Ledger) -> None:
    assert read("The old consulates of India in Russia are lovely.", store, ledger).promises == ()


def test_no_pair_is_an_error(store: Store, ledger: Ledger) -> None:
    document = Document(name="a text", kind="text", text="India is large.", date=DAY)
    with pytest.raises(ComityError, match="names no two countries"):
        check(document, store, ledger)


def test_several_pairs_are_said(store: Store, ledger: Ledger) -> None:
    text = "China, China, Brazil and Brazil. Trade between Brazil and China was $90 billion."
    reading = read(text, store, ledger, pair=None)
    assert any("several pairs" in note for note in reading.notes) or reading.pair == ("BRA", "CHN")
    narrow = read(text, store, ledger, pair=("IND", "RUS"))
    assert narrow.claims == ()
    assert any("other pairs left out" in note for note in narrow.notes)


def test_a_text_without_date_says_so(store: Store, ledger: Ledger) -> None:
    reading = read("Trade between India and Russia is $68.7 billion.", store, ledger, date=None)
    assert not reading.dated
    assert reading.today == dt.date(2026, 1, 31)
    assert any("no date" in note for note in reading.notes)


def test_without_a_date_last_year_is_not_judged(store: Store, ledger: Ledger) -> None:
    text = "Trade between India and Russia was $90 billion last year."
    undated = read(text, store, ledger, date=None)
    dated = read(text, store, ledger)
    assert undated.claims[0].judgement.verdict is Verdict.no_data
    assert dated.claims[0].judgement.verdict is Verdict.contradicted


def test_json_and_csv_hold_the_same(store: Store, ledger: Ledger) -> None:
    reading = read(
        "Trade between India and Russia crossed $65 billion. India will soon open consulates.",
        store,
        ledger,
    )
    data = as_dict(reading)
    text = data["document"]["text"]
    for row in [*data["claims"], *data["promises"]]:
        assert text[row["start"] : row["end"]] == row["words"]
    assert data["claims"][0]["found"]["source"] in data["sources"]
    lines = as_csv(reading).splitlines()
    assert len(lines) == 1 + len(data["claims"]) + len(data["promises"])


def test_csv_cells_cannot_be_formulas(store: Store, ledger: Ledger) -> None:
    reading = read("Trade between India and Russia crossed $65 billion.", store, ledger)
    assert not any(
        cell.startswith(("=", "+", "@")) for line in as_csv(reading).splitlines()
        for cell in line.split(",")
    )  # fmt: skip
