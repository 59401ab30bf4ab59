"""Whose figure it is: the two sides of a tie, and which way it runs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from comity.intent.reading.quantities import Quantity
from comity.intent.reading.scene import Mention, Pair, Scene
from comity.intent.reading.vocabulary import Actor

_BEFORE = re.compile(
    r"\b(to|into|in|from|with|by|of|between|and|for|at|against|than|via)(?:\s+the)?\s+(?:\w+\s+)?$",
    re.I,
)
_DIRECT = re.compile(
    r"\b(to|into|in|from|with|by|of|between|and|for|at|against|than|via)(?:\s+the)?\s+$", re.I
)
_WORLD = re.compile(
    r"\b(?:total|overall|global|worldwide|world|foreign|external|aggregate)\s+(?:\w+\s+){0,2}$",
    re.I,
)
_TO_WORLD = re.compile(r"\s+(?:to|from|with)\s+(?:the\s+)?(?:rest of the\s+)?world\b", re.I)
_MUTUAL = re.compile(
    r"\b(?:bilateral|two-way|two way|mutual|reciprocal|two countries|two sides|both sides|"
    r"both countries|two nations|two economies|each other|the pair)\b",
    re.I,
)
_PARTNER = {
    "out": {"to", "into", "in", "with", "for", "at", "against"},
    "in": {"from", "of", "with", "via"},
    "both": {"with", "and", "between"},
}
_OWNER_AFTER = {
    "out": {"from", "by", "of"},
    "in": {"by", "to", "into", "in"},
    "both": {"between", "of"},
}
_SHARE_OF = re.compile(r"'s?\s+share\b", re.IGNORECASE)
_WEAK, _FAR = 12.0, 25.0


@dataclass(frozen=True, slots=True)
class Sides:
    """Owner and partner: for exports the exporter and the importer, for imports the reverse."""

    owner: str
    partner: str

    def directed(self, role: str) -> Pair:
        """Return origin and destination."""
        return (self.partner, self.owner) if role == "in" else (self.owner, self.partner)


def sides(
    scene: Scene,
    mention: Mention,
    quantity: Quantity,
    *,
    inherited: bool,
    last: Sides | None,
    pair: Pair | None,
    warm: bool,
) -> Sides | None:
    """Return whose figure it is, or None where the sentence does not say.

    Parameters
    ----------
    scene : Scene
        The sentence.
    mention, quantity
        The phrase and its figure.
    inherited : bool
        The phrase was used by an earlier figure ("... and 86,000 in Australia").
    last : Sides or None
        Sides of the figure before, in this sentence.
    pair : pair of str or None
        The pair that the text is about.
    warm : bool
        Whether the sentence before was about the pair.
    """
    role = mention.indicator.role
    people = mention.indicator.id.startswith("leader_")
    actors = scene.everyone if people else scene.actors
    if _is_world(scene, mention, actors):
        return None
    if role == "both" and not inherited:
        between = _between(scene, mention, actors)
        if between:
            return between
        if pair and _is_mutual(scene, mention, actors):
            return Sides(*pair)
    owners = {a: _owner_cost(scene, mention, a) for a in actors}
    partners = {a: _partner_cost(scene, mention, quantity, a, inherited=inherited) for a in actors}
    best: tuple[float, Sides] | None = None
    for owner, partner in _choices(owners, partners, last):
        if owner[0] == partner[0]:
            continue
        cost = owner[1] + partner[1]
        if best is None or cost < best[0]:
            best = (cost, Sides(owner[0], partner[0]))
    if best is not None and (
        best[0] < 2 * _FAR or (role == "both" and len({a.id for a in actors}) == 2)
    ):
        return best[1]
    return _completed(scene, mention, owners, partners, pair, warm=warm)


def _choices(
    owners: dict[Actor, float], partners: dict[Actor, float], last: Sides | None
) -> list[tuple[tuple[str, float], tuple[str, float]]]:
    first = [(actor.id, cost) for actor, cost in owners.items()]
    second = [(actor.id, cost) for actor, cost in partners.items()]
    if last:
        first.append((last.owner, _WEAK))
        second.append((last.partner, _WEAK))
    return [(a, b) for a in first for b in second]


def _completed(
    scene: Scene,
    mention: Mention,
    owners: dict[Actor, float],
    partners: dict[Actor, float],
    pair: Pair | None,
    *,
    warm: bool,
) -> Sides | None:
    """Fill in from the pair of the text what the sentence leaves out."""
    if pair is None:
        return None
    named = {actor.id for actor in owners}
    mutual = bool(_MUTUAL.search(scene.text, scene.start, scene.end))
    if not named:
        return Sides(*pair) if mention.indicator.role == "both" else None
    owner = min(owners, key=lambda a: owners[a])
    partner = min(partners, key=lambda a: partners[a])
    if partners[partner] <= owners[owner] and partners[partner] < _FAR:
        other = _other(pair, partner.id)
        return Sides(other, partner.id) if other else None
    other = _other(pair, owner.id)
    if other is None:
        return None
    if mention.indicator.role != "both" and not (mutual or warm):
        return None  # "India's exports were $437 billion": to whom, it does not say
    return Sides(owner.id, other)


def _other(pair: Pair, id_: str) -> str | None:
    """Return the other side of the pair; with a third country it is the text's main one."""
    if id_ == pair[0]:
        return pair[1]
    return pair[0] if id_ else None


