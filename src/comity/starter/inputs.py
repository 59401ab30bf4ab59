"""Which publisher's file gives which source, by its place in the folder of data."""

from __future__ import annotations

import hashlib
from pathlib import Path

from comity.sources import (
    cepii,
    oec,
    openalex,
    passport_index,
    penppml,
    tradestat,
    tradestat_partners,
    undesa,
    unga,
    unhcr,
    usitc,
    worldbank,
)

_OEC = "trade_products/oec_baci_2024_hs2"
_EIDB = "trade_products/india_eidb"
_PRINCIPAL = "trade_products/india_exports_principal_commodity/Principal_Commodity_wise_export_"
_VOTES = "diplomacy/unga_votes"
_GRAVITY = "gravity/thgaskin"

# Fiscal years, by the year in which they begin.
PRINCIPAL_YEARS = (2017, 2018, 2019, 2021, 2022)

INPUTS: dict[str, tuple[str, ...]] = {
    cepii.BACI: ("trade/baci_2023_totals/baci_hs22_2023_bilateral_totals_long.csv.gz",),
    cepii.GEODIST: ("gravity/geodist/dist_cepii.csv.gz",),
    cepii.GRAVITY: (f"{_GRAVITY}/dist.csv.gz",),
    oec.CHAPTERS: (f"{_OEC}/countries.json.gz", f"{_OEC}/imports.json.gz"),
    oec.SECTIONS: ("trade_products/oec_complexity_tests/fixture_exports.csv",),
    openalex.NETWORKS: (
        "research/openalex_coauthorship/openalex_country_pairs_1990_2023.csv.gz",
        "research/openalex_coauthorship/openalex_country_totals_1990_2023.csv.gz",
    ),
    passport_index.VISAS: ("people/passport_index/passport-index-tidy-iso3.csv",),
    penppml.TRADE: ("trade/penppml/trade.csv.gz",),
    tradestat.EIDB: (
        f"{_EIDB}_country_hs2/country_commodity_breakdown_2026-07-18.json",
        f"{_EIDB}_chapter_totals/eidb_chapter_trade_snapshot.csv",
    ),
    tradestat_partners.COMMODITIES: tuple(
        f"{_PRINCIPAL}{year}{(year + 1) % 100}.csv.gz" for year in PRINCIPAL_YEARS
    ),
    tradestat_partners.MONTHLY: (
        "trade_products/india_monthly_hs2_and_country/Year-Country-Value.csv.gz",
    ),
    undesa.STOCK: ("people/undesa_2024/undesa_stocks.csv.gz",),
    unga.IDEAL_POINTS: ("diplomacy/unga_ideal_points/IdealpointestimatesAll_Apr2020.csv",),
    unga.VOTES: (
        f"{_VOTES}/un_roll_calls.csv.gz",
        f"{_VOTES}/un_roll_call_issues.csv.gz",
        f"{_VOTES}/un_votes.csv.gz",
    ),
    unhcr.POPULATION: ("people/unhcr/population.csv.gz",),
    usitc.GRAVITY: (f"{_GRAVITY}/col.csv.gz",),
    usitc.ITPDE: ("trade/itpd_e_aggregated/itpd_e_aggregated_long.csv.gz",),
    usitc.LANGUAGE: (f"{_GRAVITY}/lang.csv.gz",),
    worldbank.GDP: ("nomenclature/wdi/gdp.csv",),
    worldbank.POPULATION: ("nomenclature/wdi/population.csv",),
    worldbank.TARIFFS: ("trade_products/wits_summary_all/wits_summary_all_countries_long.csv.gz",),
}
CLAIMS = "india-russia-claims.csv"

# The day the figures were taken from the publisher, where the file says so.
RETRIEVED = {
    oec.CHAPTERS: "2026-08-20",
    tradestat.EIDB: "2026-07-18; 2026-07-21",
}


def paths(folder: Path, source: str) -> list[Path]:
    """Return the files of a source."""
    return [folder / name for name in INPUTS[source]]


def digest(files: list[Path]) -> str:
    """Return the SHA-256 of each file, joined by a semicolon."""
    return ";".join(hashlib.sha256(file.read_bytes()).hexdigest() for file in files)
