"""The charts of dependence by chapter: the buyer's share and the seller's, on one scale."""

from __future__ import annotations

import pandas as pd

from comity.brief import text
from comity.brief.charts.rows import dots
from comity.brief.charts.theme import Pair
from comity.brief.content import Chart
from comity.brief.render import names

_MOST = 7
_NATIONAL = ("98", "99")


def chapters(pair: Pair, rows: pd.DataFrame, exporter: str) -> Chart | None:
    """Return one direction's largest chapters: what share each is of the buyer's and the seller's.

    Parameters
    ----------
    pair : Pair
        The two countries.
    rows : DataFrame
        As `comity.delivery.dependence.by_chapter`.
    exporter : str
        Whose sales.
    """
    importer = pair.other(exporter)
    mine = rows[(rows["exporter"] == exporter) & rows["import_share"].notna()].head(_MOST)
    if len(mine) < 3:
        return None
    lines = []
    for row in mine.to_dict("records"):
        marks = [(float(row["import_share"]), pair.color(importer), "dot")]
        if row["export_share"] == row["export_share"]:
            marks.append((float(row["export_share"]), pair.color(exporter), "dot"))
        lines.append((names.product_name(str(row["product"])), marks))
    largest = max(value for _, marks in lines for value, _, _ in marks)
    # Chapters 98 and 99 mean in each country what that country says.
    told = mine[~mine["product"].isin(_NATIONAL)]
    top = (told if len(told) else mine).sort_values("import_share").iloc[-1]
    good = names.in_sentence(names.product_name(str(top["product"])))
    title = (
        f"{text.capital(pair.said(importer))} buys {text.share(float(top['import_share']))} of its "
        f"{good} from {pair.said(exporter)}"
    )
    if top["export_share"] == top["export_share"]:
        title += f", which sells {text.share(float(top['export_share']))} of its own there"
    crossed = (mine["import_source"] != mine["source"]) | (mine["export_source"] != mine["source"])
    sources = [
        str(name)
        for column in ("source", "import_source", "export_source")
        for name in mine[column].unique()
        if name
    ]
    return Chart(
        id=f"dependence-{exporter.lower()}",
        title=title,
        subtitle=f"{pair.way(exporter)}, largest chapters, {text.period(str(top['period']))}: "
        "share of the buyer's imports and of the seller's exports of the same goods",
        description=f"{title}. Dots on one scale, two a chapter.",
        spec=dots(
            lines,
            domain=(0.0, largest * 1.08),
            legend=[
                (f"of {text.possessive(pair.said(importer))} imports", pair.color(importer)),
                (f"of {text.possessive(pair.said(exporter))} exports", pair.color(exporter)),
            ],
            left=150,
        ),
        columns=("Chapter", "Goods", "Value, $", "Of imports, %", "Of exports, %"),
        rows=tuple(
            (
                str(row["product"]),
                names.product_name(str(row["product"])),
                float(row["value_usd"]),
                100 * float(row["import_share"]),
                None
                if row["export_share"] != row["export_share"]
                else 100 * float(row["export_share"]),
            )
            for row in mine.to_dict("records")
        ),
        sources=tuple(dict.fromkeys(sources)),
        note="Part and whole are partly of two sources (fiscal and calendar year): read them as "
        "estimates."
        if crossed.any()
        else "",
    )
