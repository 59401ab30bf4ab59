"""The page of one country: all its partners on every tie, next to what is usual."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from fastapi import APIRouter, Response
from markupsafe import Markup

from comity import catalogue
from comity.brief import text
from comity.brief.charts.signature import label_intensity
from comity.brief.content import Chart
from comity.brief.render import svg
from comity.brief.reports import Report
from comity.catalogue import Country
from comity.catalogue.countries import by_iso3
from comity.errors import NoDataError, UnknownNameError
from comity.potential.yardstick.ties import Tie, list_ties
from comity.web import answers
from comity.web.answers import Answer, Vintage
from comity.web.pages import charts, frame, partners
from comity.web.state import State

_FORMATS = ("csv", "xlsx", "json")
MADE = 15
"""Products that the page lists; the files have all."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One direction of a tie with one partner.

    ``far`` says beyond which end of the band of comparable pairs it lies: above, below or "".
    """

    value: float
    expected: float
    gap: float
    unit: str
    intensity: float | None
    far: str

    @property
    def amount(self) -> str:
        """The value, for readers."""
        return text.amount(self.value, self.unit)

    @property
    def times(self) -> str:
        """The value over what is usual; a dash where too little is usual to say."""
        return "–" if self.intensity is None else label_intensity(self.intensity)


@dataclass(frozen=True, slots=True)
class Partner:
    """A partner with what goes there and what comes back."""

    code: str
    name: str
    there: Cell | None = None
    back: Cell | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A column that the table can be sorted by."""

    id: str
    name: str
    numbers: bool = True


def router(state: State) -> APIRouter:
    """Return the route of a country."""
    pages = APIRouter()

    @pages.get("/countries/{code}")
    async def country(
        code: str, tie: str = "", sort: str = "", up: bool = False, vintage: str = ""
    ) -> Response:
        meant = catalogue.country(code)
        if meant.iso3 != code:
            return frame.moved(f"/countries/{meant.iso3}", vintage)
        held = state.at(vintage)
        answer = await state.ask(answers.country, code, at=held)
        try:
            makes = await state.ask(answers.complexity, code, at=held)
        except NoDataError:
            makes = None  # the table by product has the largest traders alone
        return await state.page(render, held, answer, meant, tie, sort, up, makes)

    return pages


def render(
    vintage: Vintage,
    answer: Answer,
    country: Country,
    tie: str,
    sort: str,
    up: bool,
    makes: Answer | None = None,
) -> str:
    """Return the page of a country: one tie of it in a table, and what it can make."""
    report = answer.content
    assert isinstance(report, Report)  # noqa: S101 - what `answers.country` answers
    every = _rows(report)
    known = [
        t for t in list_ties() if any(row["tie"] == t.id and not row["product"] for row in every)
    ]
    chosen = _chosen(known, tie, country)
    mine = [row for row in every if row["tie"] == chosen.id and not row["product"]]
    found = _partners(mine, country.iso3)
    columns = _columns(chosen, country)
    by = sort if sort in {c.id for c in columns} else "there"
    at = f"/countries/{country.iso3}"
    chart = partners.draw(country, chosen, found)
    source = answer.sources.get(str(mine[0]["source"]), {})
    return frame.show(
        "country.html.j2",
        vintage,
        at,
        country=country,
        ties=known,
        tie=chosen,
        tie_mutual=not chosen.directed,
        columns=columns,
        rows=_sorted(found, by, up),
        sort=by,
        up=up,
        findings=_findings(country, chosen, found),
        chart=chart,
        drawing=_drawing(chart),
        makes=None if makes is None else makes.content,
        makes_files=[] if makes is None else charts.files(makes, formats=_FORMATS),
        most=MADE,
        cite=lambda drawn: charts.cite(drawn.title, answer, vintage, (str(mine[0]["source"]),)),
        source_line=f"Source: {source.get('citation') or ''} Year: {mine[0]['year']}.",
        downloads=charts.files(answer, formats=_FORMATS),
        cited_as=charts.cite(report.title, answer, vintage, (str(mine[0]["source"]),)),
        permanent=charts.permanent(f"{at}?tie={chosen.id}", vintage),
    )


