"""The tables of the embedded data, from publishers' files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd

from comity import catalogue
from comity.errors import InputFileError, LakeError
from comity.sources import (
    cepii,
    claims,
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
from comity.starter.inputs import CLAIMS, INPUTS, PRINCIPAL_YEARS, RETRIEVED, digest, paths

STEPS = 9

_SECTIONS_YEAR = 2021
_VISAS_YEAR = 2025


def read_tables(
    folder: Path, facts: Path, advance: Callable[[str], None] = lambda _: None
) -> dict[str, pd.DataFrame]:
    """Read every publisher's file and return the tables of the lake, checked by nobody yet.

    Parameters
    ----------
    folder : Path
        The publishers' files, placed as in `comity.starter.inputs`.
    facts : Path
        The folder with the published figures about India and Russia.
    advance : callable
        Called with the name of each of the `STEPS` steps as it begins.

    Raises
    ------
    InputFileError
        A file is absent or is not what it should be.
    """
    missing = [path for source in INPUTS for path in paths(folder, source) if not path.exists()]
    missing += [path for path in [facts / CLAIMS] if not path.exists()]
    if missing:
        raise InputFileError(
            f"{missing[0]} is missing, and {len(missing) - 1} more of the publishers' files.",
            "Give the folder that holds them.",
        )

    def one(source: str, number: int = 0) -> Path:
        return paths(folder, source)[number]

    tables: dict[str, pd.DataFrame] = {}
    advance("goods trade")
    tables["flows"] = pd.concat(_flows(one), ignore_index=True)
    advance("people and research")
    migrants, migrant_totals = undesa.read_migrants(one(undesa.STOCK))
    tables["ties"] = pd.concat(
        [
            migrants,
            unhcr.read_population(one(unhcr.POPULATION)),
            openalex.read_co_works(one(openalex.NETWORKS)),
            passport_index.read_visas(one(passport_index.VISAS), _VISAS_YEAR),
        ],
        ignore_index=True,
    )
    advance("facts")
    tables["facts"] = pd.concat(
        [
            migrant_totals,
            worldbank.read_wdi(one(worldbank.GDP), "gdp", "USD", worldbank.GDP),
            worldbank.read_wdi(
                one(worldbank.POPULATION), "population", "persons", worldbank.POPULATION
            ),
            worldbank.read_tariffs(one(worldbank.TARIFFS)),
            openalex.read_totals(one(openalex.NETWORKS, 1)),
            unga.read_ideal_points(one(unga.IDEAL_POINTS)),
        ],
        ignore_index=True,
    )
    advance("proximity")
    tables["proximity"] = _proximity(one)
    advance("agreements")
    tables["agreements"] = penppml.read_agreements(one(penppml.TRADE))
    advance("votes")
    rollcalls = unga.read_rollcalls(one(unga.VOTES), one(unga.VOTES, 1))
    tables["votes"] = unga.read_votes(one(unga.VOTES, 2), rollcalls)
    tables["rollcalls"] = unga.mark_unanimous(rollcalls, tables["votes"])
    advance("statements")
    tables["statements"], pages = claims.read_statements(facts / CLAIMS)
    advance("sources")
    pages["sha256"] = digest([facts / CLAIMS])
    tables["sources"] = pd.concat([_sources(folder), pages], ignore_index=True)
    return tables


def _flows(one: Callable[..., Path]) -> Iterator[pd.DataFrame]:
    yield cepii.read_baci_totals(one(cepii.BACI))
    yield usitc.read_itpde(one(usitc.ITPDE))
    yield penppml.read_trade(one(penppml.TRADE))
    yield oec.read_chapters(one(oec.CHAPTERS))
    yield oec.read_chapters(one(oec.CHAPTERS, 1))
    yield oec.read_sections(one(oec.SECTIONS), _SECTIONS_YEAR)
    yield tradestat.read_partners(one(tradestat.EIDB))
    yield tradestat.read_chapters(one(tradestat.EIDB, 1))
    yield tradestat_partners.read_monthly(one(tradestat_partners.MONTHLY))
    for number, year in enumerate(PRINCIPAL_YEARS):
        path = one(tradestat_partners.COMMODITIES, number)
        yield tradestat_partners.read_principal(path, year)


def _proximity(one: Callable[..., Path]) -> pd.DataFrame:
    """Put distances and ties of two publishers together, an ordered pair a row.

    The distance is CEPII Gravity's; where that lacks the pair, or for a country with itself, it is
    GeoDist's, which is the same measure of an earlier year.
    """
    pair = ["origin", "destination"]
    pairs = cepii.read_distances(one(cepii.GRAVITY))
    pairs["source"] = cepii.GRAVITY
    for frame, source in (
        (cepii.read_geodist(one(cepii.GEODIST)), cepii.GEODIST),
        (usitc.read_language(one(usitc.LANGUAGE)), usitc.LANGUAGE),
        (_either_way(usitc.read_colonies(one(usitc.GRAVITY))), usitc.GRAVITY),
    ):
        pairs = pairs.merge(frame.assign(**{source: True}), on=pair, how="outer")
    pairs["distance_km"] = pairs["distance_km"].fillna(pairs["within_km"])
    pairs["source"] = pairs["source"].fillna(cepii.GEODIST)
    pairs = pairs.dropna(subset=["distance_km"])
    ruled = pairs[["was_colony", "colony"]].astype("boolean")
    pairs["colonial_tie"] = ruled.any(axis=1).astype("boolean").mask(ruled.isna().all(axis=1))
    of_two = [
        "contiguous",
        "common_official_language",
        "common_ethnic_language",
        "common_colonizer",
        "colonial_tie",
        "common_spoken_language",
    ]
    pairs.loc[pairs["origin"] == pairs["destination"], of_two] = pd.NA
    distances = ["distance_km", "distance_cities_km", "distance_capitals_km"]
    pairs[distances] = pairs[distances].round(3)
    pairs["common_spoken_language"] = pairs["common_spoken_language"].round(9)
    others = [cepii.GEODIST, usitc.LANGUAGE, usitc.GRAVITY]
    pairs["also"] = [
        ";".join(
            name for name, used in zip(others, row, strict=True) if used is True and name != main
        )
        for main, *row in pairs[["source", *others]].itertuples(index=False)
    ]
    return pairs[[*pair, *distances, *of_two, "source", "also"]]


def _either_way(colonies: pd.DataFrame) -> pd.DataFrame:
    back = colonies.rename(columns={"origin": "destination", "destination": "origin"})
    both = pd.concat([colonies, back], ignore_index=True)
    both = both.groupby(["origin", "destination"], as_index=False).agg(
        was_colony=("was_colony", "max")
    )
    return both.assign(was_colony=both["was_colony"] > 0)


def _sources(folder: Path) -> pd.DataFrame:
    rows = []
    for name in sorted(INPUTS):
        source = catalogue.source(name)
        if not source.redistributable:
            raise LakeError(f"Figures of {name} may not be embedded: {source.licence}.")
        rows.append(
            {
                "id": source.id,
                "publisher": source.publisher,
                "title": source.title,
                "version": source.version or None,
                "years": source.years or None,
                "licence": source.licence,
                "licence_note": source.note or None,
                "citation": source.citation,
                "url": source.url or None,
                "retrieved": RETRIEVED.get(name),
                "sha256": digest(paths(folder, name)),
                "redistributable": True,
            }
        )
    return pd.DataFrame(rows)
