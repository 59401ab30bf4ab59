"""Verdicts, chains and scores, on a small lake of our own and on the starter's."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from comity import starter as embedded
from comity.intent import ledger as ledgers
from comity.intent.ledger import (
    Evidence,
    Judge,
    Ledger,
    Outcome,
    Promise,
    Standing,
    Status,
    chains,
    score,
    standing,
)
from comity.intent.ledger.fields import FIELDS, Record, build, table_of
from comity.lake import Store, write

TODAY = dt.date(2026, 11, 23)
BILLION = 1e9


def target(id: str = "p", **more: object) -> Promise:
    row = {
        "id": id,
        "kind": "quantified-target",
        "pillar": "trade",
        "text": "Trade of ten billion.",
        "parties": ("IND", "RUS"),
        "promised_by": ("IND", "RUS"),
        "indicator": "goods_trade_total",
        "low": 10 * BILLION,
        "high": 10 * BILLION,
        "unit": "USD",
        "scope": "goods",
        "announced": "2010",
        "due": "2015",
        "source": "page",
    }
    made = build("promises", row | more)
    assert isinstance(made, Promise)
    return made


def ledger_of(*records: Record) -> Ledger:
    tables: dict[str, list[Record]] = {name: [] for name in FIELDS}
    tables["sources"].append(build("sources", {"id": "page", "publisher": "A page"}))
    for record in records:
        tables[table_of(record)].append(record)
    return Ledger(tables)


def judged(promise: str = "p", status: str = "unknown", **more: object) -> Record:
    row = {"promise": promise, "by": "me", "assessed_on": "2026-01-01", "status": status}
    return build("assessments", row | {"source": "page"} | more)


def lake(tmp_path: Path, levels: dict[int, tuple[float, float]], **more: object) -> Store:
    """Return a lake with India's and Russia's exports to each other, in billions."""
    rows = [
        {
            "year": year,
            "exporter": exporter,
            "importer": importer,
            "product": more.get("product", "TOTAL"),
            "value_usd": value * BILLION,
            "valuation": "fob",
            "basis": more.get("basis", "reported"),
            "revision": "TOTAL",
            "period": more.get("period", str(year)),
            "source": "customs",
        }
        for year, pair in levels.items()
        for exporter, importer, value in (("IND", "RUS", pair[0]), ("RUS", "IND", pair[1]))
    ]
    sources = pd.DataFrame(
        [
            {
                "id": "customs",
                "publisher": "The customs",
                "title": "Trade",
                "licence": "none",
                "citation": "The customs.",
                "redistributable": True,
            }
        ]
    )
    return write(tmp_path / "lake", {"flows": pd.DataFrame(rows), "sources": sources}, built="x")


def verdict(
    promise: Promise, store: Store | None, *records: Record, as_of: dt.date = TODAY
) -> ledgers.Verdict:
    ledger = ledger_of(promise, *records)
    return Judge(ledger, Evidence(ledger, store), as_of).judge(promise)


@pytest.mark.parametrize(
    ("levels", "status", "words"),
    [
        ({2012: (3, 3), 2015: (5, 6)}, Outcome.met, "USD 11 billion in 2015"),
        ({2013: (5, 5), 2015: (3, 3)}, Outcome.met, "Below it again: USD 6 billion in 2015"),
        ({2015: (3, 3), 2017: (5, 6)}, Outcome.met_late, "When due: USD 6 billion in 2015"),
        ({2012: (3, 3), 2017: (5, 6)}, Outcome.met_undated, "no figure shows whether"),
        ({2015: (3, 3)}, Outcome.missed, "Missed: USD 6 billion in 2015"),
        ({2016: (3, 3), 2019: (4, 4)}, Outcome.missed, "Still USD 8 billion in 2019"),
        ({2014: (3, 3)}, Outcome.overdue, "Overdue since 2015: no figure for the date"),
        ({2009: (8, 8)}, Outcome.overdue, "no figure since the promise"),
    ],
)
def test_a_target_that_was_due(
    tmp_path: Path, levels: dict[int, tuple[float, float]], status: Outcome, words: str
) -> None:
    found = verdict(target(), lake(tmp_path, levels))
    assert found.status is status
    assert words in found.sentence
    assert found.used in ("lake", "")


def test_pace_is_needed_growth_against_achieved(tmp_path: Path) -> None:
    store = lake(tmp_path, {2020: (2, 2), 2023: (3, 3)})
    slow = target(announced="2020", due="2030", baseline=5.5 * BILLION, baseline_period="2020")
    found = verdict(slow, store)
    assert found.status is Outcome.behind
    assert found.achieved == pytest.approx((6 / 5.5) ** (1 / 3) - 1)
    assert found.needed == pytest.approx((10 / 6) ** (1 / 7) - 1)
    fast = target(announced="2020", due="2030", baseline=4 * BILLION, baseline_period="2020")
    assert verdict(fast, store).status is Outcome.on_track


def test_growth_is_counted_between_the_middles_of_periods(tmp_path: Path) -> None:
    store = lake(tmp_path, {2025: (2, 4)}, period="FY2025-26")
    promise = target(
        announced="2024-07", due="2030", baseline=8 * BILLION, baseline_period="FY2023-24"
    )
    found = verdict(promise, store)
    assert found.status is Outcome.behind
    assert found.needed == pytest.approx((10 / 6) ** (1 / (2030.5 - 2025.75)) - 1)
    assert found.achieved == pytest.approx((6 / 8) ** (1 / 2.0) - 1, rel=1e-3)


def test_without_a_figure_since_the_promise_there_is_no_pace(tmp_path: Path) -> None:
    found = verdict(target(announced="2024", due="2030"), lake(tmp_path, {2023: (3, 3)}))
    assert found.status is Outcome.not_measurable


def test_without_a_date_a_target_is_open_or_met(tmp_path: Path) -> None:
    store = lake(tmp_path, {2015: (3, 3)})
    assert verdict(target(due=""), store).status is Outcome.open
    low = target(due="", low=5 * BILLION, high=5 * BILLION)
    assert verdict(low, store).status is Outcome.met
    assert "no date was promised" in verdict(low, store).sentence


def test_overdue_sets_itself_with_the_day(tmp_path: Path) -> None:
    store = lake(tmp_path, {2012: (3, 3), 2014: (3, 3)})
    promise = target(announced="2012")
    last = verdict(promise, store, as_of=dt.date(2015, 12, 31))
    assert last.status is Outcome.behind
    assert verdict(promise, store, as_of=dt.date(2016, 1, 1)).status is Outcome.overdue


def test_one_side_that_carries_the_total_is_named(tmp_path: Path) -> None:
    found = verdict(target(), lake(tmp_path, {2015: (1, 12)}))
    assert found.one_sided == "RUS"
    assert "exports of Russia were USD 12 billion, those of India USD 1 billion" in found.sentence
    assert not verdict(target(), lake(tmp_path, {2015: (5, 8)})).one_sided


def test_goods_and_services_are_only_a_limit_for_goods(tmp_path: Path) -> None:
    store = lake(tmp_path, {2015: (3, 3)}, product="GS")
    missed = verdict(target(), store)
    assert missed.status is Outcome.missed
    assert "at most USD 6 billion (goods and services together)" in missed.sentence
    close = verdict(target(low=6.5 * BILLION, high=6.5 * BILLION), store)
    assert close.status is Outcome.overdue
    assert verdict(target(low=5 * BILLION, high=5 * BILLION), store).status is Outcome.overdue


def test_goods_prove_a_target_of_goods_and_services_only_from_below(tmp_path: Path) -> None:
    store = lake(tmp_path, {2015: (6, 6)})
    both = target(scope="goods+services")
    assert verdict(both, store).status is Outcome.met
    assert "at least USD 12 billion (goods alone)" in verdict(both, store).sentence
    low = lake(tmp_path, {2015: (3, 3)})
    assert verdict(both, low).status is Outcome.overdue


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"unit": "EUR"}, "currency"),
        ({"scope": "non-oil"}, "scope"),
        ({"low": None, "high": None}, "no figure"),
        ({"low": None, "high": None, "multiple": 2.0}, "no baseline"),
    ],
)
def test_what_cannot_be_measured_says_why(
    tmp_path: Path, more: dict[str, object], reason: str
) -> None:
    found = verdict(target(due="2030", **more), lake(tmp_path, {2015: (6, 6)}))
    assert (found.status, found.reason) == (Outcome.not_measurable, reason)


def test_double_is_twice_the_baseline(tmp_path: Path) -> None:
    more = {"low": None, "high": None, "multiple": 2.0, "baseline": 5 * BILLION}
    store = lake(tmp_path, {2015: (5, 4.9)})
    assert verdict(target(**more), store).status is Outcome.missed
    assert verdict(target(**more | {"baseline": 4 * BILLION}), store).status is Outcome.met


def test_a_range_is_met_at_its_upper_end(tmp_path: Path) -> None:
    store = lake(tmp_path, {2015: (4, 5)})
    assert verdict(target(low=8 * BILLION), store).status is Outcome.missed


def test_cited_figures_are_used_where_the_lake_does_not_reach(tmp_path: Path) -> None:
    said = {"figure": 12 * BILLION, "figure_unit": "USD", "figure_period": "2014"}
    found = verdict(target(), lake(tmp_path, {2020: (3, 3)}), judged(**said))
    assert (found.status, found.used) == (Outcome.met, "ledger")
    assert "A page" in found.sentence


def test_the_lake_is_believed_before_a_cited_figure_and_the_other_is_named(tmp_path: Path) -> None:
    said = {"figure": 12 * BILLION, "figure_unit": "USD", "figure_period": "2015"}
    found = verdict(target(), lake(tmp_path, {2015: (3, 3)}), judged(**said))
    assert (found.status, found.used) == (Outcome.missed, "lake")
    assert "Other figures say otherwise: USD 12 billion in 2015 (from A page)" in found.sentence


def test_things_handed_over_are_set_against_an_even_pace() -> None:
    rifles = target(
        indicator="rifles", unit="rifles", scope="", pace="units", low=100.0, high=100.0,
        announced="2020-01-01", due="2030-12-31",
    )  # fmt: skip
    said = {"figure_unit": "rifles", "figure_period": "2025-07-01"}
    assert verdict(rifles, None, judged(figure=10.0, **said)).status is Outcome.behind
    assert verdict(rifles, None, judged(figure=60.0, **said)).status is Outcome.on_track
    assert verdict(rifles, None, judged(figure=100.0, **said)).status is Outcome.met
    late = {"figure": 100.0, "figure_unit": "rifles", "figure_period": "2031-02"}
    then = dt.date(2032, 1, 1)
    assert verdict(rifles, None, judged(**late), as_of=then).status is Outcome.met_late


def test_a_sum_needs_every_year(tmp_path: Path) -> None:
    total = target(pace="total", announced="2012", low=15 * BILLION, high=15 * BILLION)
    whole = lake(tmp_path, {2013: (2, 2), 2014: (3, 3), 2015: (3, 3)})
    assert verdict(total, whole).status is Outcome.met
    part = lake(tmp_path, {2013: (2, 2), 2015: (3, 3)})
    assert verdict(total, part).reason == "years missing"


def test_people_judge_where_figures_cannot() -> None:
    plain = target(indicator="", low=None, high=None)
    for status, stands in (
        ("delivered", Standing.delivered),
        ("missed", Standing.missed),
        ("lapsed", Standing.lapsed),
        ("pending", Standing.overdue),
        ("unknown", Standing.unknown),
    ):
        found = verdict(plain, None, judged(status=status))
        assert standing(plain, found, Status(status)) is stands


def test_chains_run_through_links_and_name_their_slip() -> None:
    first = target("a", due="2015")
    second = target("b", announced="2012", due="2018", repeats=("a",))
    third = target("c", announced="2014", due="2020", repeats=("b",))
    (chain,) = chains([third, first, second, target("d")])
    assert [p.id for p in chain.promises] == ["a", "b", "c"]
    assert (chain.restatements, chain.dues, chain.slip) == (2, ("2015", "2018", "2020"), 5.0)


def test_scores_count_a_restatement_with_the_same_date_once(tmp_path: Path) -> None:
    promises = [target("a"), target("b", announced="2011", repeats=("a",)), target("c", due="2013")]
    ledger = ledger_of(*promises)
    judge = Judge(ledger, Evidence(ledger, lake(tmp_path, {2013: (3, 3), 2015: (6, 6)})), TODAY)
    found = score(ledger, promises, {p.id: judge.judge(p) for p in promises})
    assert (found.promises, found.due, found.delivered, found.on_time) == (3, 2, 2, 1)
    assert (found.share, found.share_on_time) == (1.0, 0.5)
    assert (found.median_delay, found.delays, found.restatements) == (2.0, 1, 1)
    assert (found.mean, found.marked) == (1.0, 3)


@pytest.fixture(scope="module")
def judge(starter: Ledger) -> Judge:
    return Judge(starter, Evidence(starter, Store(embedded.path())), TODAY)


def test_thirty_billion_by_2025_was_met_by_one_side(starter: Ledger, judge: Judge) -> None:
    found = judge.judge(starter.promise("IR-008"))
    assert (found.status, found.used, found.one_sided) == (Outcome.met, "lake", "RUS")
    assert {side[0]: side[2] for side in found.figure.sides}["IND"] < 5 * BILLION


@pytest.mark.parametrize(
    ("id", "status"),
    [
        ("IR-004", Outcome.met_late),
        ("IR-011", Outcome.behind),
        ("IR-045", Outcome.missed),
        ("IR-049", Outcome.behind),
        ("IR-069", Outcome.met_late),
        ("IR-105", Outcome.open),
        ("tur-irn-2012-30bn-by-2015", Outcome.missed),
        ("tur-esp-2020-eur-20bn", Outcome.not_measurable),
        ("are-isr-2022-10bn-by-2027", Outcome.not_measurable),
        ("rus-chn-2018-200bn-by-2024", Outcome.met),
        ("vnm-kor-2020-100bn-by-2023", Outcome.missed),
    ],
)
def test_verdicts_on_the_starter(starter: Ledger, judge: Judge, id: str, status: Outcome) -> None:
    assert judge.judge(starter.promise(id)).status is status


def test_every_verdict_has_a_sentence_and_sources_that_resolve(
    starter: Ledger, judge: Judge
) -> None:
    known = set(starter.sources) | set(judge.evidence.store.sources)
    for promise in starter:
        found = judge.judge(promise)
        assert found.sentence[0].isupper(), promise.id
        assert found.sentence.endswith("."), promise.id
        assert "None" not in found.sentence
        assert set(found.sources) <= known, promise.id
        assert found.figure is None or found.sources, promise.id


def test_verdict_of_one_promise_is_the_same_alone(starter: Ledger, judge: Judge) -> None:
    promise = starter.promise("IR-011")
    alone = ledgers.verdict(promise, judge.evidence.store, TODAY, starter)
    assert alone == judge.judge(promise)
