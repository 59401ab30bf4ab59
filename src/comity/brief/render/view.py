"""A brief as rows and marks: what the terminal, the page and the spreadsheet show alike."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from comity.brief import text
from comity.brief.content import Brief, Section
from comity.brief.render import names
from comity.brief.render.gaps import Gap, state
from comity.measure import Absence, Measure

# Facts about both at once, however they are stored.
MUTUAL = frozenset(
    {
        "goods_trade_total",
        "co_works",
        "co_works_growth",
        "distance_km",
        "netting_share",
        "promises_delivered",
        "promises_on_time",
        "sea_distance",
        "un_agreement",
        "un_kappa",
        "ideal_point_distance",
        "un_agreement_issue",
    }
)
# Long lists: the scorecard shows their heads, charts and tables the rest.
LISTS = frozenset(
    {
        "export_share_hs2",
        "goods_exports_hs2",
        "goods_exports_sector",
        "import_share_hs2",
        "published_figure",
        "un_agreement_issue",
    }
)
_HEAD = 3
_OVERTAKEN = 5  # years after which a source's figure gives way to another source's

# Indicator, product, third party, period, source.
_Key = tuple[str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class Cell:
    """One side of a row: the value, its change, and what a reader must know of it.

    ``lines`` holds the parts of a short list instead of a single value.
    """

    text: str
    change: str = ""
    since: str = ""
    period: str = ""
    sources: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    value: float | None = None
    usual: str = ""
    missing: bool = False
    lines: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the scorecard: either both sides, or one cell that holds for the two together."""

    label: str
    kind: str
    a: Cell | None = None
    b: Cell | None = None
    both: Cell | None = None

    def with_cell(self, place: str, cell: Cell) -> Row:
        """Return the row with a cell put in its place: a, b or both."""
        match place:
            case "a":
                return replace(self, a=cell)
            case "b":
                return replace(self, b=cell)
            case _:
                return replace(self, both=cell)

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The cells that are there."""
        return tuple(cell for cell in (self.a, self.b, self.both) if cell is not None)

    @property
    def period(self) -> str:
        """The one period of the row, or "" where its cells differ."""
        periods = {cell.period for cell in self.cells if not cell.missing}
        return periods.pop() if len(periods) == 1 else ""

    @property
    def sources(self) -> tuple[str, ...]:
        """Every source of the row."""
        return tuple(dict.fromkeys(source for cell in self.cells for source in cell.sources))

    @property
    def since(self) -> str:
        """The period with which the row is compared, or "" where its cells differ."""
        periods = {cell.since for cell in self.cells if cell.change}
        since = periods.pop() if len(periods) == 1 else ""
        return since.removeprefix("FY ") if self.period.startswith("FY ") else since

    @property
    def flags(self) -> tuple[str, ...]:
        """Every flag of the row, once."""
        return tuple(dict.fromkeys(flag for cell in self.cells for flag in cell.flags))

    @property
    def split(self) -> float | None:
        """The first side's part of the two together, where they can be added."""
        a, b = self.a, self.b
        if self.kind != "way" or a is None or b is None or a.value is None or b.value is None:
            return None
        if a.period != b.period or min(a.value, b.value) < 0 or a.value + b.value <= 0:
            return None
        return a.value / (a.value + b.value)


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of one pillar."""

    pillar: str
    title: str
    rows: tuple[Row, ...]
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """Sources, by their numbers in the list of sources."""

    numbers: dict[str, int]

    def marks(self, sources: Iterable[str]) -> tuple[int, ...]:
        """Return the numbers of the sources in the list of sources."""
        return tuple(sorted({self.numbers[s] for s in sources if s in self.numbers}))


@dataclass(frozen=True, slots=True, kw_only=True)
class View(Numbered):
    """A brief, ready to be laid out."""

    brief: Brief
    groups: tuple[Group, ...]

    @property
    def flags(self) -> tuple[str, ...]:
        """Every flag that some row carries, in a fixed order."""
        seen = {f for g in self.groups for r in g.rows for c in r.cells for f in c.flags}
        return tuple(flag for flag in names.FLAGS if flag in seen)

    @property
    def used(self) -> frozenset[str]:
        """The sources of the findings, the rows and the gaps; the rest are behind the charts."""
        findings = {s for f in self.brief.findings for m in f.measures for s in m.sources}
        rows = {s for g in self.groups for r in g.rows for s in r.sources}
        return frozenset(findings | rows | {gap.source for g in self.groups for gap in g.gaps})

    @property
    def cited(self) -> frozenset[str]:
        """The sources that only published figures rest on: pages, not data."""
        said = {s for m in self.brief.measures if "published" in m.flags for s in m.sources}
        data = {s for m in self.brief.measures if "published" not in m.flags for s in m.sources}
        return frozenset(said - data - self.used)


def view(brief: Brief) -> View:
    """Return the brief as rows, with its sources numbered in the order in which they appear."""
    groups = tuple(_group(brief, section) for section in brief.sections)
    return View(brief=brief, groups=groups, numbers=_numbers(brief, groups))


def _numbers(brief: Brief, groups: tuple[Group, ...]) -> dict[str, int]:
    def appearing() -> Iterator[str]:
        for finding in brief.findings:
            for measure in finding.measures:
                yield from measure.sources
        for group in groups:
            for row in group.rows:
                yield from row.sources
        for section in brief.sections:
            for measure in section.measures:
                yield from measure.sources
            for chart in section.charts:
                yield from chart.sources
            for absence in section.absences:
                yield absence.source
        yield from brief.sources

    order = dict.fromkeys(source for source in appearing() if source in brief.sources)
    return {source: number for number, source in enumerate(order, start=1)}


def _group(brief: Brief, section: Section) -> Group:
    a, b = brief.a.iso3, brief.b.iso3
    rows: dict[_Key, Row] = {}
    lists: dict[str, list[Measure]] = {}
    for measure in _latest(section.measures):
        if "below-floor" in measure.flags:
            # Too little would be usual for the intensity to say anything; the chart has it.
            continue
        if measure.indicator in LISTS or "published" in measure.flags:
            lists.setdefault(measure.indicator, []).append(measure)
            continue
        place, third = _place(measure, a, b)
        # Two sides of one indicator share a row; a second period or source opens another.
        key: _Key = (measure.indicator, measure.product, third, measure.period, measure.source)
        if place != "both":
            key = _partner_key(rows, key, place)
        label = names.label(measure.indicator, measure.product, third)
        kind = "both" if place == "both" else _kind(measure, a, b)
        row = rows.get(key) or Row(label, kind)
        rows[key] = row.with_cell(place, _cell(measure))
    unfilled = [absence for absence in section.absences if not _fill(rows, absence, a, b)]
    heads = [head for name in lists if (head := _head_row(name, lists[name], a, b))]
    return Group(
        section.pillar, section.title, (*rows.values(), *heads), state(brief, unfilled, MUTUAL)
    )


def _latest(measures: tuple[Measure, ...]) -> list[Measure]:
    """Return the measures that a scorecard shows: the latest of each source, none long overtaken.

    Lists keep all of theirs.
    """
    newest: dict[tuple[str, ...], int] = {}
    for m in measures:
        for key in (_series(m), _series(m)[:-1]):
            newest[key] = max(newest.get(key, 0), _year(m.period))
    return [
        m
        for m in measures
        if m.indicator in LISTS
        or "published" in m.flags
        or (
            _year(m.period) == newest[_series(m)]
            and _year(m.period) > newest[_series(m)[:-1]] - _OVERTAKEN
        )
    ]


def _series(m: Measure) -> tuple[str, ...]:
    return (m.indicator, m.product, m.origin, m.destination, m.source)


def _year(period: str) -> int:
    """Return the last year named in a period, as it stands: 2024 for FY2024-25."""
    years = re.findall(r"\d{4}", period)
    return int(years[-1]) if years else 0


def _place(measure: Measure, a: str, b: str) -> tuple[str, str]:
    """Return the column of a measure, and the third party that it is about."""
    pair = {a, b}
    if measure.indicator in MUTUAL and {measure.origin, measure.destination} == pair:
        return "both", ""
    if measure.origin in pair:
        third = measure.destination if measure.destination not in pair else ""
        return ("a" if measure.origin == a else "b"), third
    return ("a" if measure.destination == a else "b"), measure.origin


def _kind(measure: Measure, a: str, b: str) -> str:
    return "way" if {measure.origin, measure.destination} == {a, b} else "own"


def _partner_key(rows: dict[_Key, Row], key: _Key, place: str) -> _Key:
    """Return the row of the other side that still lacks this one, whatever its period."""
    if key in rows:
        return key
    for known, row in rows.items():
        if known[:3] == key[:3] and known[4] == key[4] and getattr(row, place) is None:
            return known
    return key


def _cell(measure: Measure) -> Cell:
    usual = ""
    if measure.intensity:  # of none, "0" says all
        usual = f"{text.number(measure.intensity, 2)}× usual"
    written = text.of(measure)
    if measure.indicator == "visa_rule":
        written = names.visa(measure)
    change = text.change_of(measure)
    return Cell(
        text=written,
        change=change,
        since=text.period(measure.previous_period) if change else "",
        period=text.period(measure.period),
        sources=measure.sources,
        flags=tuple(flag for flag in names.FLAGS if flag in measure.flags),
        value=measure.value if measure.unit in ("USD", "persons", "people", "works") else None,
        usual=usual,
    )


def _fill(rows: dict[_Key, Row], absence: Absence, a: str, b: str) -> bool:
    """State an absence beside the other direction's figure, where there is one."""
    place = "a" if absence.origin == a else "b"
    third = "" if absence.destination in (a, b, "") else absence.destination
    for key, row in rows.items():
        if key[0] == absence.indicator and key[2] == third and getattr(row, place) is None:
            if row.both is not None:
                continue
            sources = (absence.source,) if absence.source else ()
            rows[key] = row.with_cell(place, Cell("no figure", missing=True, sources=sources))
            return True
    return False


