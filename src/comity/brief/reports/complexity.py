"""What a country sells with an advantage, what lies near to it, and how complex it is: a report."""

from __future__ import annotations

import numpy as np

from comity import catalogue
from comity.brief import text
from comity.brief.reports.report import Report, Sheet
from comity.errors import DegenerateFlowsError, NoDataError, UnknownNameError
from comity.lake import Store
from comity.lake.kept import Arrays
from comity.lake.memo import on_its_own
from comity.potential import complexity as kernel
from comity.potential.world import World, world_of

NAMED = 4
"""Products that a sentence names."""
_FIELDS = ("rca", "presence", "diversity", "ubiquity", "density", "eci", "pci", "coi", "cog")
_COLUMNS = (
    ("product", "HS", ""),
    ("label", "Goods", ""),
    ("exports", "Exports to all", "USD"),
    ("rca", "RCA", "ratio"),
    ("present", "Advantage", ""),
    ("density", "Density", "ratio"),
    ("pci", "Complexity (PCI)", "index"),
    ("gain", "Outlook gain", "index"),
    ("exporters", "Countries with it", "count"),
)
_SHORT = ("product", "label", "exports", "rca", "density", "pci", "exporters")


def complexity(store: Store, country: str) -> Report:
    """Return a country's complexity, and each product's advantage, nearness and complexity.

    RCA, density, ECI, PCI, COI and COG as `comity.potential.complexity` computes them, of every
    country's exports to the world by product.

    Parameters
    ----------
    store : Store
        The lake.
    country : str
        ISO 3166 alpha-3 or a name.

    Raises
    ------
    NoDataError
        The lake has no table by product, or not of this country, or too few countries to compare.
    """
    meant = catalogue.country(country)
    world = world_of(store)
    place = world.position(meant.iso3, "exports")
    found = _measures(store)
    if not np.isfinite(found["eci"][place]):
        raise NoDataError(
            f"{text.capital(meant.with_article)} shares too few products with others to be ranked."
        )
    return Report(
        title=f"What {meant.with_article} can make, and what lies near",
        command="",
        findings=_sentences(meant, world, found, place),
        sheets=(_products(world, found, place), _ranking(world, found)),
        sources={world.source: store.sources[world.source]},
        facts={"country": meant.iso3, "period": world.period} | _own(found, place),
        notes=(
            f"Of {len(world.exporters)} exporters by {len(world.products)} products (HS, "
            f"{world.level} digits), {world.period}; the world is their sum.",
            "RCA: the product's share of the country's exports over its share of the world's; from "
            "1 on there is an advantage. Density: the share of the product's nearness to all "
            "others that the country has. ECI and PCI: mean 0, standard deviation 1 over "
            "countries. Outlook gain (in the files): what an advantage in the product would add to "
            "the outlook.",
            *world.notes[1:],
        ),
        table="products",
    )


@on_its_own()
def _measures(store: Store) -> Arrays:
    return store.kept.arrays("complexity", lambda: _measured(world_of(store)))


def _measured(world: World) -> Arrays:
    try:
        found = kernel.complexity(world.exports)
    except DegenerateFlowsError as error:
        raise NoDataError(error.message, error.hint) from None
    return {name: np.ascontiguousarray(getattr(found, name)) for name in _FIELDS}


def _own(found: Arrays, place: int) -> dict[str, float | int | None]:
    """Return the country's own measures, and its place among those that have one."""
    ranked = found["eci"][np.isfinite(found["eci"])]
    return {
        "eci": float(found["eci"][place]),
        "rank": int((ranked > found["eci"][place]).sum()) + 1,
        "countries": len(ranked),
        "coi": _known(found["coi"][place]),
        "diversity": int(found["diversity"][place]),
    }


def _sentences(
    country: catalogue.Country, world: World, found: Arrays, place: int
) -> tuple[str, ...]:
    own = _own(found, place)
    name = country.with_article
    advantage = found["rca"][place]
    present = found["presence"][place]
    eci = text.amount(float(found["eci"][place]), "index")
    said = [
        f"{text.capital(name)} is {text.ordinal(float(own['rank'] or 0))} of {own['countries']} "
        f"countries by the complexity of what they export (ECI {eci}, "
        f"{world.period}); it has an advantage in {own['diversity']} of {len(world.products)} "
        "products."
    ]
    order = np.argsort(-np.where(present, np.nan_to_num(advantage), -1.0), kind="stable")
    if strongest := [k for k in order[:NAMED] if present[k]]:
        named = [f"{_label(world, k)} (RCA {advantage[k]:.1f})" for k in strongest]
        said.append(f"Its strongest advantages: {text.listed(named)}.")
    above = np.where(
        ~present & (found["pci"] > found["eci"][place]), np.nan_to_num(found["density"][place]), -1
    )
    if nearest := [k for k in np.argsort(-above, kind="stable")[:NAMED] if above[k] > 0]:
        named = [f"{_label(world, k)} (density {above[k]:.2f})" for k in nearest]
        said.append(
            f"Nearest to what it sells, among products more complex than its average and without "
            f"an advantage yet: {text.listed(named)}."
        )
    return tuple(said)


def _products(world: World, found: Arrays, place: int) -> Sheet:
    order = np.argsort(-np.nan_to_num(found["rca"][place]), kind="stable")
    return Sheet(
        id="products",
        title=f"Products, by advantage ({world.period})",
        columns=_COLUMNS,
        rows=tuple(
            (
                world.products[k],
                _label(world, k),
                float(world.exports[place, k]),
                _known(found["rca"][place, k]),
                bool(found["presence"][place, k]),
                _known(found["density"][place, k]),
                _known(found["pci"][k]),
                _known(found["cog"][place, k]),
                _known(found["ubiquity"][k]),
            )
            for k in order
        ),
        brief=_SHORT,
    )


def _ranking(world: World, found: Arrays) -> Sheet:
    order = np.argsort(-np.nan_to_num(found["eci"], nan=-np.inf), kind="stable")
    listed = [i for i in order if np.isfinite(found["eci"][i])]
    return Sheet(
        id="countries",
        title=f"Countries, by complexity ({world.period})",
        columns=(
            ("rank", "Rank", "rank"),
            ("country", "Country", ""),
            ("name", "Name", ""),
            ("eci", "ECI", "index"),
            ("coi", "Outlook (COI)", "index"),
            ("diversity", "Products with advantage", "count"),
        ),
        rows=tuple(
            (
                rank,
                world.countries[i],
                catalogue.country(world.countries[i]).name,
                float(found["eci"][i]),
                _known(found["coi"][i]),
                int(found["diversity"][i]),
            )
            for rank, i in enumerate(listed, start=1)
        ),
    )


def _label(world: World, k: int) -> str:
    try:
        return catalogue.product(world.products[k]).label
    except UnknownNameError:  # a code of an older edition
        return f"HS {world.products[k]}"


def _known(value: float) -> float | None:
    return float(value) + 0.0 if np.isfinite(value) else None  # no zero below zero
