"""Of a flow that stands in the lake as both sides reported it, the report to read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis

# The best first: made of both reports, the exporter's own, the importer's.
BASES = ("reconciled", "reported", "mirror")
# Sources that hold both sides' reports, whatever their release.
_OF_BOTH = ("un-comtrade", "imf-imts", "cepii-gravity-panel")
_FLOW = ("source", "year", "exporter", "importer", "product")


def one_report(flows: ibis.Table, sources: Iterable[str]) -> ibis.Table:
    """Keep one row a flow, source and year: reconciled, else the exporter's, else the importer's.

    For queries that look for a figure and not for the difference between two reports. It ranks the
    rows that are left, so it comes after the filters.

    Parameters
    ----------
    flows : Table
        Rows of `flows` or `details`, with the columns of their key.
    sources : iterable of str
        Ids of sources that may be among them; where none of these holds both reports, nothing is
        ranked.
    """
    if not any(source.startswith(_OF_BOTH) for source in sources):
        return flows
    import ibis

    places = [(basis, place) for place, basis in enumerate(BASES)]
    rank = flows.basis.cases(*places, else_=len(BASES))
    number = ibis.row_number().over(group_by=list(_FLOW), order_by=rank)
    ranked = flows.mutate(_report=number)
    return ranked.filter(ranked["_report"] == 0).drop("_report")
