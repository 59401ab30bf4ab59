"""Every tie against what is usual, of two countries or of one with all, as a report."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from comity.brief import text
from comity.brief import yardstick as words
from comity.brief.charts.signature import label_intensity
from comity.brief.render.names import indicator_label
from comity.brief.reports.report import Report, Sheet
from comity.brief.yardstick import yardstick_of
from comity.catalogue import Country
from comity.errors import NoDataError, UsageError
from comity.lake import Store
from comity.measure import Absence, Measure
from comity.potential.yardstick import VARIANTS, Standing
from comity.potential.yardstick.tables import list_partners
from comity.potential.yardstick.ties import list_ties

_COLUMNS = (
    ("tie", "Id", ""),
    ("product", "Product", ""),
    ("label", "Tie", ""),
    ("origin", "From", ""),
    ("destination", "To", ""),
    ("period", "Year", ""),
    ("actual", "Actual", ""),
    ("usual", "Usual", ""),
    ("times", "Actual/usual", ""),
    ("models", "Other models", ""),
    ("comparable", "80 % of comparable pairs", ""),
    ("rank", "Above", "share"),
    ("value", "Value", "as said"),
    ("expected", "Expected", "as said"),
    ("gap", "Gap", "as said"),
    ("unit", "Unit", ""),
    ("intensity", "Intensity", "ratio"),
    ("least", "Least", "ratio"),
    ("most", "Most", "ratio"),
    ("band_low", "Band from", "ratio"),
    ("band_high", "Band to", "ratio"),
    ("source", "Source", ""),
)
_SHORT = ("label", "origin", "destination", *(key for key, _, _ in _COLUMNS[5:12]))
_PARTNERS = (
    ("product", "HS", ""),
    ("origin", "From", ""),
    ("destination", "To", ""),
    ("year", "Year", ""),
    ("actual", "Actual", ""),
    ("usual", "Usual", ""),
    ("times", "Actual/usual", ""),
    ("comparable", "80 % of comparable pairs", ""),
    ("rank", "Above", "share"),
)


def pair(
    store: Store,
    a: Country,
    b: Country,
    year: int | None = None,
    *,
    draw: bool = True,
    brief: bool = False,
) -> Report:
    """Return every tie of two countries against what is usual.

    Parameters
    ----------
    store : Store
        The lake.
    a, b : Country
        Two different countries.
    year : int, optional
        Read the lake as if nothing later existed.
    draw : bool
        Whether to make the charts.
    brief : bool
        Leave the earlier years out.

    Raises
    ------
    UsageError
        Both are the same country.
    NoDataError
        The lake has no tie of the two that could be set against what is usual.
    """
    if a.iso3 == b.iso3:
        raise UsageError(
            f"A yardstick is about two countries, and both of these are {a.with_article}.",
            "Name another second country.",
        )
    entries = words.entries_of(store, a.iso3, b.iso3, year)
    made = words.section(store, a.iso3, b.iso3, year, draw=draw, most=None, entries=entries)
    if made is None or not made.measures:
        raise NoDataError(
            f"The lake holds no tie of {a.with_article} and {b.with_article} "
            f"{f'up to {year} ' if year else ''}that could be set against what is usual.",
            "Leave the year out, or name a later one."
            if year
            else "Try another pair, or add a publisher's file to the lake.",
        )
    known = [entry for entry in entries if isinstance(entry, Standing)]
    sources = dict.fromkeys(s for m in made.measures for s in m.sources)
    command = f"comity yardstick {a.iso3} {b.iso3}" + (f" --year {year}" if year else "")
    return Report(
        title=f"What is usual, and what there is: {a.name} and {b.name}",
        command=command,
        findings=tuple(finding.text for finding in words.findings(made.measures)),
        sheets=(
            Sheet(
                id="ties",
                title="Ties",
                columns=_COLUMNS,
                rows=tuple(_row(standing) for standing in known),
                brief=_SHORT,
                note="Above: share of all pairs with a lower intensity.",
            ),
            _models(known),
            *([] if brief else [_history(made.measures)]),
        ),
        sources={name: store.sources[name] for name in sources if name in store.sources},
        facts={
            "pair": {"a": a.iso3, "b": b.iso3},
            "absent": [
                {
                    "indicator": absence.indicator,
                    "origin": absence.origin,
                    "destination": absence.destination,
                    "source": absence.source,
                    "reason": absence.reason,
                }
                for absence in made.absences
            ],
        },
        notes=(*made.notes, *_gaps(made.absences)),
        charts=made.charts,
    )  # fmt: skip


def _models(known: Sequence[Standing]) -> Sheet:
    """Return the intensities under other models, a column a model."""
    used = [v for v in VARIANTS if any(v.id in s.variants for s in known)]
    heading = {v.id: v.id.replace("_", " ").capitalize().replace("gdp", "GDP") for v in used}
    return Sheet(
        id="models",
        title="Actual over usual under other models",
        columns=(
            ("label", "Tie", ""),
            ("origin", "From", ""),
            ("base", "As above", "ratio"),
            *((v.id, heading[v.id], "ratio") for v in used),
        ),
        rows=tuple(
            (s.series.tie.label, s.origin, s.intensity, *(s.variants.get(v.id) for v in used))
            for s in known
            if s.value > 0
        ),
        note="; ".join(f"{heading[v.id]}: {v.label}" for v in used) + ".",
    )


def _history(measures: Sequence[Measure]) -> Sheet:
    return Sheet(
        id="history",
        title="Over the years",
        columns=(
            ("tie", "Tie", ""),
            ("origin", "From", ""),
            ("destination", "To", ""),
            ("period", "Year", ""),
            ("value", "Value", "as said"),
            ("expected", "Expected", "as said"),
            ("intensity", "Actual/usual", "ratio"),
            ("source", "Source", ""),
        ),
        rows=tuple(
            (m.indicator, m.origin, m.destination, m.period, m.value, m.expected, m.intensity,
             m.source)
            for m in measures
        ),
    )  # fmt: skip


def _row(s: Standing) -> tuple[str | float | None, ...]:
    low, high = s.band or (None, None)
    unit = s.series.tie.unit
    return (
        s.series.tie.id, s.series.product, s.series.tie.label, s.origin, s.destination, s.period,
        text.amount(s.value, unit), text.amount(s.expected, unit), _times(s.intensity),
        _span(*s.range) if s.variants and s.value else "", _span(low, high), s.rank, s.value,
        s.expected, s.gap, unit, s.intensity, *s.range, low, high, s.series.source,
    )  # fmt: skip


def _times(intensity: float) -> str:
    return label_intensity(intensity)


def _span(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{_times(low)} to {_times(high)}"


def _gaps(absences: Sequence[Absence]) -> list[str]:
    return [
        f"{indicator_label(gap.indicator)}, {gap.origin} to {gap.destination}: {gap.reason}"
        for gap in absences
    ]


def country(store: Store, country: Country, year: int | None = None, top: int = 8) -> Report:
    """Return one country with all its partners on every tie.

    Parameters
    ----------
    store : Store
        The lake.
    country : Country
    year : int, optional
        Read the lake as if nothing later existed.
    top : int
        Partners that a terminal shows a tie.
    """
    fits = yardstick_of(store).fits
    table = list_partners(fits, country.iso3, until=year)
    whole = Sheet(
        id="partners",
        title="All partners on every tie",
        columns=tuple((str(name), str(name), "") for name in table.columns),
        rows=tuple(table.itertuples(index=False, name=None)),
    )
    sheets = []
    for tie in list_ties():
        mine = table[(table["tie"] == tie.id) & table["band_high"].notna()]
        above = mine[mine["intensity"] > mine["band_high"]].sort_values("gap")
        below = mine[mine["intensity"] < mine["band_low"]].sort_values("gap", ascending=False)
        for side, rows in (("above", above), ("below", below)):
            if len(rows):
                label = tie.label.replace(" of HS {product}", " by chapter")
                sheets.append(
                    Sheet(
                        id=f"{tie.id}_{side}",
                        title=f"{label}: furthest {side} comparable pairs, by the difference",
                        columns=_PARTNERS,
                        rows=tuple(_partner(row) for row in rows.to_dict("records")),
                        shown=top,
                        brief=tuple(
                            key
                            for key, _, _ in _PARTNERS
                            if key != "product" or tie.product == "HS2"
                        ),
                    )
                )
    sources = dict.fromkeys([*table["source"], *fits.proximity.sources])
    return Report(
        title=f"{country.name} with every partner, against what is usual",
        command=f"comity yardstick {country.iso3}" + (f" --year {year}" if year else ""),
        findings=(),
        sheets=(*sheets, whole),
        table=whole.id,
        sources={name: store.sources[name] for name in sources if name in store.sources},
        facts={"country": country.iso3},
        notes=(
            "Above: share of all pairs with a lower intensity. Pairs that a source does not know "
            "are left out.",
        ),
    )


def _partner(row: dict[Hashable, Any]) -> tuple[str | float, ...]:
    return (
        row["product"], row["origin"], row["destination"], str(row["year"]),
        text.amount(row["value"], row["unit"]), text.amount(row["expected"], row["unit"]),
        _times(row["intensity"]), _span(row["band_low"], row["band_high"]), row["rank"],
    )  # fmt: skip
