"""The quantities that a text states as fact about a tie of two countries."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from comity.intent.reading import vocabulary
from comity.intent.reading.force import SHARE_AFTER, ends_with, force, per, qualifier
from comity.intent.reading.periods import Period, year_before
from comity.intent.reading.quantities import Quantity
from comity.intent.reading.roles import Sides, sides
from comity.intent.reading.scene import Mention, Pair, Scene
from comity.intent.reading.text import plain, sentences
from comity.intent.reading.vocabulary import cues

_FARTHEST = 24.0
_DIRECT = re.compile(r"\s*(?:\+\s*)?(?:worth\s+)?(?:in|of|worth of)\s+", re.IGNORECASE)
_COPULA = re.compile(
    r"\b(?:numbers?|numbered|numbering|were|was|is|are|reached|reaching|stood|stands|totals?|totall?ed|"
    r"at|rose|fell|grew|dropped|increased|crossed|exceeded|hit|of|to|about|around)\b|:",
    re.IGNORECASE,
)
_OF = re.compile(r"\s+of\s+(?:\w+\s+){0,2}", re.IGNORECASE)
_ENDS_COUNT = re.compile(
    r"\s*(?:$|[.,;:)]|(?:in|of|a|last|this|the|from|by|during|for|against|to)\b)"
)
_SHARE_BEFORE = re.compile(r"\bshare\b|\bper\s?cent(?:age)?\s+of\b|currenc", re.IGNORECASE)
_NOW = re.compile(
    r"\b(?:now|today|currently|presently|is|are|has|have|stands?|remains?|hovers?|already)\b", re.I
)
_OWNER = re.compile(r"(?:[A-Z][\w.]*\s)?[A-Z][\w.]+'s?\s+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A figure that a text states about two countries.

    Parameters
    ----------
    start, end : int
        The words, as offsets into the text: from the phrase or its qualifier to the figure.
    figure : tuple of int
        Offsets of the figure itself.
    sentence : tuple of int
        Offsets of the sentence.
    indicator : str
        Id of the indicator.
    product : str
        Id of the good; "" for all.
    origin, destination : str
        The direction; for two-way ties the two sides in alphabetical order.
    directed : bool
        Whether the direction counts.
    value, low, high : float
        In base units.
    unit, measures : str
        ISO 4217 code, "share", "barrels/day" or ""; and what sort of quantity it is.
    qualifier : str
        ``over``, ``under``, ``about``, ``not over`` or "".
    qualifier_words : str
        The qualifier as it stands in the text.
    period : Period or None
        None where the text names none: then the latest is meant.
    aim : bool
        It is a target, not a fact.
    per : str
        ``month``, ``quarter``, ``week`` or ``day`` where the figure is not for a year; else "".
    relative : bool
        The period is seen from the text's date ("last year").
    """

    start: int
    end: int
    figure: tuple[int, int]
    sentence: tuple[int, int]
    indicator: str
    product: str = ""
    origin: str
    destination: str
    directed: bool
    value: float
    low: float
    high: float
    unit: str
    measures: str
    qualifier: str = ""
    qualifier_words: str = ""
    period: Period | None = None
    aim: bool = False
    per: str = ""
    relative: bool = False

    @property
    def pair(self) -> Pair:
        """The two sides, in alphabetical order."""
        a, b = sorted((self.origin, self.destination))
        return a, b


def find_pair(text: str) -> tuple[Pair | None, list[tuple[str, int]]]:
    """Return the pair that a text is about, and how often each country is named.

    The two most named; None where fewer than two are named.
    """
    counts = Counter(actor.id for actor in vocabulary.actors(plain(text)))
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    pair = (ranked[0][0], ranked[1][0]) if len(ranked) > 1 else None
    return pair, ranked


def find_claims(
    text: str,
    today: dt.date,
    pair: Pair | None = None,
    progress: Callable[[int], None] | None = None,
) -> Iterator[Claim]:
    """Yield the claims of a text, in order: what it states as fact.

    Parameters
    ----------
    text : str
        The text.
    today : date
        The text's date: "last year" is seen from it.
    pair : pair of str, optional
        What the text is about; sentences that name one side or none are taken to mean it.
    progress : callable, optional
        Told how many characters have been read.
    """
    for claim in find_figures(text, today, pair, progress):
        if not claim.aim:
            yield claim


