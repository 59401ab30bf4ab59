"""The first section of a brief: every tie of the two against what is usual."""

from __future__ import annotations

from collections.abc import Sequence

from comity import catalogue
from comity.brief.charts.theme import Pair
from comity.brief.content import Chart, Section
from comity.brief.yardstick.charts import SKEWED, USUAL, chart_history, chart_signature, tie_of
from comity.brief.yardstick.measures import as_measure
from comity.brief.yardstick.words import PILLAR
from comity.lake import Store
from comity.lake.memo import on_its_own
from comity.measure import Absence, Measure
from comity.potential.yardstick import Entry, Standing, Yardstick
from comity.potential.yardstick.remainder import stand_without_fuels

# Years of a series that a brief shows; `comity yardstick` shows all.
YEARS = 6


@on_its_own()
def yardstick_of(store: Store) -> Yardstick:
    """Return the yardstick of a lake, the same one each time, so that fits are made once."""
    return Yardstick(store)


def section(
    store: Store,
    a: str,
    b: str,
    until: int | None = None,
    *,
    draw: bool = True,
    most: int | None = YEARS,
    thorough: bool = True,
    entries: Sequence[Entry] | None = None,
) -> Section | None:
    """Return the section on what is usual, or None where the lake has no tie to judge.

    Parameters
    ----------
    store : Store
        The lake.
    a, b : str
        ISO 3166 alpha-3.
    until : int, optional
        Read the lake as if nothing later existed.
    draw : bool
        Also the charts.
    most : int, optional
        At most so many years of each series; None for all.
    thorough : bool
        Also other models and earlier years, which take several times as long.
    entries : sequence of Standing or Absence, optional
        What `entries_of` returned, where it is at hand.
    """
    yardstick = yardstick_of(store)
    if entries is None:
        entries = entries_of(store, a, b, until, variants=thorough)
    now = [entry for entry in entries if isinstance(entry, Standing)]
    past: list[Standing] = []
    if thorough:
        past = yardstick.history(a, b, until=until, most=most, bonds=most is not None)
    if not entries:
        return None
    charts: list[Chart] = []
    pair = Pair(catalogue.country(a), catalogue.country(b))
    if draw and now:
        charts.append(chart_signature(pair, entries))
        drawn = chart_history(pair, past)
        charts += [drawn] if drawn else []
    return Section(
        pillar=PILLAR,
        title=catalogue.pillar(PILLAR).name,
        measures=tuple([as_measure(s) for s in now] + _earlier(now, past)),
        absences=tuple(entry for entry in entries if isinstance(entry, Absence)),
        charts=tuple(charts),
        # The signature chart carries the note; without charts it stands by itself.
        notes=() if charts else (f"{USUAL} {SKEWED}",),
    )


def entries_of(
    store: Store, a: str, b: str, until: int | None = None, *, variants: bool = True
) -> list[Entry]:
    """Return where two countries stand on each tie now; with ``variants``, without fuels too."""
    yardstick = yardstick_of(store)
    entries = yardstick.pair(a, b, until=until, variants=variants)
    if not entries or not variants:
        return entries
    return _beside_goods(entries, stand_without_fuels(yardstick.fits, a, b, until=until))


def _beside_goods(entries: Sequence[Entry], rest: Sequence[Entry]) -> list[Entry]:
    """Put goods without fuels after all goods."""
    goods = [e for e in entries if tie_of(e) == "goods_exports"]
    return [*goods, *rest, *(e for e in entries if tie_of(e) != "goods_exports")]


def _earlier(now: Sequence[Standing], past: Sequence[Standing]) -> list[Measure]:
    """Return the years before the latest as measures."""
    known = {(s.series, s.year) for s in now}
    return [as_measure(s, "history") for s in past if (s.series, s.year) not in known]
