"""One sentence with what stands in it: actors, phrases for indicators, figures, periods."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import cached_property

from comity.intent.reading import periods, vocabulary
from comity.intent.reading.periods import Period
from comity.intent.reading.quantities import Quantity, quantities
from comity.intent.reading.text import Sentence
from comity.intent.reading.vocabulary import Actor, Indicator

Pair = tuple[str, str]

_WORD = re.compile(r"[\w$€£₹%.'-]*\w[\w%']*")
_STRONG = re.compile(
    r"[;:—(]|,\s+(?:and|but|yet|while|whereas|although|though|even as|as|with|which|who|far|"
    r"against|double|up|down|compared)\b|\s(?:while|whereas|but|(?<!not\s)yet|although|though|outweigh\w+|than|beside|"
    r"compared)\s|\s-\s",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"[;—]|,\s+(?:and|but|yet|while|whereas|although|though|down|up)\b|"
    r"\s(?:while|whereas|but|(?<!not\s)yet|although|though|compared\s+(?:to|with)|as\s+against)\s",
    re.IGNORECASE,
)
# "third largest, after China and the United States": those two are not what it is about.
_RANKED = re.compile(
    r"\b(?:largest|biggest|top|second|third|fourth|fifth|ranks?|most)\b|\bafter\b[^.]*,", re.I
)
_AFTER = re.compile(
    r"\b(?:after|behind|ahead of|followed by|followed)\s+(?:the\s+)?$", re.IGNORECASE
)
_CHAIN = re.compile(r"(?:\s*,\s*|\s+and\s+|\s*,\s*and\s+)(?:the\s+)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mention:
    """A phrase for an indicator in the text."""

    start: int
    end: int
    indicator: Indicator


class Scene:
    """A sentence of a plain text, read once.

    Parameters
    ----------
    text : str
        The whole text, plain.
    sentence : Sentence
        The part that is read.
    today : date
        The text's date.
    """

    def __init__(self, text: str, sentence: Sentence, today: dt.date) -> None:
        self.text = text
        self.start = sentence.start
        self.end = sentence.end
        self.paragraph = sentence.paragraph
        self.today = today

    @cached_property
    def quantities(self) -> list[Quantity]:
        """Figures; those without a currency take the one before them."""
        found: list[Quantity] = []
        unit = ""
        for quantity in quantities(self.text, self.start, self.end):
            if quantity.measures == "money":
                if found and self._converts(found[-1], quantity):
                    if quantity.unit == "USD" != found[-1].unit:
                        found[-1] = quantity
                    continue
                unit = quantity.unit
            elif quantity.measures == "count" and unit and quantity.value >= 1e6:
                scale = self.text[quantity.start : quantity.end].rstrip()[-1:].isalpha()
                follows = self.text[quantity.end : quantity.end + 2].strip()[:1]
                if scale and not follows.isalpha():
                    quantity = Quantity(
                        quantity.start, quantity.end, quantity.value, quantity.low, quantity.high,
                        "money", unit,
                    )  # fmt: skip
            found.append(quantity)
        return [q for q in found if not self._within_period(q)]

    def _converts(self, before: Quantity, quantity: Quantity) -> bool:
        """Say whether a figure is the one before it in another currency: "€2 bn ($2.2 bn)"."""
        between = self.text[before.end : quantity.start].strip()
        return before.measures == "money" and between == "(" and before.unit != quantity.unit

    def _within_period(self, quantity: Quantity) -> bool:
        if quantity.measures != "count":
            return False
        return any(p.start <= quantity.start < p.end for p in self.periods)

    @cached_property
    def periods(self) -> list[Period]:
        """Periods named in the sentence."""
        return list(periods.find(self.text, self.today, self.start, self.end))

    @cached_property
    def actors(self) -> list[Actor]:
        """Countries and groups named in the sentence, people left out."""
        return [a for a in self.everyone if a.kind not in ("leader", "minister")]

    @cached_property
    def everyone(self) -> list[Actor]:
        """Countries, groups and people who stand for them."""
        found = vocabulary.actors(self.text, self.start, self.end)
        if len(found) < 3 or not _RANKED.search(self.text, self.start, self.end):
            return found
        kept: list[Actor] = []
        chain = -1  # where the last actor of an "after A and B" ends
        for actor in found:
            before = self.text[self.start : actor.start]
            joined = chain >= 0 and _CHAIN.fullmatch(self.text, chain, actor.start)
            comma = joined and "and" not in self.text[chain : actor.start]
            if _AFTER.search(before) or (joined and not (comma and len(found) - len(kept) < 3)):
                chain = actor.end
            else:
                kept.append(actor)
        return kept if len({a.id for a in kept}) > 1 else found

    @cached_property
    def mentions(self) -> list[Mention]:
        """Phrases for indicators that take one of the figures of the sentence."""
        wanted = {quantity.measures for quantity in self.quantities}
        found: list[Mention] = []
        for indicator in vocabulary.indicators():
            if indicator.measures not in wanted:
                continue
            matches = indicator.pattern.finditer(self.text, self.start, self.end)
            found.extend(Mention(match.start(), match.end(), indicator) for match in matches)
        found = [m for m in found if not self._ruled_out(m)]
        kept: list[Mention] = []
        for mention in sorted(found, key=lambda m: (m.start - m.end, m.start)):
            if not any(
                mention.start < other.end
                and other.start < mention.end
                and mention.indicator.measures == other.indicator.measures
                for other in kept
            ):
                kept.append(mention)
        return sorted(kept, key=lambda m: m.start)

    def _ruled_out(self, mention: Mention) -> bool:
        unless = mention.indicator.unless
        return unless is not None and bool(unless.search(self.text, self.start, self.end))

    def words(self, start: int, end: int) -> int:
        """Return how many words stand between two places."""
        return sum(1 for _ in _WORD.finditer(self.text, start, end)) if start < end else 0

    def breaks(self, start: int, end: int) -> int:
        """Return how many clause boundaries lie between two places."""
        return sum(1 for _ in _STRONG.finditer(self.text, start, end)) if start < end else 0

    def clause(self, place: int) -> tuple[int, int]:
        """Return the clause around a place: from the last hard boundary to the next."""
        first, last = self.start, self.end
        for match in _CLAUSE.finditer(self.text, self.start, self.end):
            if match.end() <= place:
                first = match.end()
            elif match.start() >= place:
                last = match.start()
                break
        return first, last
