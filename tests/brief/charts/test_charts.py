"""Charts: titles that the figures bear out, directions kept apart, sources never joined."""

from __future__ import annotations

import json
from itertools import product

import pandas as pd
import pytest

from comity import catalogue
from comity.brief.charts import (
    diplomacy,
    people,
    products,
    published,
    research,
    size,
    theme,
    trade,
)
from comity.brief.charts.theme import NARROW, WIDE, Pair
from comity.brief.render import engine, svg
from comity.measure import Measure

PAIR = Pair(catalogue.country("IND"), catalogue.country("RUS"))
LONG = Pair(catalogue.country("VCT"), catalogue.country("USA"))


def measure(indicator, origin, destination, value, **more):
    about = {"pillar": "trade", "period": "2023", "unit": "USD", "source": "baci"} | more
    return Measure(
        indicator=indicator, origin=origin, destination=destination, value=value, **about
    )


def flows(*rows):
    columns = ["source", "year", "period", "exporter", "importer", "value_usd", "basis"]
    return pd.DataFrame(rows, columns=columns)


def series(pair, source, years, value=1e9):
    a, b = pair.codes
    return [
        (source, year, str(year), i, j, value * (1 + n) * (3 if i == b else 1), "reported")
        for n, year in enumerate(years)
        for i, j in ((a, b), (b, a))
    ]


HISTORY = flows(
    *series(PAIR, "old", range(2000, 2017)),
    *series(PAIR, "new", [2023]),
    ("fy", 2024, "FY2024-25", "IND", "RUS", 2.9e9, "reported"),
)
NAMES = {"old": "Old", "new": "New", "fy": "Fiscal"}


def every_layer(chart):
    return chart.spec["layer"]


def all_values(chart):
    return [row for layer in every_layer(chart) for row in layer["data"]["values"]]


def check(chart):
    """Hold a chart to what every chart must be."""
    json.dumps(chart.spec, allow_nan=False)
    assert chart.sources
    assert chart.title[0].isupper() or chart.title[0].isdigit()
    assert not chart.title.endswith(".")
    assert "nan" not in chart.title
    assert all(len(row) == len(chart.columns) for row in chart.rows)
    for width in (WIDE, NARROW):
        drawn = svg.draw(chart, width)
        assert "<title" in drawn
        assert "NaN" not in drawn
        assert "Infinity" not in drawn
        assert f'viewBox="0 0 {width} ' in drawn
    # Compiled once for both widths, as where nothing else draws.
    drawn = engine.draw(chart.spec, [WIDE, NARROW], alone=True)
    assert drawn == engine.draw(chart.spec, [WIDE, NARROW])
    return chart


def test_history_never_joins_sources():
    chart = check(trade.history(PAIR, HISTORY, NAMES))
    lines = next(layer for layer in every_layer(chart) if layer["mark"] == "line")
    segments = {}
    for row in lines["data"]["values"]:
        segments.setdefault(row["segment"], set()).add(row["x"])
    assert set(segments) == {"old/IND/0", "old/RUS/0"}
    assert all(max(years) == 2016 for years in segments.values())
    assert chart.sources == ("fy", "new", "old")
    assert [row[0] for row in chart.rows[:2]] == ["FY 2024–25", "2023"]
    assert chart.rows[0][3] is None  # nothing from Russia in that period: no zero


def test_history_marks_where_a_source_ends():
    chart = trade.history(PAIR, HISTORY, NAMES)
    rules = [
        row["x"]
        for layer in every_layer(chart)
        if isinstance(layer["mark"], dict) and layer["mark"].get("strokeDash") == [2, 3]
        for row in layer["data"]["values"]
    ]
    assert 2016 < min(rules) < 2023


def test_history_breaks_where_years_are_missing():
    rows = flows(*series(PAIR, "old", [2000, 2001, 2002, 2010, 2011, 2012]))
    chart = trade.history(PAIR, rows, {"old": "Old"})
    lines = next(layer for layer in every_layer(chart) if layer["mark"] == "line")
    assert len({row["segment"] for row in lines["data"]["values"]}) == 4


def test_history_title_says_when_sources_differ():
    chart = trade.history(PAIR, HISTORY, NAMES)
    assert chart.title.startswith("Goods from Russia to India: 51.0 billion dollars in 2016")
    assert "by another source" in chart.title


def test_history_of_shocks_is_logarithmic_and_says_so():
    rows = flows(*series(PAIR, "old", range(2000, 2016), 1e6), *series(PAIR, "new", [2023], 9e9))
    chart = check(trade.history(PAIR, rows, {"old": "Old", "new": "New"}))
    assert "logarithmic" in chart.subtitle


def test_history_bears_zeros_and_the_tiny():
    rows = flows(*[(*row[:5], 0.0, row[6]) if row[1] == 2003 else row
                   for row in series(LONG, "old", range(2000, 2010), 12.0)])  # fmt: skip
    check(trade.history(LONG, rows, {"old": "A source with quite a long name"}))