def find_figures(
    text: str,
    today: dt.date,
    pair: Pair | None = None,
    progress: Callable[[int], None] | None = None,
) -> Iterator[Claim]:
    """Yield the claims of a text and the targets that it names (``aim``), as `find_claims`."""
    flat = plain(text)
    paragraph, warm = -1, False
    carried: Claim | None = None  # the last fact of the paragraph that had a period
    for number, sentence in enumerate(sentences(flat)):
        if progress and number % 200 == 0:
            progress(sentence.start)
        scene = Scene(flat, sentence, today)
        if sentence.paragraph != paragraph:
            paragraph, warm, carried = sentence.paragraph, False, None
        found = list(_read(scene, pair, warm=warm)) if scene.quantities else []
        found = [_carry(scene, claim, carried) for claim in found]
        carried = next((c for c in reversed(found) if c.period and not c.aim), carried)
        yield from found
        named = {actor.id for actor in scene.actors}
        if found or (pair and set(pair) <= named):
            warm = True
        elif named:
            warm = False


def _carry(scene: Scene, claim: Claim, last: Claim | None) -> Claim:
    """Give a yearly figure the period of the sentence before, where it says none itself."""
    if (
        last is None
        or last.period is None
        or claim.period is not None
        or claim.aim
        or claim.per
        or claim.measures != "money"
        or claim.pair != last.pair
        or _NOW.search(scene.text, scene.start, scene.end)
    ):
        return claim
    return replace(claim, period=last.period, relative=last.relative)


def _read(scene: Scene, pair: Pair | None, *, warm: bool) -> Iterator[Claim]:
    last: Sides | None = None
    used: dict[int, int] = {}
    before: Period | None = None
    for quantity in scene.quantities:
        link = _link(scene, quantity, used)
        if link is None:
            continue
        mention = link
        inherited = mention.start in used
        found = sides(
            scene, mention, quantity, inherited=inherited, last=last, pair=pair,
            warm=warm or last is not None,
        )  # fmt: skip
        used[mention.start] = quantity.end
        if found is None:
            continue
        last = found
        claim = _claim(scene, quantity, mention, found, before)
        if claim is not None:
            before = claim.period or before
            yield claim


def _link(scene: Scene, quantity: Quantity, used: dict[int, int]) -> Mention | None:
    """Return the phrase that a figure belongs to: the nearest, clause boundaries counting extra."""
    best: tuple[float, Mention] | None = None
    for mention in scene.mentions:
        if mention.indicator.measures != quantity.measures:
            continue
        cost = _cost(scene, quantity, mention, used)
        if cost < _FARTHEST and (best is None or cost < best[0]):
            best = (cost, mention)
    return best[1] if best else None


def _cost(scene: Scene, quantity: Quantity, mention: Mention, used: dict[int, int]) -> float:
    text = scene.text
    same = [q for q in scene.quantities if q.measures == quantity.measures and q != quantity]
    if quantity.measures == "share" and not _is_share(scene, quantity):
        return _FARTHEST
    if mention.start >= quantity.end:
        gap = text[quantity.end : mention.start]
        words = scene.words(quantity.end, mention.start)
        if any(quantity.end <= q.start < mention.start for q in same):
            return _FARTHEST
        if quantity.measures == "count":
            return float(words) if words <= 4 and not re.search(r"[,;:.]", gap) else _FARTHEST
        if _DIRECT.match(gap) and words <= 5 and not re.search(r"[\d,;:(]", gap):
            return 0.5 * words - 1.0
        return words + 4.0 + 8.0 * scene.breaks(quantity.end, mention.start)
    if mention.end > quantity.start:
        return 0.0 if mention.end >= quantity.end else _FARTHEST  # "spoken 22 times by phone"
    words = scene.words(mention.end, quantity.start)
    between = sum(1 for q in same if mention.end <= q.start < quantity.start)
    if quantity.measures == "count":
        return _count_cost(scene, quantity, mention, used, words)
    if quantity.measures == "times" and words > 10:
        return _FARTHEST
    if _OF.fullmatch(text, mention.end, quantity.start):
        return -2.0
    return words * 0.7 + 5.0 * between + 4.0 * scene.breaks(mention.end, quantity.start)


def _count_cost(
    scene: Scene, quantity: Quantity, mention: Mention, used: dict[int, int], words: int
) -> float:
    gap = scene.text[mention.end : quantity.start]
    alone = _ENDS_COUNT.match(scene.text[quantity.end : scene.end]) is not None
    if mention.start in used:
        return 6.0 if alone and words <= 20 else _FARTHEST
    return float(words) if alone and words <= 7 and _COPULA.search(gap) else _FARTHEST


