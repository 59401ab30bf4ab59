"""The brief on the embedded data: its figures, their sources, and every kind of pair."""

from __future__ import annotations

import json
import random
import re
from collections import Counter

import pytest

import comity
from comity import catalogue
from comity.brief import assemble
from comity.brief.render import files, html, plain
from comity.errors import (
    AmbiguousNameError,
    ComityError,
    NoDataError,
    OutputError,
    UnknownNameError,
    UsageError,
)
from comity.lake import Store


@pytest.fixture(scope="session")
def lake():
    return comity.open()


@pytest.fixture(scope="session")
def brief(lake):
    return lake.pair("IND", "RUS").brief()


def one(brief, indicator, origin, destination, period, product=""):
    found = [
        m
        for m in brief.measures
        if (m.indicator, m.origin, m.destination, m.period, m.product)
        == (indicator, origin, destination, period, product)
        and "published" not in m.flags
        and m.pillar != "yardstick"
    ]
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize(
    ("indicator", "origin", "destination", "period", "product", "value", "source"),
    [
        ("goods_exports", "IND", "RUS", "2023", "", 4.054e9, "cepii-baci-202501"),
        ("goods_exports", "RUS", "IND", "2023", "", 66.149e9, "cepii-baci-202501"),
        ("goods_exports", "RUS", "IND", "FY2024-25", "", 63.811e9, "dgcis-tradestat"),
        ("goods_exports", "IND", "RUS", "FY2024-25", "", 4.881e9, "dgcis-tradestat"),
        ("goods_exports_hs2", "RUS", "IND", "FY2024-25", "27", 56.873e9, "dgcis-tradestat"),
        ("migrants", "IND", "RUS", "2024", "", 7456, "un-desa-migrants-2024"),
        ("migrants", "RUS", "IND", "2024", "", 640, "un-desa-migrants-2024"),
        ("co_works", "IND", "RUS", "2022", "", 2386, "openalex-coauthorship-2024"),
    ],
)
def test_figures_that_the_publishers_print(
    brief, indicator, origin, destination, period, product, value, source
):
    measure = one(brief, indicator, origin, destination, period, product)
    assert measure.value == pytest.approx(value, rel=2e-4)
    assert measure.source == source


def test_every_chart_is_handed_over_as_soon_as_it_is_known(lake):
    begun = []
    made = assemble(lake.store, "TWN", "RUS", begin=begun.extend)
    assert sorted(chart.id for chart in begun) == sorted(chart.id for chart in made.charts)
    assert made.charts[-1] is not begun[-1]  # the yardstick's come last, and stand first


def test_the_page_drawn_meanwhile_is_the_brief_rendered(lake, brief):
    assert lake.pair("IND", "RUS").to_html() == html.render(brief)


def test_every_number_leads_to_its_source(brief, lake):
    manifest = {row["id"]: row for row in lake.store.manifest["sources"]}
    for measure in brief.measures:
        for source in measure.sources:
            row = brief.sources[source]
            assert row["publisher"]
            assert row["licence"]
            assert row["citation"]
            assert row["redistributable"]
            if source in ("comity-ledger", "searoute"):  # beside the lake, not in it
                continue
            assert manifest[source]["sha256"], source
            assert sum(manifest[source]["rows"].values()) > 0


def test_every_commitment_leads_to_a_page(brief):
    assert len(brief.commitments) > 100
    for commitment in brief.commitments:
        assert commitment["source"]["publisher"], commitment["id"]


def rows_of(store: Store, measure):
    """Return the lake's values that a directly read measure must be one of."""
    if measure.indicator in ("gdp", "population"):
        table = store.table("facts")
        chosen = table.filter(table.country == measure.origin)
    elif measure.indicator in ("migrants", "refugees", "asylum_seekers", "co_works"):
        table = store.table("ties")
        chosen = table.filter(
            table.origin == measure.origin, table.destination == measure.destination
        )
    elif measure.indicator in ("goods_exports", "goods_exports_hs2"):
        table = store.table("flows")
        chosen = table.filter(
            table.exporter == measure.origin,
            table.importer == measure.destination,
            table.product == (measure.product or "TOTAL"),
            table.period == measure.period,
        )
        chosen = chosen.mutate(value=chosen.value_usd, indicator=table.product)
        return chosen.filter(chosen.source == measure.source).value.to_pyarrow().to_pylist()
    else:
        return None
    return (
        chosen.filter(
            chosen.indicator == measure.indicator,
            chosen.source == measure.source,
            chosen.year == int(measure.period),
        )
        .value.to_pyarrow()
        .to_pylist()
    )


