"""What each of two countries could sell the other, read from a lake and put through the kernels.

Export potential by product (`comity.potential.export_potential`) and products within reach
(`comity.potential.complexity`), at the finest level at which the lake has every country's trade
with the world. Every factor stays visible, and each can be replaced.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from comity import catalogue
from comity.catalogue import Country
from comity.errors import UsageError
from comity.lake import Dossier, Store
from comity.potential import export_potential as kernel
from comity.potential.arrays import Floats
from comity.potential.ease import PairEase, ease_of_importer
from comity.potential.lake_tariffs import read_pair
from comity.potential.opportunity_files import Growth, Tariffs
from comity.potential.outlook import read_outlook
from comity.potential.world import FUELS, Sold, World, sold_by_product, world_of

_LEVELS = {2: "HS chapters", 4: "HS headings", 6: "HS subheadings"}


@dataclass(frozen=True, kw_only=True)
class Opportunities:
    """What one country could sell another.

    Attributes
    ----------
    exporter, importer : Country
    level : str
        "HS chapters", ...
    period, source : str
        Of supply and demand.
    products : DataFrame
        One row a product, the largest potential first: product, label, sector, exports, imports
        (the exporter's and the importer's with the world, USD), market_share, net_exporter,
        supply_tariff, demand_growth, advantage, ease, potential, potential_normal, actual,
        unrealised, unrealised_normal (USD), rca, density, score.
    ease : PairEase
    actual_period, actual_source, actual_valuation : str
        Of what is sold already by product; "" where no source has it.
    tariff_source, growth_source : str
        Of tariffs by product and of growth from the lake; "" without, or where they are the user's.
    notes : tuple of str
        Assumptions and gaps, as sentences.
    """

    exporter: Country
    importer: Country
    level: str
    period: str
    source: str
    products: pd.DataFrame
    ease: PairEase
    actual_period: str
    actual_source: str
    actual_valuation: str
    tariff_source: str = ""
    growth_source: str = ""
    notes: tuple[str, ...] = field(default=())

    @cached_property
    def sectors(self) -> pd.DataFrame:
        """The same amounts by sector group, the largest unrealised at normal ease first."""
        return _by_sector(self.products)

    @property
    def sources(self) -> tuple[str, ...]:
        """Every source that went in."""
        pair = self.ease
        named = (
            *(self.source, pair.source, self.actual_source, pair.distance_source),
            *(self.tariff_source, self.growth_source),
        )
        return tuple(dict.fromkeys(name for name in named if name))

    @property
    def knows_actual(self) -> bool:
        """Whether some source splits the pair's trade by product."""
        return bool(self.actual_source)

    def total(self, column: str) -> float:
        """Return the sum of a column of `products` in USD; NaN where it is known nowhere."""
        values = self.products[column]
        return float(values.sum()) if values.notna().any() else float("nan")

    @property
    def new(self) -> pd.DataFrame:
        """Products not exported competitively (RCA below 1), the best score first."""
        rows = self.products[self.products["score"].notna()]
        return rows.sort_values("score", ascending=False).reset_index(drop=True)

    def named(self, sectors: tuple[str, ...]) -> pd.DataFrame:
        """Return the sectors that somebody names, with their ranks in this table.

        Columns of `sectors`, and rank, rank_normal: place by unrealised potential at actual and at
        normal ease, 1 the largest; missing where actual trade is not known.
        """
        ranked = self.sectors.assign(
            rank=self.sectors["unrealised"].rank(ascending=False, method="min"),
            rank_normal=self.sectors["unrealised_normal"].rank(ascending=False, method="min"),
        )
        ids = [catalogue.sector(name).id for name in sectors]
        return ranked[ranked["sector"].isin(ids)].reset_index(drop=True)


