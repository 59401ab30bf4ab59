"""Claims as a whole: the labelled sentences, traps, and what may never happen."""

from __future__ import annotations

import datetime as dt
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.intent.reading.claims import Claim, find_claims, find_figures, find_pair

DAY = dt.date(2025, 12, 1)
ROOT = Path(__file__).resolve().parents[3]


def claims(text: str, pair: tuple[str, str] | None = None) -> list[Claim]:
    return list(find_claims(text, DAY, pair or find_pair(text)[0]))


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    spec = importlib.util.spec_from_file_location("_reading", ROOT / "benchmarks" / "reading.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["_reading"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("part", ["tuned on", "held out"])
def test_labelled_sentences(benchmark: ModuleType, part: str) -> None:
    rows = yaml.safe_load((ROOT / "benchmarks/data/claims.yaml").read_text(encoding="utf-8"))
    chosen = [row for row in rows if (row["n"] % 3 == 0) == (part == "held out")]
    result = benchmark.score(chosen)
    assert result["precision"] > 0.9
    assert result["recall"] > 0.9
    assert result["link_precision"] > 0.8
    assert result["link_recall"] > 0.8


def test_the_labelled_set_is_what_it_says() -> None:
    rows = yaml.safe_load((ROOT / "benchmarks/data/claims.yaml").read_text(encoding="utf-8"))
    pairs = {tuple(sorted(c["sides"])) for row in rows for c in row.get("claims", [])}
    assert len(rows) >= 60
    assert len(pairs) >= 10
    assert [row["n"] for row in rows] == list(range(1, len(rows) + 1))


def test_a_claim_says_what_whose_how_much_and_when() -> None:
    (claim,) = claims("India’s exports to Russia are near $5 billion in FY25.")
    assert (claim.indicator, claim.origin, claim.destination) == ("goods_exports", "IND", "RUS")
    assert (claim.value, claim.unit, claim.qualifier) == (5e9, "USD", "about")
    assert claim.period is not None
    assert claim.period.text == "FY2024-25"
    assert claim.qualifier_words == "near"


@pytest.mark.parametrize(
    ("words", "qualifier"),
    [
        ("over $65 billion", "over"),
        ("more than $65 billion", "over"),
        ("$65 billion-plus", ""),
        ("under $65 billion", "under"),
        ("almost $65 billion", "about"),
        ("just over $65 billion", "about"),
        ("$65 billion", ""),
    ],
)
def test_qualifiers(words: str, qualifier: str) -> None:
    (claim,) = claims(f"Trade between India and Russia was {words} in 2024.")
    assert claim.qualifier == qualifier


@pytest.mark.parametrize(
    "text",
    [
        "India and Russia aim to raise trade to $100 billion by 2030.",
        "Trade between India and Russia could reach $100 billion.",
        "Trade between India and Russia grew by $3 billion.",
        "Trade between India and Russia rose 12 per cent.",
        "India's total exports were $437 billion, while Russia watched.",
        "If India and Russia agree, trade would be $90 billion.",
        "Russia denied that trade with India was $90 billion.",
    ],
)
def test_targets_changes_and_conditions_are_no_facts(text: str) -> None:
    assert claims(text) == []


def test_a_target_is_found_as_an_aim() -> None:
    text = "India and Russia aim to raise trade to $100 billion by 2030."
    (aim,) = find_figures(text, DAY, ("IND", "RUS"))
    assert aim.aim
    assert aim.value == 100e9


def test_not_crossed_is_a_bound() -> None:
    (claim,) = claims("Trade between Brazil and India has not yet crossed $20 billion.")
    assert claim.qualifier == "not over"


def test_imports_run_the_other_way() -> None:
    (claim,) = claims("India imported goods worth $63.8 billion from Russia in 2024-25.")
    assert (claim.origin, claim.destination) == ("RUS", "IND")


def test_a_third_country_keeps_its_figure() -> None:
    found = claims("Germany sold goods for $115 billion to France and for $168 billion to the US.")
    assert [(c.destination, c.value) for c in found] == [("FRA", 115e9), ("USA", 168e9)]


def test_a_sentence_may_lean_on_the_one_before() -> None:
    text = "India-Brazil trade was $15.9 billion in 2023. India's exports were $5.6 billion."
    found = claims(text)
    assert [(c.origin, c.destination) for c in found] == [("BRA", "IND"), ("IND", "BRA")]


def test_a_period_is_carried_to_the_next_sentence_but_not_to_the_present() -> None:
    lead = "Trade between India and Brazil was $15.9 billion in 2023. India's exports "
    past = claims(lead + "were $5.6 billion.")[1]
    present = claims(lead + "are now $7 billion.")[1]
    assert past.period is not None
    assert past.period.text == "2023"
    assert present.period is None


def test_a_monthly_figure_is_marked() -> None:
    (claim,) = claims("Monthly exports of India to Russia were $400 million.")
    assert claim.per == "month"


PIECES = [
    "India", "Russia", "'s exports", " imports from ", "China", " to ", "$", "65 billion", "1,23,4",
    "Rs ", " crore", "per cent", " in 2024", "FY25", "2024-25", " and ", ", ", ". ", "\n\n", "not ",
    "crossed ", " trade ", "target", "between ", "22 times", " spoken ", "phone", "€", "\u00a0",
    "half of ", "İ", "ß", "\ud7ff", "😀", "a third of ", "- ", "(", ")", "students ", "last year",
]  # fmt: skip
TEXTS = st.one_of(
    st.text(max_size=200), st.lists(st.sampled_from(PIECES), max_size=40).map("".join)
)


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_offsets_point_at_the_words_and_the_answer_is_the_same(text: str) -> None:
    pair = ("IND", "RUS")
    found = list(find_figures(text, DAY, pair))
    assert found == list(find_figures(text, DAY, pair))
    for claim in found:
        assert 0 <= claim.start < claim.end <= len(text)
        first, last = claim.figure
        assert claim.start <= first < last <= claim.end
        assert any(c.isalnum() for c in text[first:last])
        assert text[first:last] == text[first:last].strip()
        assert claim.sentence[0] <= claim.start
        assert claim.end <= claim.sentence[1]
        assert claim.origin != claim.destination
        assert claim.low <= claim.value <= claim.high
