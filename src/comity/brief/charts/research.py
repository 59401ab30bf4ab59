"""Charts of research: joint works a year, and their weight on either side."""

from __future__ import annotations

import pandas as pd

from comity.brief import text
from comity.brief.charts.rows import columns, lines
from comity.brief.charts.theme import OTHER, Pair
from comity.brief.content import Chart


def works(pair: Pair, rows: pd.DataFrame) -> Chart | None:
    """Return works with authors in both, by year."""
    rows = rows[rows["value"].notna()]
    if len(rows) < 3 or rows["value"].max() <= 0:
        return None
    peak = rows.sort_values("value", kind="stable").iloc[-1]
    last = rows.iloc[-1]
    both = text.listed([pair.a.with_article, pair.b.with_article])
    now = text.count(float(last["value"]), "work")
    title = f"{now} of {last['year']} {'has' if last['value'] == 1 else 'have'} authors in {both}"
    if peak["year"] != last["year"] and peak["value"] > 1.05 * last["value"]:
        title += f", after {text.count(float(peak['value']))} in {peak['year']}"
    return Chart(
        id="co-works",
        title=text.capital(title),
        subtitle="Scholarly works with authors in both, by year of publication",
        description=f"{title}. One column a year.",
        spec=columns(
            [(float(y), float(v), OTHER) for y, v in zip(rows["year"], rows["value"], strict=True)]
        ),
        columns=("Year", "Works"),
        rows=tuple(
            (str(y), float(v)) for y, v in zip(rows["year"][::-1], rows["value"][::-1], strict=True)
        ),
        sources=_sources(rows),
        note="The latest year may still grow as works are indexed.",
    )


def shares(pair: Pair, rows: pd.DataFrame) -> Chart | None:
    """Return the part of the joint works in each side's international works."""
    rows = rows.dropna(subset=["share_a", "share_b"])
    rows = rows[rows["year"] >= 2000] if (rows["year"] >= 2000).sum() > 5 else rows
    if len(rows) < 3:
        return None
    last = rows.iloc[-1]
    sides = sorted(
        ((float(last[f"share_{s}"]), c) for s, c in (("a", pair.a), ("b", pair.b))),
        key=lambda side: -side[0],
    )
    (more, who), (less, other) = sides
    title = (
        f"Joint works are {text.share(more)} of {text.possessive(who.with_article)} international "
        f"works, {text.share(less)} of {text.possessive(other.with_article)}"
    )
    series = [
        (
            f"share in {text.possessive(country.with_article)} works",
            pair.color(country.iso3),
            [(float(y), float(v)) for y, v in zip(rows["year"], rows[f"share_{s}"], strict=True)],
        )
        for s, country in (("a", pair.a), ("b", pair.b))
    ]
    return Chart(
        id="co-works-share",
        title=title,
        subtitle="Share of works with authors in both among all works with an author abroad",
        description=f"{title}. Two lines over years.",
        spec=lines(series, height=180, points=False, format=".1~%"),
        columns=("Year", f"{pair.a.name}, %", f"{pair.b.name}, %"),
        rows=tuple(
            (str(y), 100 * float(a), 100 * float(b))
            for y, a, b in zip(
                rows["year"][::-1], rows["share_a"][::-1], rows["share_b"][::-1], strict=True
            )
        ),
        sources=_sources(rows),
    )


def _sources(rows: pd.DataFrame) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(source) for source in rows["source"]))
