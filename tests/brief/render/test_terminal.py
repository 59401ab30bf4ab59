"""The scorecard in the terminal."""

from __future__ import annotations

import pytest

from comity.brief.render import terminal


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_fits_its_width(brief, width):
    lines = terminal.render(brief, width=width).splitlines()
    assert max(map(len, lines)) <= min(width, terminal.WIDEST)


def test_says_values_changes_gaps_and_sources(brief):
    out = " ".join(terminal.render(brief, width=100).split())
    for words in (
        "$4.05 bn", "$66.1 bn", "+31 %", "2023 on 2022", "no figure", "No figure", "E-visa",
        "BACI figures", "CC BY 4.0", "comity brief IND RUS", "3.2× usual", "lake 0123456789ab",
        "does not list this pair",
    ):  # fmt: skip
        assert words in out, words


def test_needs_no_color(brief):
    plain, colored = terminal.render(brief), terminal.render(brief, color=True)
    assert "\x1b[" not in plain
    assert "\x1b[" in colored


def test_markup_in_texts_is_text(brief):
    out = " ".join(terminal.render(brief).split())
    assert '<script>alert("x")</script>' in out


def test_brackets_in_texts_are_no_markup(brief):
    from dataclasses import replace

    from comity.measure import Finding

    odd = replace(brief, findings=(Finding("[bold]loud[/bold] :smile: [red]"),))
    assert "[bold]loud[/bold] :smile: [red]" in terminal.render(odd)
