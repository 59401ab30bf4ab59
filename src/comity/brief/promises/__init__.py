"""Promises on a page: what was said, what became of it, and the scores with their sample.

`promises_of` gathers them for a pair, a party or a whole ledger; `charts` draws them; `page`, and
`tables` write them as HTML, text, CSV, JSON and a spreadsheet.
"""

from comity.brief.promises.view import (
    Chosen,
    Filters,
    Row,
    View,
    as_dict,
    promises_of,
    targets_of,
)

__all__ = ["Chosen", "Filters", "Row", "View", "as_dict", "promises_of", "targets_of"]
