"""Tariffs by product that the lake holds: what is levied on everybody, and on one seller."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from comity import catalogue
from comity.lake import WORLD
from comity.potential.opportunity_files import Tariffs

if TYPE_CHECKING:
    from comity.catalogue import Country
    from comity.lake import Store

SUBSTITUTION = 1.5  # between suppliers, as in the simulation's first tier
_HS6 = 6
_PREFERENCE = "PREF"


@dataclass(frozen=True, slots=True)
class Duty:
    """A rate on a product: the mean of `count` rates on what it is made of, from one source."""

    rate: float
    count: int
    source: str


class LakeTariffs:
    """The tariffs of some importers, each one's latest year.

    Parameters
    ----------
    store : Store
        The lake; one without tariffs is as good as an empty table.
    importers : collection of str
        ISO3 codes.
    """

    def __init__(self, store: Store, importers: Collection[str]) -> None:
        frame = _rows_of(store, importers)
        ends = ["importer", "exporter"]
        newest = frame.groupby(ends)["year"].transform("max") if len(frame) else frame["year"]
        self._rows = frame[frame["year"] == newest].sort_values([*ends, "product", "kind"])
        self._means: dict[tuple[str, str], dict[str, Duty]] = {}

    def find(self, product: str, importer: str, exporter: str = WORLD) -> Duty | None:
        """Return what an importer levies on a product of an exporter's, None where nobody knows.

        A preference where there is one, else what is levied on everybody. Of a chapter or a
        heading, the simple mean over its products; of a product that is not listed, what its
        heading has.
        """
        if not product.isdigit():
            return None
        means = self._of(importer, exporter)
        for length in range(min(len(product), _HS6), 1, -2):
            if duty := means.get(product[:length]):
                return duty
        return None

    def preferences(self, importer: str, exporter: str) -> bool:
        """Say whether any product of the exporter's has a preference."""
        rows = self._rows
        mine = (rows["importer"] == importer) & (rows["exporter"] == exporter)
        return bool((rows.loc[mine, "kind"] == _PREFERENCE).any())

    def said(self, importers: Iterable[str]) -> str:
        """Return of which years the tariffs are, in words; empty where there are none."""
        everybody = self._rows[self._rows["exporter"] == WORLD]
        years = everybody.groupby("importer")["year"].max()
        known = [code for code in importers if code in years.index]
        return ", ".join(f"{catalogue.country(code).name} {years[code]}" for code in sorted(known))

    def _of(self, importer: str, exporter: str) -> dict[str, Duty]:
        """Return mean rates by code: finer ones add up to coarser ones."""
        key = (importer, exporter)
        if self._rows.empty:  # as in a lake that nobody has added tariffs to
            return {}
        if key not in self._means:
            rows = self._rows[self._rows["importer"] == importer]
            general = rows[rows["exporter"] == WORLD].drop_duplicates("product")
            own = rows[rows["exporter"] == exporter].drop_duplicates("product", keep="last")
            both = pd.concat([own, general]).drop_duplicates("product", keep="first")
            self._means[key] = {
                str(code): Duty(rate, count, source)
                for length in (2, 4, _HS6)
                for code, rate, count, source in both[both["product"].str.len() >= length]
                .groupby(both["product"].str[:length])
                .agg(rate=("rate", "mean"), count=("rate", "size"), source=("source", "first"))
                .itertuples(name=None)
            }
        return self._means[key]


def _rows_of(store: Store, importers: Collection[str]) -> pd.DataFrame:
    columns = ["year", "importer", "exporter", "product", "kind", "rate", "source"]
    if not store.rows("tariffs"):  # the manifest knows: nothing needs to be asked
        return pd.DataFrame(columns=columns)
    table = store.table("tariffs")
    rows = table.filter(table.importer.isin(sorted(importers))).select(*columns)
    found: pd.DataFrame = rows.to_pyarrow().to_pandas()
    return found


def read_pair(
    store: Store, seller: Country, buyer: Country, products: Iterable[str], notes: list[str]
) -> Tariffs | None:
    """Return what the buyer levies on everybody and on the seller, None where the lake has nothing.

    Parameters
    ----------
    products : iterable of str
        HS codes, of any length.
    notes : list of str
        Takes sentences on where the tariffs are from.
    """
    if not store.rows("tariffs"):
        return None
    levied = LakeTariffs(store, {buyer.iso3})
    said = levied.said([buyer.iso3])
    if not said:
        return None
    general: dict[str, float] = {}
    pair: dict[str, float] = {}
    source = ""
    for code in products:
        everybody = levied.find(code, buyer.iso3)
        if everybody is not None:
            mine = levied.find(code, buyer.iso3, seller.iso3) or everybody
            general[code], pair[code], source = everybody.rate, mine.rate, everybody.source
    notes.append(
        f"Tariffs by product are the lake's, simple means over tariff lines ({said}); what is "
        f"levied on average is taken to be what is levied on everybody, and {SUBSTITUTION:g} is "
        "the elasticity of substitution of every product."
    )
    if not levied.preferences(buyer.iso3, seller.iso3):
        notes.append(
            f"The lake has no preference of {buyer.with_article} for {seller.with_article}: it "
            "pays what everybody pays, and the tariff factors are 1."
        )
    return Tariffs(general, pair, dict.fromkeys(general, SUBSTITUTION), source)
