"""The chart of joint manufacturing: goods that go both ways."""

from __future__ import annotations

import pandas as pd

from comity.brief import text
from comity.brief.charts.sides import mirrored
from comity.brief.charts.theme import Pair
from comity.brief.content import Chart
from comity.brief.render import names

_MOST = 7


def both_ways(pair: Pair, rows: pd.DataFrame) -> Chart | None:
    """Return the goods that both sell each other, by what is matched.

    Parameters
    ----------
    pair : Pair
        The two countries.
    rows : DataFrame
        As `comity.delivery.manufacturing.by_product`.
    """
    if rows.empty or not (rows["matched"] > 0).any():
        return None
    index = float(rows["matched"].sum() / rows["two_way"].sum())
    top = rows[rows["matched"] > 0].head(_MOST)
    lines = [
        (
            names.product_name(str(row["product"])),
            float(row["there"]),
            float(row["back"]),
            text.money(float(row["there"]), short=True),
            text.money(float(row["back"]), short=True),
        )
        for row in top.to_dict("records")
    ]
    a, b = pair.codes
    leader = names.in_sentence(names.product_name(str(top["product"].iloc[0])))
    title = (
        f"{text.capital(text.share(index))} of what the two trade is in the same goods both ways, "
        f"{leader} first"
    )
    digits = len(str(rows["product"].iloc[0]))
    return Chart(
        id="both-ways",
        title=title,
        subtitle=f"Goods with most in both directions, HS{digits}, US dollars, "
        f"{text.period(str(rows['period'].iloc[0]))}",
        description=f"{title}. Bars to both sides of a middle.",
        spec=mirrored(
            lines,
            (pair.color(a), pair.color(b)),
            [(pair.way(code), pair.color(code)) for code in pair.codes],
        ),
        columns=(
            "Code",
            "Goods",
            f"{pair.way(a)}, $",
            f"{pair.way(b)}, $",
            "In both directions, %",
        ),
        rows=tuple(
            (
                str(row["product"]),
                names.product_name(str(row["product"])),
                float(row["there"]),
                float(row["back"]),
                100 * float(row["index"]),
            )
            for row in top.to_dict("records")
        ),
        sources=(str(rows["source"].iloc[0]),),
        note="A chapter holds many industries: at two digits, trade in the same goods is "
        "overstated. The two directions are valued differently (f.o.b. and c.i.f.)."
        if digits == 2
        else "",
    )