def test_what_is_read_is_what_the_lake_holds(brief, lake):
    followed = 0
    for measure in brief.measures:
        if "published" in measure.flags or measure.pillar == "yardstick":
            continue
        rows = rows_of(lake.store, measure)
        if rows is not None:
            assert rows == [measure.value], measure
            followed += 1
    assert followed > 30


def test_findings_rest_on_the_briefs_own_measures(brief):
    assert 8 <= len(brief.findings) <= 15
    for finding in brief.findings:
        assert finding.measures
        for measure in finding.measures:
            assert measure in brief.measures


def test_shares_are_shares(brief):
    for measure in brief.measures:
        if measure.unit == "share" and measure.value is not None:
            # An asymmetry is the difference of two shares.
            lowest = -1 if measure.indicator == "dependence_asymmetry" else 0
            assert lowest <= measure.value <= 1, measure


def test_the_lakes_own_series_are_not_spliced(brief):
    """No change is computed across sources: a previous value has its own measure's source."""
    assert one(brief, "goods_exports", "IND", "RUS", "2023").previous is None


def test_random_pairs_give_a_brief_or_a_sentence(lake):
    names = [country.iso3 for country in catalogue.list_countries()]
    chance = random.Random(20231)
    for _ in range(40):
        a, b = chance.sample(names, 2)
        try:
            text = plain.to_json(lake.pair(a, b).brief(draw=False))
        except NoDataError:
            continue
        content = json.loads(text)
        assert content["pair"] == {"a": a, "b": b}
        assert content["measures"]
        for measure in content["measures"]:
            assert measure["value"] is not None or measure["text"]


def test_a_source_without_the_pair_is_absent_and_not_zero(lake):
    content = lake.pair("TWN", "RUS").brief()
    gaps = {(gap.indicator, gap.source) for gap in content.absences}
    assert ("goods_exports", "cepii-baci-202501") in gaps
    assert ("gdp", "worldbank-wdi-gdp") in gaps
    assert not any(m.period == "2023" for m in content.measures if m.indicator == "goods_exports")


def test_a_year_reads_the_lake_as_of_then(lake):
    content = lake.pair("IND", "RUS").brief(year=2016)
    years = [int(m.period[:4]) for m in content.measures if m.period[:4].isdigit()]
    assert max(years) <= 2016
    assert one(content, "goods_exports", "IND", "RUS", "2016").value > 1e9


def test_a_year_without_data_is_a_sentence(lake):
    with pytest.raises(NoDataError, match="no trade between India and Russia in 1850"):
        lake.pair("IND", "RUS").brief(year=1850)


def test_a_country_with_itself_is_a_sentence(lake):
    with pytest.raises(UsageError, match="two countries"):
        lake.pair("India", "IN").brief()


@pytest.mark.parametrize("name", ["Korea", "Congo", "Guinea"])
def test_a_name_that_several_answer_to(lake, name):
    with pytest.raises(AmbiguousNameError, match="Did you mean"):
        lake.pair("IND", name)


def test_a_typo_is_answered_with_a_suggestion(lake):
    with pytest.raises(UnknownNameError, match="Russia"):
        lake.pair("IND", "Rusia")


def test_every_error_has_a_sentence_and_a_code():
    for kind in ComityError.__subclasses__():
        assert kind.code
        assert kind.exit_code in (1, 2)


def test_no_section_of_the_page_has_the_id_of_a_chart(brief):
    ids = Counter(re.findall(r' id="([^"]+)"', html.render(brief)))
    assert ids["size"] == ids["chart-size"] == 1
    assert {name for name, times in ids.items() if times > 1} == set()


@pytest.mark.parametrize("name", ["brief.html", "brief.json", "brief.csv", "brief.XLSX"])
def test_a_brief_saves_itself_in_the_format_of_its_name(brief, tmp_path, name):
    out = brief.save(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    written = files.write(brief, out.suffix[1:].lower())
    content = out.read_bytes()
    assert content == (written if isinstance(written, bytes) else written.encode())


def test_a_brief_that_cannot_be_saved_leaves_nothing(brief, tmp_path):
    with pytest.raises(UsageError, match=r"'docx'.*html, xlsx, json, csv"):
        brief.save(tmp_path / "brief.docx")
    with pytest.raises(OutputError, match="could not be written"):
        brief.save(tmp_path / "nowhere" / "brief.json")
    assert list(tmp_path.iterdir()) == []
