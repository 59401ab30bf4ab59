"""An invented world in the layout of BACI: as many years and rows as asked for.

``python -m benchmarks.world FOLDER --years 2000-2024 --rows 10000000`` writes one CSV a year, the
two files of codes, and with ``--zip`` one archive of them all. The same seed gives the same files.

Flows follow a gravity model on the countries and distances of the embedded data, with products that
countries are good at, so that a yardstick and a complexity index find something to estimate.
"""

from __future__ import annotations

import argparse
import zipfile
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

RELEASE = "209901"  # no release of CEPII's: nobody may take these files for its own
SEED = 20


def countries():
    """Return ISO3 and BACI's code of every country that has one, sorted by code."""
    from comity import catalogue
    from comity.catalogue.countries import from_code

    rows = [
        (code, iso3, catalogue.country(iso3).name)
        for code in range(1, 1000)
        if (iso3 := from_code(code, "baci", 2020)) and catalogue.country(iso3).current
    ]
    return pd.DataFrame(rows, columns=["code", "iso3", "name"]).drop_duplicates("iso3")


def products():
    """Return the HS 2022 subheadings."""
    from comity import catalogue

    return [product.code for product in catalogue.products(6)]


def pair_masses(codes, generator):
    """Return what any two countries trade in total, up to a factor: shape (N, N)."""
    import comity

    store = comity.open("starter").store
    table = store.table("proximity").to_pyarrow().to_pandas()
    km = table.pivot(index="origin", columns="destination", values="distance_km")
    km = km.reindex(index=codes, columns=codes).fillna(8000.0).to_numpy().clip(100)
    facts = store.table("facts")
    gdp = facts.filter(facts.indicator == "gdp").to_pyarrow().to_pandas()
    latest = gdp.sort_values("year").groupby("country")["value"].last()
    size = latest.reindex(codes).fillna(1e9).to_numpy() ** 0.8
    mass = size[:, None] * size[None, :] / km * np.exp(generator.normal(0, 1.0, km.shape))
    np.fill_diagonal(mass, 0.0)
    return mass


def year_of_flows(mass, skill, demand, rows, generator):
    """Yield (exporter, importers, products, values in thousand dollars) by exporter, in order.

    A flow is there where a draw falls below its chance, which grows with its size; the chances are
    scaled so that about `rows` are there.
    """
    pull = mass**0.6
    draw = skill * demand
    scale = rows / (pull.sum() * draw.mean(axis=0).sum())
    for _ in range(20):  # Newton's steps: chances are capped at 0.95
        chance = sum(
            np.minimum(scale * np.outer(pull[i], draw[i]), 0.95).sum() for i in range(len(pull))
        )
        scale *= rows / chance
        if abs(chance / rows - 1) < 0.01:
            break
    for i in range(len(pull)):
        chance = np.minimum(scale * np.outer(pull[i], draw[i]), 0.95)
        there = generator.random(chance.shape, dtype=np.float32) < chance
        j, k = np.nonzero(there)
        noise = np.exp(generator.normal(3.0, 2.0, j.size))
        yield i, j, k, np.maximum(chance[j, k] * noise * 100, 0.001)


def write_year(path, year, world, rows, seed):
    """Write one year as BACI does: sorted by exporter, importer and product, quantities padded."""
    codes, goods, mass, skill, demand = world
    generator = np.random.default_rng([seed, year])
    parts = list(year_of_flows(mass, skill, demand, rows, generator))
    number = codes["code"].to_numpy()
    i = np.concatenate([np.full(j.size, number[e], np.int32) for e, j, _, _ in parts])
    j = number[np.concatenate([j for _, j, _, _ in parts])].astype(np.int32)
    k = np.asarray(goods, dtype=np.int32)[np.concatenate([k for *_, k, _ in parts])]
    v = np.concatenate([v for *_, v in parts])
    q = np.where(
        generator.random(v.size) < 0.03, np.nan, v / np.exp(generator.normal(1, 1, v.size))
    )
    flows = pd.DataFrame({"i": i, "j": j, "k": k, "v": v, "q": q})  # noqa: F841 - read by DuckDB
    duckdb.sql(
        f"""COPY (SELECT {year} AS t, i, j, k, printf('%.3f', v) AS v,
            CASE WHEN q IS NULL OR isnan(q) THEN '           NA' ELSE printf('%13.3f', q) END AS q
            FROM flows) TO '{path}' (HEADER, QUOTE '')"""
    )
    return v.size


def build_world(seed=SEED):
    """Return countries, products, and what makes trade."""
    generator = np.random.default_rng(seed)
    codes, goods = countries(), products()
    mass = pair_masses(codes["iso3"].tolist(), generator)
    depth = generator.normal(0, 1.2, (len(codes), 1)) - generator.normal(0, 1.2, len(goods))
    skill = 1 / (1 + np.exp(-2 * (depth + generator.normal(0, 1, depth.shape))))
    demand = np.exp(generator.normal(0, 1.2, len(goods)))
    return codes, goods, mass, skill, demand


def write_world(folder, years, rows, revision="HS22", seed=SEED, *, archive=False, tell=print):
    """Write a release; return the path of each year, and of the archive where one is asked for."""
    folder.mkdir(parents=True, exist_ok=True)
    world = build_world(seed)
    codes, goods = world[:2]
    names = folder / f"country_codes_V{RELEASE}.csv"
    listed = pd.DataFrame(
        {
            "country_code": codes["code"],
            "country_name": codes["name"],
            "country_iso2": codes["iso3"].str[:2],
            "country_iso3": codes["iso3"],
        }
    )
    listed.to_csv(names, index=False)
    kinds = folder / f"product_codes_{revision}_V{RELEASE}.csv"
    pd.DataFrame({"code": goods, "description": "invented"}).to_csv(kinds, index=False)
    paths = []
    for year in years:
        path = folder / f"BACI_{revision}_Y{year}_V{RELEASE}.csv"
        count = write_year(path, year, world, rows, seed)
        paths.append(path)
        tell(f"{path.name}: {count:,} rows, {path.stat().st_size / 1e6:,.0f} MB")
    if not archive:
        return paths
    packed = folder / f"BACI_{revision}_V{RELEASE}.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as out:
        for path in [*paths, names, kinds]:
            out.write(path, path.name)
            path.unlink()
    return [packed]


def read_years(text):
    """Return the years of "2000-2024" or "2022"."""
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def run():
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--years", default="2000-2024", type=read_years)
    parser.add_argument("--rows", default=10_000_000, type=int, help="about so many a year")
    parser.add_argument("--zip", action="store_true", help="one archive, as CEPII's")
    options = parser.parse_args()
    write_world(options.folder, options.years, options.rows, archive=options.zip)


if __name__ == "__main__":
    run()
