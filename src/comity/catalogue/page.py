"""The catalogue as a page of the documentation: ``python -m comity.catalogue.page`` prints it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from comity import catalogue


def render() -> str:
    """Return the page in Markdown: pillars and indicators, sources, sectors, blocs, countries."""
    parts = [
        "# The catalogue",
        "Generated from `src/comity/catalogue/data` by `python -m comity.catalogue.page`; "
        "do not edit.",
        *_indicators(),
        *_sources(),
        *_sectors(),
        *_chapters(),
        *_blocs(),
        *_countries(),
    ]
    return "\n\n".join(parts) + "\n"


def _indicators() -> Iterable[str]:
    yield "## Pillars and indicators"
    yield (
        "A directed indicator goes from an origin to a destination (for goods, from exporter to "
        "importer); the others are the same either way, or belong to one country. Shares are "
        "fractions."
    )
    for pillar in catalogue.pillars():
        rows = catalogue.indicators(pillar.id)
        if not rows:
            continue
        yield f"### {pillar.name}\n\n{pillar.question}"
        yield _table(
            ("id", "unit", "directed", "what it is", "formula"),
            (
                (
                    f"`{i.id}`",
                    i.unit,
                    "yes" if i.directed else "no",
                    i.description,
                    f"`{i.formula}`" if i.formula else "",
                )
                for i in rows
            ),
        )


def _sources() -> Iterable[str]:
    head = ("id", "publisher and title", "years", "licence", "what to know", "citation")
    for title, ships in (("in the starter, or free to be", True), ("brought by the user", False)):
        yield f"## Sources {title}"
        yield _table(
            head,
            (
                (
                    f"`{s.id}`",
                    f"{s.publisher}: {_link(s.title, s.url)}",
                    s.years,
                    _link(s.licence, s.licence_url),
                    s.note,
                    s.citation,
                )
                for s in catalogue.sources(redistributable=ships)
            ),
        )


def _sectors() -> Iterable[str]:
    yield "## Sector groups"
    yield (
        "Every chapter of the Harmonized System belongs to one group. Where a source knows four or "
        "six digits, the finer codes are taken out of their chapter."
    )
    yield _table(
        ("id", "name", "codes", "what it is", "what two digits cannot tell"),
        (
            (f"`{s.id}`", s.name, " ".join(catalogue.codes_of(s.id)), s.description, s.note)
            for s in catalogue.sectors()
        ),
    )


def _chapters() -> Iterable[str]:
    yield "## Chapters of the Harmonized System, 2022"
    yield (
        f"{len(catalogue.sections())} sections, {len(catalogue.chapters())} chapters (01 to 97 "
        f"without the reserved 77, and 99), {len(catalogue.products(4)):,} headings and "
        f"{len(catalogue.products(6)):,} subheadings. Chapters 98 and 99 are for national use: "
        "in Indian statistics, project goods and miscellaneous goods."
    )
    yield _table(
        ("HS", "label", "section", "sector group"),
        (
            (c.code, c.label, c.section, catalogue.sector_of(c.code).name)
            for c in catalogue.chapters()
        ),
    )


def _blocs() -> Iterable[str]:
    yield "## Blocs"
    yield _table(
        ("id", "name", "kind", "members", "note"),
        ((b.id, b.name, b.kind, " ".join(b.members()), b.note) for b in catalogue.blocs()),
    )


def _countries() -> Iterable[str]:
    every = catalogue.list_countries()
    yield "## Countries and territories"
    yield (
        f"{len(catalogue.list_countries(current=True))} countries and territories, of which "
        f"{sum(c.sovereign for c in every)} are members of the United Nations. BACI's codes are "
        "those of UN Comtrade. An empty cell means that the publisher has no code for it, or none "
        "that could be verified."
    )
    yield _table(
        ("ISO3", "ISO2", "name", "M49", "BACI", "COW", "IMF", "status"),
        (_codes(c) for c in every if c.current),
    )
    yield "## Former states and statistical areas"
    yield _table(
        ("code", "name", "years", "followed by, or made of", "M49", "BACI", "COW"),
        (
            (
                c.iso3,
                c.name,
                f"{c.valid_from or ''}-{c.valid_to or ''}".strip("-"),
                " ".join(c.successors),
                *(c.codes.get(scheme, "") for scheme in ("m49", "baci", "cow")),
            )
            for c in every
            if not c.current
        ),
    )


def _codes(country: catalogue.Country) -> Sequence[str]:
    codes = (country.codes.get(scheme, "") for scheme in ("m49", "baci", "cow", "imf"))
    return (country.iso3, country.iso2 or "", country.name, *codes, country.status)


def _link(text: str, url: str) -> str:
    return f"[{text}]({url})" if url else text


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines
    )


if __name__ == "__main__":
    sys.stdout.write(render())
