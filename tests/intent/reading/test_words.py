"""Figures, periods, dates, sentences and actors: the parts that claims are made of."""

from __future__ import annotations

import datetime as dt

import pytest

from comity.errors import UsageError
from comity.intent.reading import periods
from comity.intent.reading.dateline import find_date, read_date
from comity.intent.reading.quantities import quantities
from comity.intent.reading.text import LONGEST, plain, sentences
from comity.intent.reading.vocabulary import actors

DAY = dt.date(2025, 12, 9)


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("$65 billion", 65e9, "USD"),
        ("US$ 65 bn", 65e9, "USD"),
        ("USD 68.7bn", 68.7e9, "USD"),
        ("65-billion dollars", 65e9, "USD"),
        ("half a billion dollars", 0.5e9, "USD"),
        ("Rs 4,02,000 crore", 4.02e12, "INR"),
        ("₹1.2 lakh crore", 1.2e12, "INR"),
        ("€12.2 billion", 12.2e9, "EUR"),
        ("300 million euros", 300e6, "EUR"),
        ("A$33 billion", 33e9, "AUD"),
        ("68,7 billion dollars", 68.7e9, "USD"),
        ("36 per cent", 0.36, "share"),
        ("a third of exports", 1 / 3, "share"),
        ("1.8 million barrels a day", 1.8e6, "barrels/day"),
        ("25,000 students", 25_000, ""),
        ("Twenty-five flights", 25, ""),
        ("22 times over the phone", 22, ""),
    ],
)
def test_a_figure_is_read_in_base_units(text: str, value: float, unit: str) -> None:
    (found,) = quantities(text)
    assert found.value == pytest.approx(value)
    assert found.unit == unit
    assert text[found.start : found.end] == text[found.start : found.end].strip()


@pytest.mark.parametrize(
    "text",
    [
        "in 2024", "on 5 December 2025", "the S-400 and the Su-57", "the 23rd summit", "G20",
        "40 million tonnes", "24 days", "a 162-km railway", "three times the level", "Article 5",
        "1,000 MW", "one of the reasons", "the top 10 exports", "15 countries",
    ],
)  # fmt: skip
def test_what_is_no_figure_is_left_out(text: str) -> None:
    assert list(quantities(text)) == []


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("$60-65 billion", 60e9, 65e9),
        ("between $60 billion and $65 billion", 60e9, 65e9),
        ("90 to 95 per cent", 0.90, 0.95),
    ],
)
def test_a_range_keeps_its_ends(text: str, low: float, high: float) -> None:
    (found,) = quantities(text)
    assert (found.low, found.high) == pytest.approx((low, high))
    assert found.value == pytest.approx((low + high) / 2)


def test_a_rise_is_two_figures_not_a_range() -> None:
    found = list(quantities("from $13 billion in 2021 to $68 billion"))
    assert [q.value for q in found] == [13e9, 68e9]


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("FY25", "FY2024-25"),
        ("2024-25", "FY2024-25"),
        ("fiscal year 2023-24", "FY2023-24"),
        ("2020-24", "2020-24"),
        ("last year", "2024"),
        ("this year", "2025"),
        ("last financial year", "FY2024-25"),
        ("January 2026", "2026-01"),
        ("in November", "2025-11"),
        ("first nine months of 2024", "2024-01/2024-09"),
        ("January-November 2024", "2024-01/2024-11"),
        ("first half of 2025", "2025-01/2025-06"),
        ("Q3 2024", "2024-07/2024-09"),
        ("since 2022", "2022/2025"),
        ("between 2015 and 2020", "2015/2020"),
        ("Last year", "2024"),
    ],
)
def test_a_period_is_written_as_tables_write_it(text: str, period: str) -> None:
    (found,) = periods.find(text, DAY)
    assert found.text == period
    assert (found.start, found.end) == (0, len(text))


@pytest.mark.parametrize("text", ["may rise", "2,024 people", "$2024", "pre-2020x", "FY25-99"])
def test_what_is_no_period_is_left_out(text: str) -> None:
    assert [p for p in periods.find(text, DAY) if p.start == 0] == []


@pytest.mark.parametrize("cell", ["", "pre-2020", "2024-13", "2025-02/2025-01", "2025/1990", "x"])
def test_a_cell_that_is_no_period_gives_none(cell: str) -> None:
    assert periods.read(cell) is None


def test_overlap_and_the_year_before() -> None:
    assert periods.fiscal(2024).overlap(periods.year(2024)) == pytest.approx(275 / 365)
    assert periods.year_before(periods.fiscal(2024)) == periods.fiscal(2023)
    month = periods.year_before(periods.months(1, 1, 2026))
    assert month is not None
    assert month.text == "2025-01"
    assert periods.year_before(periods.span(2015, 2020)) is None


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("Chandigarh - UPDATED: December 9, 2025, 02:34 PM", "2025-12-09"),
        ("Published 9th December 2025", "2025-12-09"),
        ("2025-12-09", "2025-12-09"),
        ("It began on 1 March 2020 and went on.\nUpdated: Dec 9, 2025", "2025-12-09"),
    ],
)
def test_the_dateline_is_found(text: str, date: str) -> None:
    found = find_date(text)
    assert found is not None
    assert found[0].isoformat() == date


def test_a_text_without_a_full_date_has_none() -> None:
    assert find_date("In 2024 trade rose. 31 February 2025 never was.") is None


def test_a_date_that_is_none_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="'soon' is not a date"):
        read_date("soon")


def test_sentences_keep_abbreviations_and_join_wrapped_lines() -> None:
    text = plain(
        "Mr. Modi met U.S. officials; exports were Rs. 5 crore\nin all of the year that is "
        "meant here. Imports fell.\n\n- one item\n- another item"
    )
    found = [text[s.start : s.end] for s in sentences(text)]
    assert len(found) == 4
    assert found[0].endswith("meant here.")
    assert found[2:] == ["- one item", "- another item"]


def test_a_sentence_without_end_is_cut() -> None:
    text = "word " * 1000
    assert all(s.end - s.start <= LONGEST for s in sentences(text))


def test_actors_by_name_adjective_capital_and_seat() -> None:
    found = actors("The Kremlin told Tokyo that Turkish and UAE exports cost US$5 in turkey meat")
    assert [a.id for a in found] == ["RUS", "JPN", "TUR", "ARE"]