def test_without_figures_there_is_no_chart():
    nothing = flows()
    assert trade.history(PAIR, nothing, {}) is None
    assert trade.balance(PAIR, []) is None
    assert trade.shares(PAIR, []) is None
    assert size.sizes(PAIR, [measure("gdp", "IND", "", 1e12)]) is None
    ties = pd.DataFrame(columns=["year", "origin", "destination", "value", "source"])
    assert people.migrants(PAIR, ties) is None
    assert people.refugees(PAIR, ties) is None
    joint = pd.DataFrame(columns=["year", "value", "source", "share_a", "share_b"])
    assert research.works(PAIR, joint) is None
    assert research.shares(PAIR, joint) is None
    assert diplomacy.agreement(PAIR, []) is None
    assert diplomacy.issues([]) is None
    points = pd.DataFrame(columns=["year", "country", "value"])
    assert diplomacy.positions(PAIR, points, "ideal") is None
    goods = pd.DataFrame(columns=["product", "sector", "value_usd", "share", "period", "source"])
    assert products.sectors(PAIR, goods, goods, world=False) is None
    assert products.chapters(PAIR, goods, "IND") is None
    said = pd.DataFrame(columns=["indicator", "origin", "period", "value_usd", "kind", "source"])
    assert published.comparison(PAIR, said) is None


def test_balance_puts_the_first_on_the_left():
    chart = check(
        trade.balance(
            PAIR,
            [
                measure("goods_exports", "IND", "RUS", 4e9),
                measure("goods_exports", "RUS", "IND", 64e9),
            ],
        )
    )
    sides = {row["color"]: row["value"] for row in all_values(chart) if "value" in row}
    assert sides == {theme.A: -4e9, theme.B: 64e9}
    assert chart.title == "For every dollar of goods sold, India bought sixteen in 2023"
    assert chart.rows == (("2023", 4e9, 64e9, -60e9),)


def test_mirror_data_are_hatched_and_said_to_be():
    chart = check(
        trade.balance(
            PAIR,
            [
                measure("goods_exports", "IND", "RUS", 4e9),
                measure("goods_exports", "RUS", "IND", 64e9, flags=("mirror",)),
            ],
        )
    )
    assert {row["color"] for row in all_values(chart) if "value" in row} == {
        theme.A,
        theme.B_ESTIMATE,
    }
    assert chart.note.startswith("Hatched")
    assert f'fill="{theme.B_ESTIMATE}"' in svg.draw(chart, WIDE)


def test_balance_of_one_direction_says_who_sold():
    chart = check(trade.balance(LONG, [measure("goods_exports", "USA", "VCT", 5e6)]))
    assert chart.title == (
        "The United States sold Saint Vincent and the Grenadines goods for 5.00 million dollars "
        "in 2023"
    )


def test_shares_name_the_largest():
    rows = [
        measure(indicator, i, j, value, unit="share")
        for (indicator, i, j), value in zip(
            product(("export_share", "import_share"), ("IND",), ("RUS",)), (0.01, 0.02), strict=True
        )
    ]
    rows.append(measure("import_share", "RUS", "IND", 0.1, unit="share"))
    chart = check(trade.shares(PAIR, rows))
    assert chart.title == "10 % of India's imports come from Russia"


@pytest.fixture
def goods():
    def made(*parts):
        total = sum(value for _, _, value in parts)
        return pd.DataFrame(
            [
                {"product": p, "sector": s, "value_usd": v, "share": v / total,
                 "period": "FY2024-25", "source": "dgcis"}
                for p, s, v in parts
            ]
        )  # fmt: skip

    return made


def test_sectors_and_chapters(goods):
    there = goods(("84", "machinery", 6.0e8), ("30", "pharmaceuticals", 4.0e8))
    back = goods(("27", "energy", 9e9), ("31", "fertilisers", 1e9))
    chart = check(products.sectors(PAIR, there, back, world=False))
    assert chart.title == (
        "Russia's sales to India are led by energy (90 %), India's by machinery (60 %)"
    )
    chapter = check(products.chapters(PAIR, back, "RUS"))
    assert chapter.title == "90 % of what Russia sells India is mineral fuels and oils"
    assert chapter.rows[0][:2] == ("27", "Mineral fuels and oils")
    world = products.sectors(PAIR, there, back, world=True)
    assert "to all countries" in world.note


def ties(*rows):
    return pd.DataFrame(rows, columns=["year", "origin", "destination", "value", "source"])


def test_people():
    rows = ties(
        (1990, "IND", "RUS", 9801, "desa"), (2024, "IND", "RUS", 7456, "desa"),
        (1990, "RUS", "IND", 900, "desa"), (2024, "RUS", "IND", 640, "desa"),
    )  # fmt: skip
    chart = check(people.migrants(PAIR, rows))
    assert chart.title == (
        "7,456 people born in India live in Russia (down from 9,801 in 1990), 640 the other way"
    )
    assert chart.rows[0] == ("2024", 7456.0, 640.0)
    few = rows.assign(value=3)
    assert people.refugees(PAIR, few) is None
    one_way = check(people.refugees(PAIR, rows[rows["origin"] == "IND"]))
    assert one_way.rows[0][2] is None


