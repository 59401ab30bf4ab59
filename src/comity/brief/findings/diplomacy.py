"""Sentences on votes in the UN General Assembly, with each other and with third powers."""

from __future__ import annotations

from comity.brief import text as say
from comity.brief.findings.shelf import Shelf
from comity.brief.findings.words import value
from comity.measure import Finding


def votes(shelf: Shelf) -> Finding | None:
    """Return agreement, and agreement beyond chance."""
    agree = shelf.get("un_agreement", shelf.a.iso3, shelf.b.iso3)
    beyond = shelf.get("un_kappa", shelf.a.iso3, shelf.b.iso3)
    if agree is None or beyond is None:
        return None
    span = agree.period.replace("/", " to ")
    return Finding(
        f"In the UN General Assembly the two agreed on {say.share(value(agree))} of contested "
        f"votes in {span}; beyond what chance would give, agreement is "
        f"{say.amount(value(beyond), 'index')} on a scale that ends at 1.",
        (agree, beyond),
        "diplomacy",
    )


def third_powers(shelf: Shelf) -> Finding | None:
    """Set the two's agreement beside each side's agreement with third powers."""
    together = shelf.get("un_agreement", shelf.a.iso3, shelf.b.iso3)
    sentences, named = [], []
    for side in (shelf.a, shelf.b):
        others = [
            (label, measure)
            for power, label in (("USA", "the United States"), ("CHN", "China"), ("EU27", "the EU"))
            if (measure := shelf.get("un_agreement", side.iso3, power)) is not None
        ]
        if others:
            parts = [f"{label} {say.share(value(measure))}" for label, measure in others]
            sentences.append(f"{side.with_article} with {say.listed(parts)}")
            named += [measure for _, measure in others]
    if together is None or not sentences:
        return None
    return Finding(
        f"On the same votes, agreement with third powers was: {'; '.join(sentences)}.",
        (together, *named),
        "diplomacy",
    )


def ideal_points(shelf: Shelf) -> Finding | None:
    """Return the distance of ideal points, and whether it grew."""
    gap = shelf.get("ideal_point_distance", shelf.a.iso3, shelf.b.iso3)
    if gap is None or gap.previous is None:
        return None
    now, before = say.amount(value(gap), "points"), say.amount(gap.previous, "points")
    nearer = "nearer" if value(gap) < gap.previous else "further"
    return Finding(
        f"Read from all their votes, the two stood {now} points apart in {gap.period}, "
        + (
            f"as far as in {gap.previous_period}."
            if now == before
            else f"{nearer} than in {gap.previous_period} ({before})."
        ),
        (gap,),
        "diplomacy",
    )