def _head_row(indicator: str, measures: list[Measure], a: str, b: str) -> Row | None:
    """Return the head of a long list as one row: the largest goods each way."""
    if indicator != "goods_exports_hs2":
        return None
    newest = max(measure.period for measure in measures)
    sides: dict[str, Cell] = {}
    for place, origin, destination in (("a", a, b), ("b", b, a)):
        mine = [m for m in measures if (m.origin, m.destination) == (origin, destination)]
        mine = sorted(
            (m for m in mine if m.period == newest), key=lambda m: m.value or 0, reverse=True
        )[:_HEAD]
        if mine:
            sides[place] = Cell(
                text="",
                period=text.period(newest),
                sources=tuple(dict.fromkeys(s for m in mine for s in m.sources)),
                flags=tuple(f for f in names.FLAGS if any(f in m.flags for m in mine)),
                lines=tuple((names.product_name(m.product), text.of(m)) for m in mine),
            )
    if not sides:
        return None
    return Row("Largest goods", "way", a=sides.get("a"), b=sides.get("b"))


def runs(marks: Iterable[int]) -> list[tuple[int, int]]:
    """Return first and last of each run; two in a row stay two, three or more become one.

    Examples
    --------
    >>> runs([1, 2, 3, 4, 7]), runs([1, 2, 9])
    ([(1, 4), (7, 7)], [(1, 1), (2, 2), (9, 9)])
    """
    found: list[list[int]] = []
    for mark in marks:
        if found and mark == found[-1][-1] + 1:
            found[-1].append(mark)
        else:
            found.append([mark])
    return [
        part
        for run in found
        for part in ([(run[0], run[-1])] if len(run) > 2 else [(mark, mark) for mark in run])
    ]


def spans(marks: Iterable[int]) -> str:
    """Write numbers in short: "1-3,7" with dashes where three or more follow each other.

    Examples
    --------
    >>> spans([1, 2, 3, 4, 7]), spans([1, 2, 9]), spans([])
    ('1–4,7', '1,2,9', '')
    """
    return ",".join(f"{a}–{b}" if b > a else f"{a}" for a, b in runs(marks))
