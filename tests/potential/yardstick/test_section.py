"""The brief's first section: measures, sentences, charts; and the command."""

from __future__ import annotations

import json

import pandas as pd
import pytest
import vl_convert
from typer.testing import CliRunner

from comity import catalogue, starter
from comity.brief import yardstick as words
from comity.brief.charts.signature import (
    Lane,
    Row,
    draw_signature,
    label_intensity,
    sort_rows,
)
from comity.brief.charts.theme import Pair
from comity.cli import app
from comity.errors import NoDataError, UsageError
from comity.lake import Store
from comity.measure import Measure

PAIR = Pair(catalogue.country("IND"), catalogue.country("RUS"))


@pytest.fixture(scope="module")
def store():
    return Store(starter.path())


@pytest.fixture(scope="module")
def section(store):
    return words.section(store, "IND", "RUS")


def _marks(spec):
    return [
        value
        for layer in spec["layer"]
        if isinstance(layer["mark"], dict) and layer["mark"]["type"] == "point"
        for value in layer["data"]["values"]
        if "label" in value
    ]


def test_every_measure_has_what_is_usual_and_sources_that_resolve(section, store):
    assert section.pillar == "yardstick"
    for m in section.measures:
        assert m.expected > 0
        assert m.intensity is not None
        assert set(m.sources) <= set(store.sources)
    latest = [m for m in section.measures if "history" not in m.flags]
    keys = [(m.indicator, m.product, m.origin, m.destination) for m in latest]
    assert len(keys) == len(set(keys))
    assert "0.85×" not in {m.note for m in latest}
    bought = next(m for m in latest if (m.indicator, m.origin) == ("goods_exports", "RUS"))
    assert bought.note.startswith("Under other models the intensity is 7.")


def test_no_measure_says_the_same_year_twice(section):
    keys = [(m.indicator, m.source, m.origin, m.destination, m.period) for m in section.measures]
    assert len(keys) == len(set(keys))


def test_the_title_names_what_stands_out(section):
    chart = section.charts[0]
    assert chart.title.startswith("Russia's sales of goods to India are 7")
    assert "of the usual" in chart.title
    # A table beneath, one row a mark at the most.
    assert len(chart.rows) >= len(_marks(chart.spec))
    assert "India → Russia" in {row[1] for row in chart.rows}


def test_sentences_rest_on_measures_of_the_section(section):
    found = words.findings(section.measures)
    assert 2 <= len(found) <= 4
    for finding in found:
        assert finding.text.endswith(".")
        assert finding.measures
        assert set(finding.measures) <= set(section.measures)
    assert "66.1 billion dollars, 7.1 times what is usual" in found[0].text


def test_charts_are_drawn_with_the_data_inside(section):
    for chart in section.charts:
        drawn = vl_convert.vegalite_to_svg(chart.spec)
        assert drawn.startswith("<svg")
        assert "http" not in json.dumps(chart.spec["layer"])
        assert chart.description
        assert chart.sources


def test_bonds_come_first_and_the_strongest_of_them_on_top():
    def row(name, intensity, bond=True):
        return Row(name, "2023", (Lane("IND", intensity, None, None, ""),), bond)

    rows = [row("weak", 0.1), row("flight", 90.0, bond=False), row("strong", 5.0)]
    assert [r.name for r in sort_rows(rows)] == ["strong", "weak", "flight"]


def test_zero_and_beyond_the_axis_are_arrows_and_the_unknown_has_no_mark():
    lanes = [
        Lane("IND", 0.0, (0.1, 2.0), (0.0, 0.0), "none"),
        Lane("RUS", 5000.0, None, (4000.0, 6000.0), "5,000×"),
        Lane("IND", None, None, None, "unknown"),
        Lane("", 1.0, (0.5, 2.0), (0.9, 1.1), "1.0×"),
    ]
    spec = draw_signature(PAIR, [Row(str(n), "2023", (lane,)) for n, lane in enumerate(lanes)])
    shapes = [mark["shape"] for mark in _marks(spec)]
    assert shapes == ["triangle-left", "triangle-right", "diamond"]
    low, high = spec["layer"][0]["encoding"]["x"]["scale"]["domain"]
    assert all(low <= mark["x"] <= high for mark in _marks(spec))
    assert "unknown" in json.dumps(spec)
    vl_convert.vegalite_to_svg(spec)


def test_directions_differ_in_shape_and_place_not_in_colour_alone():
    lanes = (Lane("IND", 1.0, None, None, "1.0×"), Lane("RUS", 1.0, None, None, "1.0×"))
    first, second = _marks(draw_signature(PAIR, [Row("Goods", "2023", lanes)]))
    assert first["shape"] != second["shape"]
    assert first["y"] < second["y"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.0, "none"), (0.001, "0.001×"), (0.0135, "0.01×"), (0.999, "1.00×"), (512.3, "512×")],
)
def test_labels(value, shown):
    assert label_intensity(value) == shown


def test_within_the_band_is_said_so():
    inside = Measure(
        pillar="yardstick", indicator="co_works", origin="IND", destination="RUS", period="2023",
        value=10.0, unit="works", source="s", expected=9.0, intensity=10 / 9, band=(0.5, 2.0),
    )  # fmt: skip
    [finding] = words.findings([inside])
    assert finding.text.startswith("Every tie of the two")


def test_small_countries_have_marks_without_bands(store):
    made = words.section(store, "FJI", "TON")
    goods = next(m for m in made.measures if m.indicator == "goods_exports")
    assert "below-floor" in goods.flags
    assert goods.band is None
    assert goods.rank is None
    assert made.absences
    assert "Fiji's sales of goods to Tonga" in made.charts[0].title


def test_the_command_in_every_format(tmp_path):
    run = CliRunner()
    shown = run.invoke(app, ["yardstick", "India", "Russia"])
    assert shown.exit_code == 0, shown.output
    assert "0.85×" in shown.output
    assert "Capitals" in shown.output
    for name in ("p.json", "p.csv", "p.html", "p.xlsx"):
        out = tmp_path / name
        done = run.invoke(app, ["yardstick", "IND", "RUS", "--out", str(out)])
        assert done.exit_code == 0, done.output
        assert out.stat().st_size > 1000
    whole = json.loads((tmp_path / "p.json").read_text())
    row = next(r for r in whole["tables"]["ties"] if r["origin"] == "RUS")
    assert row["value"] / row["expected"] == pytest.approx(row["intensity"])
    assert "<svg" in (tmp_path / "p.html").read_text()


def test_the_command_for_one_country_and_for_all(tmp_path):
    run = CliRunner()
    shown = run.invoke(app, ["yardstick", "IND", "--top", "3"])
    assert shown.exit_code == 0, shown.output
    assert "furthest above" in shown.output
    out = tmp_path / "all.parquet"
    done = run.invoke(app, ["yardstick", "--all", "--out", str(out)])
    assert done.exit_code == 0, done.output
    table = pd.read_parquet(out)
    assert len(table) > 100_000
    assert {"goods_exports", "migrants", "co_works"} <= set(table["tie"])
    assert not list(tmp_path.glob(".*part"))


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ([], UsageError),
        (["IND", "India"], UsageError),
        (["IND", "Atlantis"], UsageError),
        (["--all"], UsageError),
        (["--all", "--out", "x.csv"], UsageError),
        (["IND", "VAT"], NoDataError),
    ],
)
def test_what_cannot_be_asked_is_an_error_with_a_sentence(arguments, error):
    done = CliRunner().invoke(app, ["yardstick", *arguments])
    assert isinstance(done.exception, error)
    assert done.exception.message.endswith((".", "?"))
