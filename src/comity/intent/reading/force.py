"""How a figure is stated: as a fact or an aim, with which qualifier, for how long."""

from __future__ import annotations

import re
from collections.abc import Sequence

from comity.intent.reading.periods import Period
from comity.intent.reading.quantities import Quantity
from comity.intent.reading.scene import Mention, Scene
from comity.intent.reading.vocabulary import cues

_FROM = re.compile(
    r"\bfrom\s+(?:(?P<now>the\s+current|currently|the\s+present|today's)|.{0,18})\s*$", re.I
)
# "Imports increased by a third to reach" is no aim, but what came of it.
_RESULT = re.compile(
    r"\b(?:increas(?:ed|ing)|grew|grown|growing|ris(?:en|ing)|rose|surged|jumped|climbed|expanded|"
    r"swelled|soared|fell|dropped|declined|doubled|tripled)\b[^.;]{0,60}?\bto\s+(?:reach|hit|touch)"
    r"|\bcontinu(?:e|es|ed|ing)\s+to\s+(?:grow|rise|increase|expand)",
    re.IGNORECASE,
)
_BY = re.compile(r"\bby\s+(?:(?:about|around|over|nearly|almost|some|more than)\s+)?$", re.I)
_MOVED = re.compile(
    r"\b(?:increas|grew|grow|ris|rose|surg|jump|climb|expand|widen|fell|fall|drop|declin|decreas|"
    r"shrank|shrunk|slip|slump|plung|narrow|contract|cut|reduc|rais|boost)\w*",
    re.IGNORECASE,
)
_PART = re.compile(r"\b(?:such as|including|among them|of which)\b", re.IGNORECASE)
_PER_AFTER = re.compile(r"\s*(?:a|per|each|every)\s+(month|quarter|week|day)\b", re.IGNORECASE)
_PER_BEFORE = re.compile(r"\b(?:monthly|quarterly|weekly|daily)\b", re.IGNORECASE)
_SAME = re.compile(r"\b(?:reviewed|reporting|corresponding|same|said)\s+period\b", re.IGNORECASE)
_CHANGE_AFTER = re.compile(rf"\s*(?:{cues('change', 'after').pattern})", re.IGNORECASE)
_TARGET_AFTER = re.compile(rf"\s*(?:{cues('target', 'after').pattern})", re.IGNORECASE)
SHARE_AFTER = re.compile(r"\s*of\b(?!\s+(?:that|it|them|this|which|those)\b)", re.IGNORECASE)
_REACH = 45


def force(
    scene: Scene, quantity: Quantity, mention: Mention, clause: int, period: Period | None
) -> str:
    """Say how a figure is stated: as a ``fact``, an ``aim``, or "" for neither."""
    text, place = scene.text, quantity.start
    rest = text[quantity.end : min(scene.end, quantity.end + 60)]
    of_whole = quantity.measures == "share" and SHARE_AFTER.match(rest)
    if ends_with(scene, place, cues("change", "before")) and not of_whole:
        return ""
    if _CHANGE_AFTER.match(rest):
        return ""
    if _BY.search(text, max(clause, place - 30), place) and _MOVED.search(text, clause, place):
        return ""
    if _has_word(text, clause, place, cues("denial", "before")):
        return ""
    if _has_word(text, scene.start, place, cues("hypothetical", "before")):
        return ""
    origin = _FROM.search(text, max(scene.start, place - 30), place)
    if origin:
        dated = period is not None and period.last < scene.today
        beside = period is not None and place - 25 < period.start < quantity.end + 12
        if origin["now"] or (dated and beside):
            return "fact"
    if _TARGET_AFTER.match(rest):
        return "aim"
    between = text[min(mention.end, place) : place]
    if _PART.search(between):
        return ""
    until = mention.start if mention.start > place else place
    reached = [m.span() for m in _RESULT.finditer(text, clause, until)]
    return "aim" if _has_word(text, clause, until, cues("target", "before"), reached) else "fact"


def per(scene: Scene, quantity: Quantity, clause: int, period: Period | None) -> str:
    """Return what shorter time than a year a figure without a period is for."""
    if period is not None or quantity.measures != "money":
        return ""
    rest = scene.text[quantity.end : min(scene.end, quantity.end + 30)]
    if match := _PER_AFTER.match(rest):
        return match[1].casefold()
    match = _PER_BEFORE.search(scene.text, clause, quantity.start)
    if match is None:
        return "period" if _SAME.search(scene.text, scene.start, scene.end) else ""
    return {"monthly": "month", "quarterly": "quarter", "weekly": "week"}.get(
        match[0].casefold(), "day"
    )


def qualifier(scene: Scene, quantity: Quantity, clause: int) -> tuple[str, int]:
    """Return the qualifier and where it begins."""
    text = scene.text
    for match in cues("negation", "before").finditer(text, clause, quantity.start):
        if scene.words(match.end(), quantity.start) <= 2:
            return "not over", match.start()
    best: tuple[str, int] = ("", quantity.start)
    for kind in ("under", "over", "about"):
        for match in cues(kind, "before").finditer(
            text, max(clause, quantity.start - _REACH), quantity.start
        ):
            edge = match.start() == 0 or not text[match.start() - 1].isalnum()
            if edge and not text[match.end() : quantity.start].strip() and match.start() < best[1]:
                best = (kind, match.start())
    if best[0]:
        return best
    for kind in ("over", "about"):
        if cues(kind, "after").match(text, quantity.end, scene.end):
            return kind, quantity.start
    return best


def _has_word(
    text: str,
    start: int,
    end: int,
    pattern: re.Pattern[str],
    without: Sequence[tuple[int, int]] = (),
) -> bool:
    """Say whether a cue stands between two places as words of their own."""
    return any(
        not any(first <= match.start() and match.end() <= last for first, last in without)
        for match in pattern.finditer(text, start, end)
    )


def ends_with(scene: Scene, place: int, pattern: re.Pattern[str]) -> bool:
    """Say whether a cue stands directly before a place."""
    start = max(scene.start, place - _REACH)
    return any(
        match.end() == place and (match.start() == 0 or not scene.text[match.start() - 1].isalnum())
        for match in pattern.finditer(scene.text, start, place)
    )
