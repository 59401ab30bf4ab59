"""Each flow as both sides report it, and reconciled, as a report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from comity import catalogue
from comity.brief import text
from comity.brief.charts import mirror as charts
from comity.brief.charts.theme import Pair
from comity.brief.reports.report import Report, Sheet
from comity.delivery.mirror import Comparison, Silence, compare, reports, silences
from comity.errors import NoDataError, UsageError
from comity.lake import Dossier, Store


def mirror(store: Store, a: str, b: str, *, year: int | None = None) -> Report:
    """Return what each side reports of its trade with the other, and what both make together.

    Parameters
    ----------
    store : Store
        The lake.
    a, b : str
        Two different countries.
    year : int, optional
        Read the lake as if nothing later existed.

    Raises
    ------
    UsageError
        Both are the same country.
    NoDataError
        The lake has no goods totals between the two.
    """
    first, second = catalogue.country(a), catalogue.country(b)
    if first.iso3 == second.iso3:
        raise UsageError(
            f"A flow has two ends, and both of these are {first.with_article}.",
            "Name another second country.",
        )
    dossier = Dossier(store, first.iso3, second.iso3, until=year)
    found = compare(dossier)
    if not found:
        raise NoDataError(
            f"The lake has no goods trade between {first.with_article} and {second.with_article}"
            + (f" up to {year}." if year else "."),
            "Add a file of UN Comtrade, CEPII Gravity or the IMF to the lake.",
        )
    pair = Pair(first, second)
    quiet = silences(dossier)
    chart = charts.dumbbells(pair, found)
    said = reports(dossier)
    named = dict.fromkeys(report.source for report in said)
    return Report(
        title=f"Who says what of trade between {first.with_article} and {second.with_article}",
        command=f"comity mirror {first.iso3} {second.iso3}" + (f" --year {year}" if year else ""),
        findings=tuple(sentences(pair, found, quiet)),
        sheets=(_compared(pair, found), _said(pair, said)),
        sources={name: store.sources[name] for name in named if name in store.sources},
        facts=_facts(first.iso3, second.iso3, quiet),
        notes=(
            "Exports are counted f.o.b., imports c.i.f.: they are compared after freight and "
            "insurance are taken out of imports, by distance where the lake has the reports of "
            "enough countries, else at 6 % (IMF, Direction of Trade Statistics Yearbook, 2017).",
            "Reports of different periods, such as fiscal and calendar years, are not compared.",
        ),
        charts=() if chart is None else (chart,),
    )


def sentences(pair: Pair, found: Sequence[Comparison], quiet: Sequence[Silence]) -> list[str]:
    """Return how far apart the newest reports are, each way, and who is silent."""
    said = []
    for origin in pair.codes:
        mine = [one for one in found if one.exporter == origin]
        both = [one for one in mine if one.asymmetry is not None]
        if both:
            said.append(_apart(pair, both[0]))
        elif mine:
            said.append(_one_sided(pair, mine))
    return [text.capital(sentence) for sentence in said] + [
        f"{silence.reason} ({silence.said_by})" for silence in quiet
    ]


def _apart(pair: Pair, one: Comparison) -> str:
    sold = 0.0 if one.exports is None else one.exports.value_usd
    said = (
        f"of {text.period(one.period)}, {pair.said(one.exporter)} reports {text.money(sold)} of "
        f"goods sold to {pair.said(one.importer)}, which reports "
        f"{text.money(one.imports_fob or 0.0)}"
    )
    if one.factor != 1.0:
        said += f" without {text.share(one.factor - 1)} for freight"
    said += f": they are {text.share(one.asymmetry or 0.0)} apart"
    if one.reconciled is not None:
        said += f"; reconciled, it is {text.money(one.reconciled.value_usd)}"
    elif one.own is not None:
        said += f"; weighed by how reliably each reports, it is {text.money(one.own)}"
    return said + "."


def _one_sided(pair: Pair, mine: Sequence[Comparison]) -> str:
    way = pair.way(mine[0].exporter)
    return f"{way}: the lake has no period that both sides report."


def _compared(pair: Pair, found: Sequence[Comparison]) -> Sheet:
    return Sheet(
        id="compared",
        title="Both reports, f.o.b., and reconciled",
        columns=(
            ("flow", "Flow", ""),
            ("period", "Period", ""),
            ("exports", "By the exporter", "USD"),
            ("imports", "By the importer", "USD"),
            ("imports_valuation", "Counted", ""),
            ("freight", "Freight", "share"),
            ("freight_is", "Freight is", ""),
            ("imports_fob", "Importer, f.o.b.", "USD"),
            ("asymmetry", "Apart", "share"),
            ("reconciled", "Reconciled", "USD"),
            ("own", "Our own", "USD"),
            ("own_spread", "Spread", "share"),
            ("exporter_weight", "Exporter's weight", "share"),
            ("sources", "Sources", ""),
        ),
        rows=tuple(_row(pair, one) for one in found),
        brief=("flow", "period", "exports", "imports", "freight", "asymmetry", "reconciled", "own"),
    )


def _row(pair: Pair, one: Comparison) -> tuple[str | float | None, ...]:
    bought = one.imports
    how = "" if one.factor == 1.0 else "estimated" if one.estimated else "assumed"
    return (
        pair.way(one.exporter),
        one.period,
        None if one.exports is None else one.exports.value_usd,
        None if bought is None else bought.value_usd,
        "" if bought is None else bought.valuation,
        None if bought is None else one.factor - 1,
        how,
        one.imports_fob,
        one.asymmetry,
        None if one.reconciled is None else one.reconciled.value_usd,
        one.own,
        one.spread,
        one.weight,
        ", ".join(one.sources),
    )


def _said(pair: Pair, said: Sequence[Any]) -> Sheet:
    return Sheet(
        id="reports",
        title="Every figure, as it is printed",
        columns=(
            ("flow", "Flow", ""),
            ("period", "Period", ""),
            ("said_by", "By the", ""),
            ("value", "Value", "USD"),
            ("valuation", "Counted", ""),
            ("source", "Source", ""),
        ),
        rows=tuple(
            (pair.way(r.exporter), r.period, r.said_by, r.value_usd, r.valuation, r.source)
            for r in reversed(said)
        ),
        shown=12,
    )


def _facts(a: str, b: str, quiet: Sequence[Silence]) -> dict[str, Any]:
    return {"pair": {"a": a, "b": b}, "silent": [silence._asdict() for silence in quiet]}
