"""What a lake holds, by source, and what comity can read that it does not hold, as a report."""

from __future__ import annotations

from comity import catalogue
from comity.brief.reports.report import Report, Sheet
from comity.lake import Store


def contents(store: Store) -> Report:
    """Return the lake's sources with their licences and rows, and the sources that it lacks.

    Parameters
    ----------
    store : Store
        The lake.
    """
    known = store.sources
    rows = {str(entry["id"]): dict(entry["rows"]) for entry in store.manifest["sources"]}
    lacking = [source for source in catalogue.sources() if source.id not in known]
    held = Sheet(
        id="sources",
        title="In the lake",
        columns=(
            ("id", "Id", ""),
            ("publisher", "Publisher", ""),
            ("title", "Title", ""),
            ("version", "Version", ""),
            ("years", "Years", ""),
            ("licence", "Licence", ""),
            ("rows", "Rows", "count"),
            ("tables", "Tables", ""),
            ("retrieved", "Retrieved", ""),
            ("citation", "Citation", ""),
            ("url", "Address", ""),
            ("note", "What to know", ""),
        ),
        rows=tuple(
            (
                name, about["publisher"], about["title"], about["version"], about["years"],
                about["licence"], sum(rows.get(name, {}).values()), ", ".join(rows.get(name, {})),
                about["retrieved"], about["citation"], about["url"], about["licence_note"],
            )
            for name, about in sorted(known.items())
        ),
        brief=("id", "publisher", "version", "years", "licence", "rows"),
        shown=100,
    )  # fmt: skip
    absent = Sheet(
        id="absent",
        title="Not in the lake: comity reads the publisher's own file",
        columns=(
            ("id", "Id", ""),
            ("publisher", "Publisher", ""),
            ("title", "Title", ""),
            ("years", "Years", ""),
            ("licence", "Licence", ""),
            ("url", "Address", ""),
            ("note", "What to know", ""),
        ),
        rows=tuple(
            (s.id, s.publisher, s.title, s.years, s.licence, s.url, s.note) for s in lacking
        ),
        brief=("id", "publisher", "title", "licence"),
        shown=100,
    )
    count = sum(store.rows(name) for name in store.manifest["tables"])
    return Report(
        title="Sources",
        command="comity sources",
        findings=(
            f"The lake holds {count:,} rows of {len(known)} sources, as of {store.built}.",
            f"{len(lacking)} more sources can be read, but are not in it.",
        ),
        sheets=(held, absent),
        sources=known,
        facts={"lake": {"id": store.id, "built": store.built}},
    )
