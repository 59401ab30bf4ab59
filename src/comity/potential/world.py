"""Every country's trade with the world by product, as arrays, and what a pair's ease needs."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from comity import catalogue
from comity.errors import NoDataError
from comity.lake import GOODS_AND_SERVICES, TOTAL, WORLD, Dossier, Store
from comity.lake.bases import one_basis
from comity.lake.kept import Arrays
from comity.lake.memo import on_its_own
from comity.lake.totals import totals
from comity.potential.arrays import Floats
from comity.potential.ease import expected_trade

if TYPE_CHECKING:
    import ibis

FUELS = "27"
HS_DIGITS = frozenset({2, 4, 6})
_FINEST = 6
_LEAST = 3  # countries on either side, for a table to be one


@dataclass(frozen=True)
class World:
    """N countries by P products in one year of one source.

    Attributes
    ----------
    countries, products : tuple of str
        ISO3 and HS codes, sorted.
    exports, imports : ndarray, (N, P)
        Trade with the world, USD. Zero where the source lists the country without the product, and
        for countries that it does not list at all.
    exporters, importers : frozenset of str
        Whom it lists.
    level, year : int
        Digits of the codes; the year.
    source, period : str
    """

    countries: tuple[str, ...]
    products: tuple[str, ...]
    exports: Floats
    imports: Floats
    exporters: frozenset[str]
    importers: frozenset[str]
    level: int
    year: int
    source: str
    period: str

    @property
    def notes(self) -> tuple[str, ...]:
        """What the table leaves out, as sentences."""
        said = [
            f"Supply and demand come from a table of {len(self.exporters)} exporters and "
            f"{len(self.importers)} importers, {self.period}; the world is their sum."
        ]
        if self.level == 2:
            said.append(
                "An HS chapter holds goods as unlike as tractors and computers: a potential here "
                "says where to look, not which product to sell."
            )
        return tuple(said)

    @cached_property
    def reach(self) -> tuple[Floats, Floats]:
        """RCA and density, (N, P): see `comity.potential.complexity`."""
        from comity.potential.complexity import density, presence, rca

        advantage = rca(self.exports)
        return advantage, density(presence(advantage))

    @cached_property
    def expected(self) -> Floats:
        """What shares in products suggest each sells each, (N, N): see the kernel."""
        return expected_trade(self.exports, self.imports)

    def position(self, country: str, side: str) -> int:
        """Return the row of a country that has to be listed on one side.

        Raises
        ------
        NoDataError
            It is not.
        """
        listed = self.exporters if side == "exports" else self.importers
        if country not in listed:
            name = catalogue.country(country).with_article
            raise NoDataError(
                f"The lake has no {side} of {name} by product in {self.period}.",
                f"Its table has {len(listed)} countries, those with the largest trade.",
            )
        return self.countries.index(country)

    def sales_to(self, store: Store, j: int) -> tuple[Floats, str, int]:
        """Return what each country sells the importer, all goods, with source and year.

        NaN where no row is there, which is not zero.
        """
        source, year = newest_totals(store)
        country = self.countries[j]
        sold = totals(store, source, year).to(country)
        return np.array([sold.get(name, np.nan) for name in self.countries]), source, year

    def distances_to(self, store: Store, i: int, j: int) -> tuple[Floats, str]:
        """Return kilometres from each country to the importer, and the source of i's.

        The importer's own is 1 and not used.

        Raises
        ------
        NoDataError
            The importer's own distances are unknown.
        """
        km, source = distances_to(store, self.countries[j])
        along = np.array([km.get(country, np.nan) for country in self.countries])
        along[j] = np.nan
        if np.isnan(along).all():
            name = catalogue.country(self.countries[j]).with_article
            raise NoDataError(f"The lake has no distances to {name}.")
        # A supplier at an unknown distance must not move the mean: it gets the usual one.
        along[np.isnan(along)] = float(np.exp(np.nanmean(np.log(along))))
        along[j] = 1.0
        return along, source.get(self.countries[i], "")


@on_its_own()
def world_of(store: Store) -> World:
    """Return the table of every country by product: the finest level, then the latest year.

    Raises
    ------
    NoDataError
        The lake has no table with both exports and imports of at least three countries.
    """
    kept = store.kept.arrays("world", lambda: _read_world(store))
    return World(
        countries=tuple(kept["countries"].tolist()),
        products=tuple(kept["products"].tolist()),
        exports=kept["exports"],
        imports=kept["imports"],
        exporters=frozenset(kept["exporters"].tolist()),
        importers=frozenset(kept["importers"].tolist()),
        level=int(kept["level"]),
        year=int(kept["year"]),
        source=str(kept["source"]),
        period=str(kept["period"]),
    )


def _read_world(store: Store) -> Arrays:
    """Return the fields of `World` as arrays."""
    found = _count_worlds(store)
    found = found[(found["exporters"] >= _LEAST) & (found["importers"] >= _LEAST)]
    if found.empty:
        raise NoDataError(
            "The lake has no table of what every country trades with the world by product.",
            "Leave out --lake for the embedded one, or add a BACI file to the lake.",
        )
    found = found[found["exporters"] >= found["exporters"].max() / 2]
    best = found.sort_values(["level", "year", "exporters", "source"]).iloc[-1]
    source, year = str(best["source"]), int(best["year"])
    with_world = _with_world(store.year_of("flows", source, year))
    rows = (
        with_world.filter(
            with_world.source == source,
            with_world.year == year,
            with_world.product.length() == int(best["level"]),
        )
        .select("exporter", "importer", "product", "value_usd", "period")
        .to_pyarrow()
        .to_pandas()
    )
    sold = rows[rows["importer"] == WORLD]
    bought = rows[rows["exporter"] == WORLD]
    exporters, importers = (frozenset(c.unique()) for c in (sold["exporter"], bought["importer"]))
    countries = tuple(sorted(exporters | importers))
    products = tuple(sorted(rows["product"].unique()))
    return {
        "countries": np.array(countries),
        "products": np.array(products),
        "exports": _table(sold, "exporter", countries, products),
        "imports": _table(bought, "importer", countries, products),
        "exporters": np.array(sorted(exporters)),
        "importers": np.array(sorted(importers)),
        "level": np.array(int(best["level"])),
        "year": np.array(year),
        "source": np.array(source),
        "period": np.array(str(rows["period"].iloc[0])),
    }


def _with_world(flows: ibis.Table) -> ibis.Table:
    """Return trade with the world by products of the Harmonized System."""
    return flows.filter(
        (flows.importer == WORLD) | (flows.exporter == WORLD),
        flows.product.length().isin(sorted(HS_DIGITS)),
        flows.product != GOODS_AND_SERVICES,
    )


def _count_worlds(store: Store) -> pd.DataFrame:
    """Return the tables that there are: source, year, level, exporters, importers."""
    if store.worlds is not None:
        columns = ["source", "year", "level", "exporters", "importers"]
        return pd.DataFrame([astuple(world) for world in store.worlds], columns=columns)
    with_world = _with_world(store.table("flows"))
    grouped = with_world.group_by("source", "year", level=with_world.product.length())
    counted = grouped.agg(
        # The world itself counts once on either side.
        exporters=with_world.exporter.nunique() - 1,
        importers=with_world.importer.nunique() - 1,
    )
    frame: pd.DataFrame = counted.to_pyarrow().to_pandas()
    return frame


@on_its_own()
def newest_totals(store: Store) -> tuple[str, int]:
    """Return source and year of the newest totals between countries.

    Raises
    ------
    NoDataError
        The lake has none.
    """
    if store.newest_totals is not None:
        return store.newest_totals
    # A lake of few countries has no matrix that its manifest would name.
    flows = store.table("flows")
    pairs = flows.filter(
        flows.product == TOTAL,
        flows.basis == "reconciled",
        flows.importer != WORLD,
        flows.exporter != WORLD,
    )
    found = pairs.select("source", "year").distinct().to_pyarrow().to_pandas()
    if found.empty:
        raise NoDataError(
            "The lake has no reconciled totals of trade between countries.",
            "Leave out --lake for the embedded ones, or add a BACI file to the lake.",
        )
    last = found.sort_values(["year", "source"]).iloc[-1]
    return str(last["source"]), int(last["year"])


def distances_to(store: Store, country: str) -> tuple[dict[str, float], dict[str, str]]:
    """Return kilometres from each country to one, and the source of each; by code."""
    kept = _distances(store)
    names = kept["countries"].tolist()
    if country not in names:
        return {}, {}
    j = names.index(country)
    listed = kept["source"][:, j] >= 0
    known = [name for name, has in zip(names, listed, strict=True) if has]
    source = kept["sources"][kept["source"][listed, j]].tolist()
    return (
        dict(zip(known, kept["km"][listed, j].tolist(), strict=True)),
        dict(zip(known, source, strict=True)),
    )


@on_its_own()
def _distances(store: Store) -> Arrays:
    return store.kept.arrays("distances", lambda: _read_distances(store))


def _read_distances(store: Store) -> Arrays:
    columns = ["origin", "destination", "distance_km", "source"]
    rows = store.table("proximity").select(*columns).to_pyarrow().to_pandas()
    countries = sorted({*rows["origin"], *rows["destination"]})
    order = pd.Index(countries)
    at = order.get_indexer(rows["origin"]), order.get_indexer(rows["destination"])
    place, sources = rows["source"].factorize()
    km = np.full((len(countries),) * 2, np.nan)
    km[at] = rows["distance_km"].to_numpy(np.float64)
    source = np.full(km.shape, -1, dtype=np.int16)
    source[at] = place
    return {
        "countries": np.array(countries, dtype=np.str_),
        "km": km,
        "sources": np.array(sources.tolist(), dtype=np.str_),
        "source": source,
    }


def split_by_product(dossier: Dossier, world: World) -> pd.DataFrame:
    """Return what two countries sell each other by the products of the world's table.

    From the world's own source and year where that has pairs by product; else from whatever source
    has codes of as many digits, all periods.
    """
    own = dossier.details(world.source, world.year) if world.level == _FINEST else None
    if own is not None and len(own):
        return own
    rows = dossier.between
    of_level = (rows["product"].str.len() == world.level) & (rows["product"] != GOODS_AND_SERVICES)
    return one_basis(rows.loc[of_level])


@dataclass(frozen=True, slots=True)
class Sold:
    """What is sold already: by product (USD, NaN where unknown), in all, and the share of HS 27."""

    value: Floats
    period: str = ""
    source: str = ""
    valuation: str = ""
    whole: float = float("nan")
    fuels: float = float("nan")


def sold_by_product(dossier: Dossier, exporter: str, world: World) -> Sold:
    """Return what is sold already by product of the world's table.

    The period nearest to the table's year; a product that the source does not list in that period
    was not traded there, and is zero.
    """
    rows = split_by_product(dossier, world)
    rows = rows[rows["exporter"].to_numpy() == exporter]
    if rows.empty:
        return Sold(np.full(len(world.products), np.nan))
    year, source = rows["year"].to_numpy(), rows["source"].to_numpy()
    first = int(np.abs(year - world.year).argmin())
    same = (year == year[first]) & (source == source[first])
    codes = rows["product"].to_numpy()[same].tolist()
    values = np.nan_to_num(rows["value_usd"].to_numpy()[same])
    listed = dict(zip(codes, values.tolist(), strict=True))
    whole = float(values.sum())
    fuels = float(values[[code.startswith(FUELS) for code in codes]].sum())
    return Sold(
        np.array([listed.get(code, 0.0) for code in world.products]),
        period=str(rows["period"].iloc[first]),
        source=str(source[first]),
        valuation=str(rows["valuation"].iloc[first]),
        whole=whole,
        fuels=fuels / whole if whole > 0 else float("nan"),
    )


def _table(
    rows: pd.DataFrame, side: str, countries: tuple[str, ...], products: tuple[str, ...]
) -> Floats:
    table = np.zeros((len(countries), len(products)))
    row = pd.Index(countries).get_indexer(pd.Index(rows[side]))
    column = pd.Index(products).get_indexer(pd.Index(rows["product"]))
    table[row, column] = rows["value_usd"].to_numpy()
    return table
