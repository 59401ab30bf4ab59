"""What each could sell the other, product by product, as a report."""

from __future__ import annotations

from pathlib import Path

from comity import catalogue
from comity.brief import text
from comity.brief.charts import opportunities as charts
from comity.brief.charts.theme import Pair
from comity.brief.opportunities import sentences
from comity.brief.reports.report import Report, Sheet
from comity.lake import Store
from comity.potential.opportunities import Opportunities
from comity.potential.opportunities import opportunities as find
from comity.potential.opportunity_files import read_growth, read_tariffs


def opportunities(
    store: Store,
    a: str,
    b: str,
    *,
    top: int = 20,
    both: bool = False,
    ease: float | None = None,
    growth: Path | None = None,
    tariff: Path | None = None,
    named: str = "",
) -> Report:
    """Return what A could sell B: potential, what is sold, and products within reach.

    Parameters
    ----------
    store : Store
        The lake.
    a, b : str
        The exporter and the importer.
    top : int
        How many products a terminal shows.
    both : bool
        Whether B's sales to A are wanted as well.
    ease : float, optional
        Ease of trade in the place of the computed one.
    growth, tariff : Path, optional
        The user's own CSV files.
    named : str
        Sectors that somebody names, with commas.
    """
    sectors = tuple(word.strip() for word in named.split(",") if word.strip())
    levels = None if growth is None else read_growth(growth)
    pairs = [(a, b), (b, a)] if both else [(a, b)]
    found = []
    for seller, buyer in pairs:
        code = catalogue.country(seller).iso3
        tariffs = None if tariff is None else read_tariffs(tariff, code)
        found.append(find(store, seller, buyer, ease=ease, growth=levels, tariffs=tariffs))
    command = _command(found[0], both=both, ease=ease, growth=growth, tariff=tariff)
    return _report(found, top, sectors, command, store.sources)


def _command(
    found: Opportunities,
    *,
    both: bool,
    ease: float | None,
    growth: Path | None,
    tariff: Path | None,
) -> str:
    words = ["comity opportunities", found.exporter.iso3, found.importer.iso3]
    words += ["--both"] if both else []
    words += [f"--ease {ease:g}"] if ease is not None else []
    words += [f"--growth {growth.name}"] if growth else []
    words += [f"--tariff {tariff.name}"] if tariff else []
    return " ".join(words)


def _report(
    found: list[Opportunities],
    top: int,
    sectors: tuple[str, ...],
    command: str,
    sources: dict[str, dict[str, object]],
) -> Report:
    first = found[0]
    pair = Pair(first.exporter, first.importer)
    sheets: list[Sheet] = []
    for one in found:
        sheets += _sheets(one, top, sectors, many=len(found) > 1)
    used = dict.fromkeys(name for one in found for name in one.sources)
    return Report(
        title=" and ".join(
            f"What {one.exporter.with_article} could sell {one.importer.with_article}"
            for one in found
        ),
        command=command,
        findings=tuple(said for one in found for said in sentences(one, sectors)),
        sheets=tuple(sheets),
        sources={name: sources[name] for name in used if name in sources},
        facts={"directions": [_facts(one) for one in found]},
        notes=tuple(dict.fromkeys(note for one in found for note in one.notes)),
        charts=tuple(c for one in found if (c := charts.potential(pair, one)) is not None),
    )


_COLUMNS = (
    ("product", "HS", ""),
    ("label", "Goods", ""),
    ("sector", "Sector", ""),
    ("exports", "Exports to all", "USD"),
    ("imports", "Demand", "USD"),
    ("market_share", "Market share", "share"),
    ("net_exporter", "Net exp.", "ratio"),
    ("supply_tariff", "Tariffs met", "ratio"),
    ("demand_growth", "Growth", "ratio"),
    ("advantage", "Tariff adv.", "ratio"),
    ("ease", "Ease", "ratio"),
    ("potential", "Potential", "USD"),
    ("potential_normal", "At ease 1", "USD"),
    ("actual", "Sold", "USD"),
    ("unrealised", "Unused", "USD"),
    ("unrealised_normal", "Unused at 1", "USD"),
    ("rca", "RCA", "ratio"),
    ("density", "Density", "ratio"),
    ("score", "Score", "ratio"),
)
_SHORT = (
    "product", "label", "imports", "market_share", "net_exporter", "potential",
    "potential_normal", "actual", "unrealised_normal",
)  # fmt: skip