def test_research():
    rows = pd.DataFrame(
        {"year": [2021, 2022, 2023], "value": [100.0, 300.0, 200.0], "source": "openalex",
         "share_a": [0.01, 0.02, 0.02], "share_b": [0.03, 0.05, 0.06]}
    )  # fmt: skip
    chart = check(research.works(PAIR, rows))
    assert chart.title == "200 works of 2023 have authors in India and Russia, after 300 in 2022"
    shares = check(research.shares(PAIR, rows))
    assert shares.title == (
        "Joint works are 6.0 % of Russia's international works, 2.0 % of India's"
    )


def test_diplomacy():
    votes = [
        measure("un_agreement", "IND", "RUS", 0.75, unit="share"),
        measure("un_agreement", "IND", "USA", 0.3, unit="share"),
        measure("un_agreement", "RUS", "USA", 0.4, unit="share"),
        measure("un_agreement", "IND", "EU27", 0.6, unit="share"),
        measure("un_agreement_issue", "IND", "RUS", 0.9, unit="share", product="me"),
        measure("un_agreement_issue", "IND", "RUS", 0.5, unit="share", product="nu"),
    ]
    chart = check(diplomacy.agreement(PAIR, votes))
    assert chart.title == (
        "India and Russia vote alike 75 % of the time; with the United States 30 % and 40 %"
    )
    issues = check(diplomacy.issues(votes))
    assert issues.title.startswith("They agree most on the Palestinian conflict (90 %)")


@pytest.mark.parametrize("pair", [PAIR, LONG])
def test_positions(pair):
    points = pd.DataFrame(
        [
            {"year": year, "country": code, "value": place + 0.01 * (year - 2000)}
            for year in range(2000, 2010)
            for code, place in dict.fromkeys((*pair.codes, "USA", "CHN"), 0.5).items()
        ]
    )
    chart = check(diplomacy.positions(pair, points, "ideal"))
    assert "0.0 apart in 2009" in chart.title
    assert len(chart.columns) == 1 + len({*pair.codes, "USA", "CHN"})


def test_size():
    rows = [
        measure("gdp", "IND", "", 3.55e12), measure("gdp", "RUS", "", 2.02e12),
        measure("population", "IND", "", 1.44e9, unit="persons"),
        measure("population", "RUS", "", 1.44e9, unit="persons"),
    ]  # fmt: skip
    chart = check(size.sizes(PAIR, rows))
    assert chart.title == (
        "India's economy is 1.8 times Russia's, the two populations are about as large"
    )


def test_published_beside_computed():
    rows = pd.DataFrame(
        [
            ("goods_trade_total", "IND", "RUS", "2024", 2024, 64e9, "Putin", "page", "published"),
            ("goods_trade_total", "IND", "RUS", "2024", 2024, 68e9, "Putin", "page", "published"),
            ("goods_trade_total", "IND", "RUS", "2024", 2024, 66e9, "CEPII", "baci", "computed"),
            ("goods_exports", "RUS", "IND", "2019", 2019, 5e9, "CEPII", "baci", "computed"),
        ],
        columns=["indicator", "origin", "destination", "period", "year", "value_usd", "said_by",
                 "source", "kind"],
    )  # fmt: skip
    chart = check(published.comparison(PAIR, rows))
    assert (
        chart.title
        == "Published figures of two-way trade in 2024 run from 64 to 68 billion dollars"
    )
    assert len(chart.rows) == 3  # a computed figure without a published one is left out
    assert ("Both ways", "2024", 66e9, "computed", "CEPII") in chart.rows


def test_hostile_texts_are_escaped_in_drawings():
    rows = pd.DataFrame(
        [("goods_exports", "IND", "RUS", "<b>&", 2024, 6e9, "</svg><script>", "p", "published")],
        columns=["indicator", "origin", "destination", "period", "year", "value_usd", "said_by",
                 "source", "kind"],
    )  # fmt: skip
    drawn = svg.draw(published.comparison(PAIR, rows), WIDE)
    assert "<b>" not in drawn
    assert "<script" not in drawn
    assert "&lt;b&gt;&amp;" in drawn


def test_letters_stand_for_texts_only_while_drawing():
    chart = diplomacy.issues(
        [
            measure("un_agreement_issue", "IND", "RUS", value, unit="share", product=issue)
            for issue, value in (("me", 0.9), ("nu", 0.5), ("hr", 0.7))
        ]
    )
    spec = json.dumps(chart.spec)
    drawn = svg.draw(chart, WIDE)
    for words in ("Palestinian conflict", "Human rights", "90 %"):
        assert words in drawn
    assert json.dumps(chart.spec) == spec
    assert [engine._letter(n) for n in (0, 51, 52, 53)] == ["a", "Z", "aa", "ab"]
    assert len({engine._letter(n) for n in range(5000)}) == 5000
