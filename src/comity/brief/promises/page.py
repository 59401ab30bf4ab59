"""The page of promises: one file that opens from a disk, without scripts or other hosts."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from comity import catalogue
from comity.brief import text
from comity.brief.content import Chart
from comity.brief.promises import charts
from comity.brief.promises.view import Row, View
from comity.brief.render import html, svg
from comity.brief.render.view import runs
from comity.intent.ledger import dates, wording
from comity.intent.ledger.scores import Score

TONES = {
    "delivered": "good",
    "delivered late": "good",
    "partly": "half",
    "not due yet": "open",
    "overdue": "bad",
    "missed": "bad",
    "lapsed": "bad",
    "unknown": "open",
}


def render(view: View) -> str:
    """Return the promises as one HTML file."""
    drawn = [chart for chart in (charts.targets(view), charts.timeline(view)) if chart]
    numbers = number_sources(view, drawn)
    sides = [wording.party(view.ledger, side) for side in (view.chosen.a, view.chosen.b) if side]
    return (
        environment()
        .get_template("promises.html.j2")
        .render(
            view=view,
            sides=[side[:1].upper() + side[1:] for side in sides],
            style=Markup(html.style() + _style()),  # noqa: S704 - our own files
            figures=score_figures(view.score),
            charts=drawn,
            drawings={c.id: Markup(svg.both(c)) for c in drawn},  # noqa: S704 - escaped
            groups=grouped(view),
            numbers=numbers,
            sources=[(number, view.source(id)) for id, number in numbers.items()],  # noqa: A001
            tone=lambda row: TONES[row.standing.value],
            party=lambda id: wording.party(view.ledger, id),  # noqa: A006
            all_pairs=not view.chosen.b,
        )
    )


def grouped(view: View) -> list[tuple[str, str, list[Row]]]:
    """Return the rows by pillar for a pair, and by pair otherwise."""
    groups: dict[str, list[Row]] = {}
    for row in view.rows:
        if view.chosen.b:
            name = catalogue.pillar(row.promise.pillar).name
        else:
            parties = row.promise.parties
            name = " and ".join(wording.party(view.ledger, p) for p in parties)
        groups.setdefault(name[:1].upper() + name[1:], []).append(row)
    return [(name, f"g{n}", rows) for n, (name, rows) in enumerate(sorted(groups.items()), 1)]


def score_figures(score: Score) -> list[tuple[str, str, str]]:
    """Return the scores as (number, what it is, of how many)."""
    shares = (
        (score.share, "delivered", score.delivered),
        (score.share_on_time, "by the date", score.on_time),
    )
    return [
        *(
            ("–" if share is None else text.share(share), what, f"{count} of {score.due} due")
            for share, what, count in shares
        ),
        (
            "–" if score.median_delay is None else f"{score.median_delay:g} years",
            "median delay",
            f"of {score.delays} delivered late",
        ),
        (str(score.restatements), "made again", f"of {score.promises} promises"),
        (
            "–" if score.mean is None else f"{score.mean:+.2f}",
            "mean mark, −1 to +1",
            f"of {score.marked} with a mark",
        ),
    ]


def number_sources(view: View, drawn: list[Chart]) -> dict[str, int]:
    """Return the number of every source named, in the order of the page."""
    named: list[str] = [source for chart in drawn for source in chart.sources]
    for _, _, rows in grouped(view):
        for row in rows:
            named += [*row.promise.sources, *row.verdict.sources]
            named += [row.latest.source] if row.latest else []
    return {id: n for n, id in enumerate(dict.fromkeys(named), 1)}  # noqa: A001


def _day(text: str) -> str:
    """Return a date, its month shortened; what is not a date stays as it is."""
    if len(text) < 7 or text.startswith("FY"):
        return text
    first = dates.first_day(text)
    return f"{first:%b %Y}" if len(text) == 7 else f"{first.day} {first:%b %Y}"


@cache
def _style() -> str:
    path = files("comity.brief.promises") / "promises.css"
    return " ".join(path.read_text(encoding="utf-8").split())


@cache
def environment() -> Environment:
    """Return the templates of promises, with their filters."""
    environment = Environment(
        loader=PackageLoader("comity.brief.promises", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Any] = {
        "bind": html.bind,
        "cell": html.cell,
        "heads": html.heads,
        "counted": text.count,
        "dated": html.dated,
        "web": html.web,
        "short": html.short,
        "without_address": html.without_address,
        "day": _day,
    }
    environment.filters.update(filters)
    environment.globals["runs"] = runs
    return environment