def _is_share(scene: Scene, quantity: Quantity) -> bool:
    if SHARE_AFTER.match(scene.text, quantity.end, scene.end):
        return True
    return bool(_SHARE_BEFORE.search(scene.text, scene.start, scene.end)) and not ends_with(
        scene, quantity.start, cues("change", "before")
    )


def _claim(
    scene: Scene, quantity: Quantity, mention: Mention, found: Sides, before: Period | None
) -> Claim | None:
    first, _ = scene.clause(quantity.start)
    period = _period(scene, quantity, before)
    stance = force(scene, quantity, mention, first, period)
    if not stance:
        return None
    qualified, place = qualifier(scene, quantity, first)
    role = mention.indicator.role
    origin, destination = found.directed(role)
    product = _product(scene, quantity, mention)
    if role == "both":
        origin, destination = sorted((origin, destination))
    start = min(quantity.start, place, mention.start)
    if owner := _OWNER.search(scene.text, max(scene.start, start - 30), start):
        start = owner.start()
    end = max(quantity.end, mention.end)
    indicator = mention.indicator.id
    if product == "arms" and indicator == "goods_exports":
        indicator, product = "arms_trade", ""
    return Claim(
        start=start,
        end=end,
        figure=(quantity.start, quantity.end),
        sentence=(scene.start, scene.end),
        indicator=indicator,
        product=product,
        origin=origin,
        destination=destination,
        directed=role != "both",
        value=quantity.value,
        low=quantity.low,
        high=quantity.high,
        unit=quantity.unit,
        measures=quantity.measures,
        qualifier=qualified,
        qualifier_words=scene.text[place : quantity.start].strip() if qualified else "",
        period=period,
        aim=stance == "aim",
        per=per(scene, quantity, first, period),
        relative=period is not None
        and period.end > 0
        and not any(c.isdigit() for c in scene.text[period.start : period.end]),
    )


def _period(scene: Scene, quantity: Quantity, before: Period | None) -> Period | None:
    """Return the period of a figure: beside it, or the only one of its clause or sentence."""
    first, last = scene.clause(quantity.start)
    following = [q.start for q in scene.quantities if q.start >= quantity.end]
    previous = [q.end for q in scene.quantities if q.end <= quantity.start]
    stop = min(following, default=scene.end)
    begin = max(previous, default=scene.start)
    known = [p for p in scene.periods if p.first <= scene.today]
    after = [p for p in known if quantity.end <= p.start < stop and p.start <= last]
    ahead = [
        p
        for p in known
        if begin <= p.start and p.end <= quantity.start and not _taken(scene, p, previous)
    ]
    near = [p for p in ahead if scene.words(p.end, quantity.start) <= 3]
    found: Period | None = None
    if after and scene.words(quantity.end, after[0].start) <= 2:
        found = after[0]
    elif near:
        found = near[-1]
    elif after:
        found = after[0]
    elif [p for p in ahead if p.start >= first]:
        found = [p for p in ahead if p.start >= first][-1]
    elif ahead:
        found = ahead[-1]
    else:
        rest = [p for p in known if p.kind != "relative"]
        found = rest[0] if len({p.text for p in rest}) == 1 else None
    if found is not None and found.kind == "relative":
        return year_before(before) if before else None
    return found


def _taken(scene: Scene, period: Period, previous: list[int]) -> bool:
    """Say whether a period belongs to the figure before it ("$13 billion in 2021 to ...")."""
    place = max(previous, default=-1)
    return 0 <= place <= period.start and scene.words(place, period.start) <= 2


def _product(scene: Scene, quantity: Quantity, mention: Mention) -> str:
    """Return the good that the figure is about, where one is named beside phrase or figure."""
    if mention.indicator.id != "goods_exports":
        return ""
    others = [q for q in scene.quantities if q != quantity]
    begin = max(
        [scene.start, mention.start - 32, *(q.end for q in others if q.end <= mention.start)]
    )
    reach = max(mention.end, quantity.end) if mention.start > quantity.end else mention.end
    end = min([scene.end, max(reach + 32, quantity.end if mention.end <= quantity.start else 0),
               *(q.start for q in others if q.start >= reach)])  # fmt: skip
    begin = min(begin, quantity.start) if mention.start > quantity.start else begin
    for product in vocabulary.products():
        if product.pattern.search(scene.text, begin, end):
            return product.id
    return ""
