"""Charts drawn by another process: the same drawings, once each, and no waiting for the dead."""

from __future__ import annotations

import io
import json
import sys

import pytest

from comity.brief.render import drawing, engine, html, svg
from comity.brief.render.drawing import Drawing, EngineGoneError, Painter


@pytest.fixture
def painter(monkeypatch):
    made = Painter()
    monkeypatch.setattr(drawing, "painter", lambda: made)
    yield made
    made.close()


def test_a_page_begun_early_is_the_same_page(brief):
    with Drawing() as begun:
        begun.begin(brief.charts)
        assert html.render(brief, begun) == html.render(brief)


def test_a_chart_is_asked_for_once(brief, painter, monkeypatch):
    asked = []
    submit = painter.submit
    monkeypatch.setattr(painter, "submit", lambda spec: asked.append(spec) or submit(spec))
    with Drawing() as begun:
        for _ in range(3):
            begun.begin(brief.charts)
    assert len(asked) == len(brief.charts)


def test_a_chart_that_was_not_begun_is_drawn_all_the_same(brief):
    chart = brief.charts[0]
    with Drawing() as begun:
        assert begun.of(chart) == "".join(svg.both(chart))


def test_a_chart_that_cannot_be_drawn_is_an_error_and_the_next_is_drawn(brief, painter):
    chart = brief.charts[0]
    broken = painter.submit({"mark": "no such mark", "data": {"values": [{}]}}).result()
    assert isinstance(broken, str)
    assert isinstance(painter.submit(chart.spec).result(), list)
    with Drawing() as begun:
        begun._begun[chart.id] = painter.submit({"mark": "no such mark"})
        with pytest.raises(ValueError, match="cannot be drawn"):
            begun.of(chart)


def test_where_the_process_dies_this_one_draws(brief, painter):
    chart = brief.charts[0]
    with Drawing() as begun:
        painter.process.kill()
        begun.begin(brief.charts)
        assert begun.of(chart) == "".join(svg.both(chart))
    for thread in painter.threads:
        thread.join()  # until its end has been noticed
    with pytest.raises(EngineGoneError):
        painter.submit(chart.spec)


@pytest.mark.parametrize("python", ["/no/such/python", ""])
def test_where_no_process_can_be_started_this_one_draws(brief, monkeypatch, python):
    monkeypatch.setattr(sys, "executable", python)
    monkeypatch.setattr(drawing, "painter", Painter)
    chart = brief.charts[0]
    with Drawing() as begun:
        begun.begin([chart])
        assert begun.of(chart) == "".join(svg.both(chart))


def test_what_is_left_when_a_page_fails_is_not_drawn(brief, painter):
    with painter._lock:  # nothing is handed to the process meanwhile
        with Drawing() as begun:
            begun.begin(brief.charts)
        futures = list(begun._begun.values())
    assert futures
    assert all(future.cancelled() for future in futures)
    assert isinstance(painter.submit(brief.charts[0].spec).result(), list)


def test_the_process_answers_a_line_with_a_line(brief, monkeypatch):
    monkeypatch.setattr("signal.signal", lambda *_: None)
    chart = brief.charts[0]
    asked = [[chart.spec, [544, 348]], [{"mark": "no such mark"}, [544]]]
    answers = io.BytesIO()
    engine.serve(io.BytesIO("\n".join(map(json.dumps, asked)).encode()), answers)
    first, second = map(json.loads, answers.getvalue().splitlines())
    assert [box.split()[2] for box, _ in first] == ["544", "348"]
    assert isinstance(second, str)