def _is_mutual(scene: Scene, mention: Mention, actors: list[Actor]) -> bool:
    """Say whether "bilateral trade" stands alone, so that it is that of the text's pair."""
    if not _MUTUAL.search(scene.text, mention.start, mention.end):
        return False
    ahead = {a.id for a in actors if a.end <= mention.start}
    return len(ahead) < 2 and not any(
        a.start >= mention.end
        and scene.words(mention.end, a.start) <= 4
        and _preposition(scene, a) in _PARTNER["both"]
        for a in actors
    )


def _between(scene: Scene, mention: Mention, actors: list[Actor]) -> Sides | None:
    """Read "between A and B" and "A-B trade", where they stand beside the phrase."""
    for a, b in pairwise(actors):
        joint = scene.text[a.end : b.start]
        near = scene.words(mention.end, a.start) <= 6 if a.start >= mention.end else False
        if (
            re.fullmatch(r"\s+and\s+(?:the\s+)?", joint)
            and near
            and a.id != b.id
            and re.search(r"\bbetween\s+(?:the\s+)?$", scene.text[scene.start : a.start], re.I)
        ):
            return Sides(a.id, b.id)
        if (
            re.fullmatch(r"[-/–]|\s*-\s*", joint)
            and a.id != b.id
            and b.end <= mention.start
            and scene.words(b.end, mention.start) <= 3
        ):
            return Sides(a.id, b.id)
    return None


def _preposition(scene: Scene, actor: Actor) -> str:
    before = scene.text[max(scene.start, actor.start - 30) : actor.start]
    match = _DIRECT.search(before)
    return match[1].casefold() if match else ""


def _genitive(scene: Scene, actor: Actor) -> bool:
    return actor.kind == "adjective" or scene.text.startswith(("'s", "' "), actor.end)


def _owner_cost(scene: Scene, mention: Mention, actor: Actor) -> float:
    role = mention.indicator.role
    preposition = _preposition(scene, actor)
    if _SHARE_OF.match(scene.text, actor.end, scene.end):
        return _FAR  # "China's share of": China is the partner
    if actor.end <= mention.start:
        cost = _distance(scene, actor.end, mention.start)
        possessive = _genitive(scene, actor)
        if preposition in {"of", "by"} or (preposition == "from" and role == "out"):
            return cost
        if preposition and not possessive:
            cost += 7.0
        return cost if possessive or not preposition else cost + 1.0
    if actor.start >= mention.end:
        cost = _distance(scene, mention.end, actor.start)
        if role == "in" and preposition == "of" and actor.kind not in {"adjective", "demonym"}:
            return cost + 3.0  # "imports of the Republic of Kazakhstan"
        if preposition in _OWNER_AFTER[role]:
            penalty = 3.0 if preposition in {"in", "of", "to", "into"} else 1.0
            return cost + penalty
        return _FAR - 5 + cost if not preposition else _FAR + cost
    return 0.0  # inside the phrase


def _partner_cost(
    scene: Scene, mention: Mention, quantity: Quantity, actor: Actor, *, inherited: bool
) -> float:
    role = mention.indicator.role
    preposition = _preposition(scene, actor)
    anchor = quantity.end if inherited else mention.end
    if _SHARE_OF.match(scene.text, actor.end, scene.end):
        return 0.0
    good = preposition in _PARTNER[role]
    if actor.start >= anchor:
        cost = _distance(scene, anchor, actor.start)
        if inherited and good and cost <= 3:
            return -4.0
        if good:
            return cost
        if role == "in" and actor.kind == "adjective" and not _genitive_s(scene, actor):
            return cost + 1.0  # "purchases of Russian oil"
        if mention.end == actor.start or scene.text[mention.end : actor.start].isspace():
            return cost  # "visited Russia"
        return _FAR - 5 + cost
    if actor.end <= mention.start:
        cost = _distance(scene, actor.end, mention.start)
        if _genitive(scene, actor) and scene.words(actor.end, mention.start) <= 2:
            return _FAR + 5 + cost  # "India's imports": India is the owner
        subject = mention.indicator.measures == "share" and not _preposition(scene, actor)
        return 8.0 + cost if good or subject else 14.0 + cost
    return 0.0  # inside the phrase


def _distance(scene: Scene, start: int, end: int) -> float:
    """Return words between two places; other phrases and boundaries count extra."""
    cost = float(scene.words(start, end))
    cost += 4.0 * sum(1 for m in scene.mentions if start <= m.start and m.end <= end)
    return cost + 3.0 * scene.breaks(start, end) + scene.text.count(",", start, end)


def _genitive_s(scene: Scene, actor: Actor) -> bool:
    return scene.text.startswith("'s", actor.end)


def _is_world(scene: Scene, mention: Mention, actors: list[Actor]) -> bool:
    """Say whether it is trade with the whole world."""
    if _TO_WORLD.match(scene.text, mention.end, scene.end):
        return True
    whole = _WORLD.search(scene.text, max(scene.start, mention.start - 40), mention.start)
    phrase = scene.text[mention.start : mention.end].casefold()
    if not whole and not phrase.startswith(("total", "overall", "foreign")):
        return False
    if _MUTUAL.search(scene.text, max(scene.start, mention.start - 30), mention.end):
        return False
    near = [a for a in actors if mention.end <= a.start and scene.words(mention.end, a.start) <= 4]
    return not any(
        _preposition(scene, a) in {"to", "from", "with", "between", "in", "into"} for a in near
    )