def opportunities(
    store: Store,
    exporter: str,
    importer: str,
    *,
    ease: float | None = None,
    growth: Growth | None = None,
    tariffs: Tariffs | None = None,
    new: bool = True,
    dossier: Dossier | None = None,
) -> Opportunities:
    """Return what the exporter could sell the importer, product by product.

    ``EPI_k = supply_k x demand_k x ease``: see `comity.potential.export_potential` for the factors.
    At actual ease and without projections the potentials add up to about what is traded already
    (times the distance factor): they say which products are over- and which under-represented. At
    normal ease (1) the sum is what the two countries' ranges of goods alone would give.

    Parameters
    ----------
    store : Store
        The lake.
    exporter, importer : str
        Two different countries: ISO2, ISO3 or name.
    ease : float, optional
        Put this in the place of the computed ease.
    growth : Growth, optional
        Expected levels of GDP and population in five years over today's; else the IMF's outlook,
        where the lake has it; else 1.
    tariffs : Tariffs, optional
        Tariffs of the importer on these products; else the lake's, where it has any of it; else the
        tariff factors are 1.
    new : bool
        Whether to find products within reach (RCA, density, score); they cost most of the time.
    dossier : Dossier, optional
        The pair's rows where they have been read already; saves a query.

    Raises
    ------
    UnknownNameError, AmbiguousNameError
        A name that no country, or more than one, answers to.
    UsageError
        Both are the same country, or the ease is negative.
    NoDataError
        The lake has no table of every country's trade by product, or it lacks one of the two.
    """
    seller, buyer = catalogue.country(exporter), catalogue.country(importer)
    if seller.iso3 == buyer.iso3:
        raise UsageError(
            f"Both are {seller.with_article}; it sells itself nothing.", "Name a second country."
        )
    if ease is not None and not (np.isfinite(ease) and ease >= 0):
        raise UsageError(f"An ease of {ease:g} has no meaning.", "Give 0 or more; 1 is usual.")
    world = world_of(store)
    i, j = world.position(seller.iso3, "exports"), world.position(buyer.iso3, "imports")
    notes: list[str] = list(world.notes)

    growth = growth or read_outlook(store, notes)
    gdp, heads = _levels(growth, world, notes)
    supply = kernel.supply(world.exports, world.imports, growth=gdp)
    demand = kernel.demand(world.imports, gdp_growth=gdp, population_growth=heads)
    held = dossier or Dossier(store, seller.iso3, buyer.iso3)
    actual = sold_by_product(held, seller.iso3, world)
    pair = _ease(store, world, i, j, actual, ease)
    tariffs = tariffs or read_pair(store, seller, buyer, world.products, notes)
    advantage = _advantage(tariffs, world, notes)
    missing = bool(np.isnan(pair.used))
    found = kernel.export_potential(
        supply.value[i],
        demand.value[j],
        0.0 if missing else pair.used,
        advantage=advantage,
        actual=actual.value,
    )
    nothing = np.full(len(world.products), np.nan)
    rca, near, score = _reach(world, i, demand.value[j]) if new else (nothing, nothing, nothing)
    rows = pd.DataFrame(
        {
            "product": list(world.products),
            "label": [catalogue.product(code).label for code in world.products],
            "sector": [catalogue.sector_of(code).id for code in world.products],
            "exports": world.exports[i],
            "imports": world.imports[j],
            "market_share": supply.share[i],
            "net_exporter": supply.net_exporter[i],
            "supply_tariff": supply.tariff[i],
            "demand_growth": demand.income[j] * demand.population[j],
            "advantage": found.advantage,
            "ease": pair.used,
            "potential": nothing if missing else found.potential,
            "potential_normal": found.at_normal_ease,
            "actual": found.actual,
            "unrealised": nothing if missing else found.unrealised,
            "unrealised_normal": found.unrealised_at_normal_ease,
            "rca": rca,
            "density": near,
            "score": score,
        }
    ).sort_values("potential_normal", ascending=False, ignore_index=True)
    notes += _notes(pair, known=bool(actual.source), seller=seller, buyer=buyer)
    outside = actual.whole - float(np.nansum(actual.value))
    if outside > 1e6:
        notes.append(
            f"{outside / 1e6:,.0f} million dollars that {seller.with_article} sold "
            f"{buyer.with_article} in {actual.period} lie in codes that the table does "
            "not have, and are left out."
        )
    return Opportunities(
        exporter=seller,
        importer=buyer,
        level=_LEVELS.get(world.level, f"{world.level}-digit codes"),
        period=world.period,
        source=world.source,
        products=rows,
        ease=pair,
        actual_period=actual.period,
        actual_source=actual.source,
        actual_valuation=actual.valuation,
        tariff_source=tariffs.source if tariffs else "",
        growth_source=growth.source if growth else "",
        notes=tuple(notes),
    )


def _ease(
    store: Store, world: World, i: int, j: int, actual: Sold, replaced: float | None
) -> PairEase:
    sales, source, year = world.sales_to(store, j)
    total = float(sales[i])
    known = bool(np.isfinite(total))
    km, of_distance = world.distances_to(store, i, j)
    found = ease_of_importer(np.nan_to_num(sales), world.expected[:, j], km, j)
    trade = float(found.trade[i]) if known else float("nan")
    fuels = actual.fuels
    bare = float("nan")
    if known and np.isfinite(fuels):
        kept = np.array([not code.startswith(FUELS) for code in world.products])
        expected = _expected(world.exports[:, kept], world.imports[:, kept], i, j)
        bare = total * (1 - fuels) / expected if expected > 0 else float("nan")
    near = float(found.distance[i])
    return PairEase(
        trade=trade,
        distance=near,
        trade_without_fuels=bare,
        fuels=fuels,
        used=trade * near if replaced is None else float(replaced),
        replaced=replaced is not None,
        total=total,
        expected=_expected(world.exports, world.imports, i, j),
        period=str(year),
        source=source,
        distance_source=of_distance,
    )


