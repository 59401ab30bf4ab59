"""In whose money two countries pay, as a section of a brief and as sentences."""

from __future__ import annotations

import pandas as pd

from comity import catalogue
from comity.brief import text
from comity.brief.charts import settlement as charts
from comity.brief.charts.settlement import assumptions
from comity.brief.content import Section
from comity.delivery.entries import measures
from comity.delivery.outlook import exchange_rate
from comity.lake import Dossier
from comity.measure import Absence, Measure
from comity.potential.settlement import Netting, Settlement, nettings_of

PILLAR = "settlement"


def section(dossier: Dossier, *, draw: bool = True) -> Section:
    """Return the share that can net, beside what was said; reads nothing that a brief has not."""
    nettings = nettings_of(dossier)
    gaps: tuple[Absence, ...] = ()
    if not nettings:
        gaps = (
            Absence(
                pillar=PILLAR,
                indicator="netting_share",
                origin=dossier.a,
                destination=dossier.b,
                source="",
                reason="No period has both directions of goods trade; that is not a zero.",
            ),
        )
    chart = charts.said_and_net(nettings, _said(dossier)) if draw else None
    return Section(
        pillar=PILLAR,
        title=catalogue.pillar(PILLAR).name,
        measures=(
            *(m for n in nettings for m in _measures(n, dossier.a, dossier.b)),
            *measures(exchange_rate(dossier)),
        ),
        absences=gaps,
        charts=() if chart is None else (chart,),
    )


def _said(dossier: Dossier) -> list[tuple[str, str, float, str]]:
    """Return what was said of the share settled: who, of when, how much, and the source."""
    spoken = dossier.statements
    spoken = spoken[(spoken["indicator"] == "settlement_share") & spoken["value"].notna()]
    if dossier.until is not None:
        first_year = pd.to_numeric(spoken["period"].str.extract(r"(\d{4})", expand=False))
        spoken = spoken[first_year <= dossier.until]
    return [
        (str(r["said_by"]), str(r["period"]), float(r["value"]), str(r["source"]))
        for _, r in spoken.sort_values("value", ascending=False).iterrows()
    ]


def _measures(netting: Netting, a: str, b: str) -> list[Measure]:
    holder, owed = (b, a) if netting.remainder <= 0 else (a, b)
    share = Measure(
        pillar=PILLAR,
        indicator="netting_share",
        origin=a,
        destination=b,
        period=netting.period,
        value=netting.share,
        unit="share",
        source=netting.source,
        flags=netting.flags,
        note="2 min(X, M) / (X + M): what two-way trade settles with nothing left over.",
    )
    rest = Measure(
        pillar=PILLAR,
        indicator="netting_remainder",
        origin=holder,
        destination=owed,
        period=netting.period,
        value=abs(netting.remainder),
        unit="USD",
        source=netting.source,
        flags=netting.flags,
        note="Piles up with the first in the currency of the second, if all is so invoiced.",
    )
    return [share, rest]


def sentences(found: Settlement) -> list[str]:
    """Return what can net, what was said, what the group adds, and what piles up."""
    newest = found.nettings[0]
    a, b = found.a.with_article, found.b.with_article
    said = [
        f"In {text.period(newest.period)} {a} sold {b} {text.money(newest.exports)} of goods and "
        f"bought {text.money(newest.imports)}: {text.share(newest.share)} of the two-way trade can "
        f"net, and {text.money(abs(newest.remainder))} is left over."
    ]
    for _, row in found.said.iterrows():
        who, period = str(row["said_by"]), text.period(str(row["period"]))
        said.append(f"Said: {_lower(str(row['claim']))} ({who}, {period}).")
    if len(found.said):
        said.append(
            "Both can hold: settled says in which money was paid, netted says how much of it comes "
            "back. The difference is held, spent or invested."
        )
    if found.group is not None:
        ring = found.group.circulation
        said.append(
            f"Among {text.in_words(len(found.group.countries))} countries in {found.group.period}, "
            f"{text.share(ring.share)} of {text.money(found.group.total)} of trade can circulate; "
            f"pairs alone net {text.share(ring.bilateral_share)}, so that rings add "
            f"{text.share(ring.gain)}."
        )
        said.append(
            f"This circulation settles {text.share(found.group.of_pair)} of the pair's two-way "
            f"trade, against {text.share(_same_year(found))} between the two alone."
        )
    held = found.holdings
    last = float(held.path.balance[-1])
    if last > 0:
        said.append(
            f"After {text.count(len(held.path.balance), 'year')} {held.holder.with_article} would "
            f"hold {text.money(last)} of {text.possessive(held.currency_of.with_article)} money "
            f"({assumptions(held)})."
        )
    else:
        said.append(
            f"Nothing piles up with {held.holder.with_article} in "
            f"{text.count(len(held.path.balance), 'year')} ({assumptions(held)})."
        )
    return [sentence[:1].upper() + sentence[1:] for sentence in said]


def _same_year(found: Settlement) -> float:
    """Return what the two alone can net in the flows that the group's circulation rests on."""
    group = found.group
    for netting in found.nettings:
        if group is not None and (netting.source, netting.period) == (group.source, group.period):
            return netting.share
    return found.nettings[0].share


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:] if words[1:2].islower() else words
