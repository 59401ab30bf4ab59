"""Answers that are not a brief, each gathered once for every way of asking and of showing.

`Report` holds one: sentences, tables, charts, sources. A module each makes it for a question; the
command line, the pages, the REST API and the tools for models ask the same functions.
"""

from comity.brief.reports.report import Report, Sheet

__all__ = ["Report", "Sheet"]