def _expected(exports: Floats, imports: Floats, i: int, j: int) -> float:
    """Return what shares in products suggest, the divisor of ease: one cell of the kernel's."""
    whole = exports.sum(axis=0)
    share = np.divide(exports[i], whole, out=np.zeros_like(whole), where=whole > 0)
    return float(share @ imports[j])


def _reach(world: World, i: int, wanted: Floats) -> tuple[Floats, Floats, Floats]:
    """Return RCA, density and the score of products not exported competitively."""
    rca, near = (table[i] for table in world.reach)
    return rca, near, kernel.rank_new_products(np.nan_to_num(rca) >= 1, near, wanted)


def _levels(
    growth: Growth | None, world: World, notes: list[str]
) -> tuple[Floats | None, Floats | None]:
    if growth is None:
        notes.append("No growth was given: supply and demand are those of the table's year.")
        return None, None
    given = sum(country in growth.gdp for country in world.countries)
    notes.append(
        f"Growth is given for {given} of {len(world.countries)} countries; for the others the "
        "level in five years is today's."
    )
    gdp = np.array([growth.gdp.get(country, 1.0) for country in world.countries])
    heads = np.array([growth.population.get(country, 1.0) for country in world.countries])
    return gdp, heads


def _advantage(tariffs: Tariffs | None, world: World, notes: list[str]) -> Floats | None:
    if tariffs is None:
        notes.append(
            "No tariffs by product were given, nor has the lake any: all tariff factors are 1. "
            "Country averages do not enter, as one rate for all suppliers and products gives "
            "nobody an advantage."
        )
        return None
    unknown = sorted(set(tariffs.levied) - set(world.products))
    if unknown:
        notes.append(
            f"Tariffs on {', '.join(unknown[:5])} are not used: the table has no such product."
        )
    known = [code for code in world.products if code in tariffs.levied]
    if not known:
        raise UsageError(
            "None of the products in the tariff file is in the table of trade.",
            f"It has {_LEVELS.get(world.level, 'products')}, such as {world.products[0]}.",
        )
    notes.append(
        f"Tariffs are given for {len(known)} of {len(world.products)} products; on the others the "
        "factor is 1. Tariffs that the exporter meets elsewhere are not given: that factor is 1."
    )
    found = kernel.tariff_advantage(
        [tariffs.levied[code] for code in known],
        [tariffs.on_pair[code] for code in known],
        [tariffs.substitution[code] for code in known],
    )
    by_code = dict(zip(known, found.tolist(), strict=True))
    return np.array([by_code.get(code, 1.0) for code in world.products])


def _by_sector(rows: pd.DataFrame) -> pd.DataFrame:
    amounts = [
        "exports", "imports", "potential", "potential_normal", "actual", "unrealised",
        "unrealised_normal",
    ]  # fmt: skip
    grouped = rows.groupby("sector")[amounts].sum(min_count=1).reset_index()
    names = {sector.id: sector.name for sector in catalogue.sectors()}
    grouped.insert(1, "label", grouped["sector"].map(names))
    order = ["unrealised_normal", "potential_normal"]
    return grouped.sort_values(order, ascending=False, ignore_index=True)


def _notes(pair: PairEase, *, known: bool, seller: Country, buyer: Country) -> list[str]:
    said: list[str] = []
    if pair.replaced:
        said.append(f"Ease is {pair.used:g} because you said so.")
    elif np.isnan(pair.used):
        said.append(
            f"The lake has no total of what {seller.with_article} sells {buyer.with_article}: ease "
            "is unknown, which is not zero, and potential is shown at normal ease alone."
        )
    else:
        said.append(
            "At actual ease the potentials add up to about what is traded already: they say which "
            "products are over- and which under-represented, not how much trade could grow."
        )
    if not known:
        said.append(
            "No source splits trade between the two by product: what is sold already, and so what "
            "is unrealised, is unknown by product."
        )
    if np.isnan(pair.trade_without_fuels) and not np.isnan(pair.trade):
        said.append("Ease without HS 27 is unknown, as the pair's own share of HS 27 is.")
    return said