def _sheets(one: Opportunities, top: int, sectors: tuple[str, ...], *, many: bool) -> list[Sheet]:
    way = f"{one.exporter.name} to {one.importer.name}"
    end = f"_{one.exporter.iso3.lower()}" if many else ""
    keys = tuple(key for key, _, _ in _COLUMNS)
    sold = (
        f"sold: {text.period(one.actual_period)}"
        if one.knows_actual
        else "sold: unknown by product"
    )
    made = [
        Sheet(
            id=f"products{end}",
            title=f"Products, {way} ({one.level}, {one.period}; {sold})",
            columns=_COLUMNS,
            rows=tuple(one.products[list(keys)].itertuples(index=False, name=None)),
            shown=top,
            brief=_SHORT,
            note="Potential = market share × net exporter × demand × ease × tariff advantage.",
        ),
        Sheet(
            id=f"sectors{end}",
            title=f"Sector groups, {way}",
            columns=(
                ("sector", "Id", ""),
                ("label", "Sector", ""),
                ("potential", "Potential", "USD"),
                ("potential_normal", "At ease 1", "USD"),
                ("actual", "Sold", "USD"),
                ("unrealised", "Unused", "USD"),
                ("unrealised_normal", "Unused at 1", "USD"),
            ),
            rows=tuple(
                one.sectors[
                    ["sector", "label", "potential", "potential_normal", "actual", "unrealised",
                     "unrealised_normal"]
                ].itertuples(index=False, name=None)
            ),
            shown=16,
            brief=("label", "potential", "potential_normal", "actual", "unrealised",
                   "unrealised_normal"),
        ),
        Sheet(
            id=f"new{end}",
            title=f"New products within reach, {way} (RCA below 1; a score, not dollars)",
            columns=(
                ("product", "HS", ""),
                ("label", "Goods", ""),
                ("rca", "RCA", "ratio"),
                ("density", "Density", "ratio"),
                ("imports", "Demand", "USD"),
                ("score", "Score", "ratio"),
            ),
            rows=tuple(
                one.new[["product", "label", "rca", "density", "imports", "score"]].itertuples(
                    index=False, name=None
                )
            ),
            shown=min(top, 8),
        ),
    ]  # fmt: skip
    if sectors:
        rows = one.named(sectors)
        made.append(
            Sheet(
                id=f"named{end}",
                title=f"The sectors named, {way}",
                columns=(
                    ("label", "Sector", ""),
                    ("potential_normal", "Potential at 1", "USD"),
                    ("actual", "Sold", "USD"),
                    ("unrealised_normal", "Unused at 1", "USD"),
                    ("rank_normal", "Rank by unused", "rank"),
                ),
                rows=tuple(
                    rows[
                        ["label", "potential_normal", "actual", "unrealised_normal", "rank_normal"]
                    ].itertuples(index=False, name=None)
                ),
                note=f"Ranks among {len(one.sectors)} sector groups.",
            )
        )
    return made


def _facts(one: Opportunities) -> dict[str, object]:
    pair = one.ease
    return {
        "exporter": one.exporter.iso3,
        "importer": one.importer.iso3,
        "level": one.level,
        "period": one.period,
        "actual_period": one.actual_period or None,
        "actual_valuation": one.actual_valuation or None,
        "ease": {
            "used": pair.used,
            "replaced": pair.replaced,
            "actual": pair.actual,
            "trade": pair.trade,
            "distance": pair.distance,
            "without_hs27": pair.without_fuels,
            "share_of_hs27": pair.fuels,
            "total_usd": pair.total,
            "expected_usd": pair.expected,
            "period": pair.period,
        },
        "totals": {
            key: one.total(key)
            for key in (
                "potential", "potential_normal", "actual", "unrealised", "unrealised_normal"
            )
        },
    }  # fmt: skip