def _rows(report: Report) -> list[dict[str, Any]]:
    sheet = next(sheet for sheet in report.sheets if sheet.id == "partners")
    keys = [key for key, _, _ in sheet.columns]
    return [dict(zip(keys, row, strict=True)) for row in sheet.rows]


def _chosen(known: Sequence[Tie], tie: str, country: Country) -> Tie:
    if not tie:
        return known[0]
    for one in known:
        if one.id == tie:
            return one
    names = [one.id for one in known]
    if tie in {one.id for one in list_ties()}:
        raise NoDataError(
            f"The lake does not have this tie of {country.with_article}: {tie}.",
            f"It has {text.listed(names)}.",
        )
    raise UnknownNameError("tie", tie, names)


def _partners(rows: Sequence[dict[str, Any]], code: str) -> list[Partner]:
    found: dict[str, Partner] = {}
    for row in rows:
        goes = row["origin"] == code
        other = row["destination"] if goes else row["origin"]
        partner = found.get(other) or Partner(other, by_iso3(other).name)
        cell = _cell(row)
        found[other] = replace(partner, there=cell) if goes else replace(partner, back=cell)
    return list(found.values())


def _cell(row: dict[str, Any]) -> Cell:
    low, high, intensity = row["band_low"], row["band_high"], row["intensity"]
    judged = low == low and high == high
    far = ""
    if judged and intensity > high:
        far = "above"
    elif judged and intensity < low:
        far = "below"
    return Cell(
        value=float(row["value"]),
        expected=float(row["expected"]),
        gap=float(row["value"] - row["expected"]),
        unit=str(row["unit"]),
        intensity=float(intensity) if judged else None,
        far=far,
    )


def _columns(tie: Tie, country: Country) -> list[Column]:
    if not tie.directed:
        return [
            Column("name", "Partner", numbers=False),
            Column("there", "Together"),
            Column("there_times", "Times usual"),
        ]
    there, back = f"From {country.name}", f"To {country.name}"
    return [
        Column("name", "Partner", numbers=False),
        Column("there", there),
        Column("there_times", "Times usual"),
        Column("back", back),
        Column("back_times", "Times usual"),
    ]


def _sorted(found: list[Partner], by: str, up: bool) -> list[Partner]:
    if by == "name":
        return sorted(found, key=lambda p: p.name, reverse=not up)
    side, _, what = by.partition("_")

    def key(partner: Partner) -> float | None:
        cell = getattr(partner, side)
        value = None if cell is None else (cell.intensity if what else cell.value)
        return None if value is None else float(value)

    known = [p for p in found if key(p) is not None]
    unknown = [p for p in found if key(p) is None]
    return [*sorted(known, key=lambda p: key(p) or 0.0, reverse=not up), *unknown]


def _findings(country: Country, tie: Tie, found: list[Partner]) -> list[str]:
    """Return what stands out: how many lie beyond the band, and who is furthest, by the gap."""
    said = []
    cells = [(p, "there", p.there) for p in found] + [(p, "back", p.back) for p in found]
    judged = [(p, way, cell) for p, way, cell in cells if cell and cell.intensity is not None]
    above = [one for one in judged if one[2].far == "above"]
    below = [one for one in judged if one[2].far == "below"]
    lie = "lies" if len(above) == 1 else "lie"
    said.append(
        f"Of {text.count(len(judged), 'tie')} in {tie.label.lower()} that can be judged, "
        f"{len(above) or 'none'} {lie} above the band that holds 80 % of comparable pairs and "
        f"{len(below) or 'none'} below it."
    )
    for rows, word in ((above, "Most above what is usual"), (below, "Most below it")):
        far = sorted(rows, key=lambda one: abs(one[2].gap), reverse=True)[:3]
        if far:
            named = [
                f"{partners.phrase(tie, country, p.code, way)} ({_against(cell)})"
                for p, way, cell in far
            ]
            said.append(f"{word}, by the difference: {text.listed(named)}.")
    return said


def _against(cell: Cell) -> str:
    if cell.value > 0:
        return f"{cell.amount}, {cell.times} usual"
    return f"none; usual: {text.amount(float(f'{cell.expected:.2g}'), cell.unit)}"


def _drawing(chart: Chart | None) -> Markup | None:
    # Drawn and escaped by `svg`.
    return None if chart is None else Markup(svg.both(chart))  # noqa: S704
