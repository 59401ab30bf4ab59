"""What a brief lacks, as readers are told it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from comity.brief import text
from comity.brief.content import Brief
from comity.brief.render import names
from comity.measure import Absence


@dataclass(frozen=True, slots=True)
class Gap:
    """A stated absence, as readers see it."""

    label: str
    text: str
    source: str


def state(brief: Brief, absences: Iterable[Absence], mutual: Collection[str]) -> tuple[Gap, ...]:
    """Say once what several absences have in common: the reason, then the direction.

    Parameters
    ----------
    brief : Brief
        Whose two countries are named.
    absences : iterable of Absence
        What is lacking.
    mutual : collection of str
        Indicators that hold for both at once, without a direction.
    """
    found: dict[tuple[str, str], dict[str, list[str]]] = {}
    for absence in absences:
        what, who = _named(brief, absence, mutual)
        found.setdefault((absence.reason, absence.source), {}).setdefault(what, []).append(who)
    return tuple(Gap(_label(whats), reason, source) for (reason, source), whats in found.items())


def _named(brief: Brief, absence: Absence, mutual: Collection[str]) -> tuple[str, str]:
    """Return what is absent, and of whom."""
    named = {brief.a.iso3: brief.a.name, brief.b.iso3: brief.b.name}
    who = named.get(absence.origin, absence.origin)
    if absence.destination:
        other = named.get(absence.destination, absence.destination)
        joint = absence.indicator in mutual
        who = f"{who} and {other}" if joint else f"{who} → {other}"
    label = names.label(absence.indicator, "", "")
    # "Share of imports of" awaits a product.
    return f"{label.removesuffix(' of')} by product" if label.endswith(" of") else label, who


def _label(whats: dict[str, list[str]]) -> str:
    """Write what is absent, by whom: "Refugees and asylum seekers, Fiji → Tonga"."""
    by_whom: dict[str, list[str]] = {}
    for what, whos in whats.items():
        ends = [who.split(" → ") for who in whos]
        both = len(ends) == 2 and ends[0] == ends[1][::-1] and len(ends[0]) == 2
        by_whom.setdefault("both ways" if both else text.listed(whos), []).append(what)
    return "; ".join(
        f"{text.listed([first, *(names.in_sentence(what) for what in rest)])}, {whom}"
        for whom, (first, *rest) in by_whom.items()
    )
