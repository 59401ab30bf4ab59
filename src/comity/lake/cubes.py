"""Sums over the largest table, as expressions that either engine runs.

A sum over products belongs to one source and one level of detail: adding chapters to the headings
they are made of, or one publisher's figures to another's, would count goods twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from comity.errors import UsageError
from comity.lake.schema import WORLD

if TYPE_CHECKING:
    import ibis

    from comity.lake.store import Store

CUBES = {
    "partners": ("exporter", "importer", "year"),
    "exports": ("exporter", "product", "year"),
    "imports": ("importer", "product", "year"),
}
# Digits of the Harmonized System that a code may have.
LEVELS = (2, 4, 6)


def cube(store: Store, name: str, source: str, *, level: int = 6) -> ibis.Table:
    """Return one source's flows between countries, added up.

    Parameters
    ----------
    store : Store
        The lake.
    name : str
        ``partners`` (exporter, importer, year), ``exports`` (exporter, product, year) or
        ``imports`` (importer, product, year).
    source : str
        Id of a source of `flows`; of one in `details` the finest products are added up.
    level : int
        Add up codes of so many digits: 2, 4 or 6.

    Returns
    -------
    ibis.Table
        The columns of the cube, ``value_usd`` (current US dollars) and ``flows`` (rows added),
        sorted. Nothing is read before it is asked for.

    Raises
    ------
    UsageError
        No such cube or level.

    Examples
    --------
    >>> import comity
    >>> sums = cube(comity.open().store, "partners", "dgcis-tradestat", level=2)
    >>> sums.columns
    ('exporter', 'importer', 'year', 'value_usd', 'flows')
    """
    if name not in CUBES or level not in LEVELS:
        raise UsageError(
            f"There is no cube '{name}' of {level} digits.",
            f"Cubes are {', '.join(CUBES)}; digits are 2, 4 and 6.",
        )
    rows = between_countries(store, source, level)
    sums = rows.group_by(*CUBES[name]).agg(value_usd=rows.value_usd.sum(), flows=rows.count())
    return sums.order_by(*CUBES[name])


def between_countries(store: Store, source: str, level: int) -> ibis.Table:
    """Return one source's flows between countries by codes of so many digits, as an expression.

    Of a source that has all pairs in `details`, the finest codes are cut: a heading then has a row
    a subheading, to be added up.
    """
    if any(file.source == source for file in store.files.get("details", ())):
        details = store.table("details")
        flows = details.mutate(product=details.product[:level])
    else:
        flows = store.table("flows")
    return flows.filter(
        flows.source == source,
        flows.product.length() == level,
        flows.product.re_search("^[0-9]+$"),
        flows.exporter != flows.importer,
        flows.exporter != WORLD,
        flows.importer != WORLD,
    )
