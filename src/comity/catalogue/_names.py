"""How names are compared: case, accents, punctuation and small words do not count."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from difflib import SequenceMatcher, get_close_matches

_APOSTROPHES = re.compile(r"['’‘`´ʻʼ.]")
_WORDS = re.compile(r"\w+")
_SAINT = {"st", "ste", "sainte"}
_SMALL = {"the", "of", "and"}
_LONGEST = 80
_NEAR, _WORSE = 0.72, 0.1  # alike at all; how much worse than the best may still be meant


def unaccented(text: str) -> str:
    """Return a text in small letters without accents, as lists of names are sorted.

    Examples
    --------
    >>> sorted(["Turkmenistan", "Türkiye", "Åland", "Albania"], key=unaccented)
    ['Åland', 'Albania', 'Türkiye', 'Turkmenistan']
    """
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold()


def name_key(text: str) -> str:
    """Return the form in which two spellings of a name are the same.

    Examples
    --------
    >>> name_key("Côte d’Ivoire") == name_key("COTE D'IVOIRE")
    True
    >>> name_key("U.S.A."), name_key("St. Kitts & Nevis")
    ('usa', 'saintkittsnevis')
    """
    words = _WORDS.findall(_APOSTROPHES.sub("", unaccented(text)))
    if len(words) > 1:  # "ST" alone is a code, that of São Tomé and Príncipe
        words = ["saint" if word in _SAINT else word for word in words]
    return "".join(word for word in words if word not in _SMALL) or "".join(words)


def suggest(text: str, known: Mapping[str, str], limit: int = 3) -> list[str]:
    """Return what a misspelt name was probably meant to be, nearest first.

    Parameters
    ----------
    text : str
        What was typed.
    known : mapping of str to str
        Key of each known name, and what to print for it.
    limit : int
        At most so many.
    """
    key = name_key(text)
    if not key or len(key) > _LONGEST:
        return []
    near = get_close_matches(key, known, n=4 * limit, cutoff=_NEAR)
    scores = [SequenceMatcher(None, match, key).ratio() for match in near]
    good = [match for match, score in zip(near, scores, strict=True) if score > scores[0] - _WORSE]
    return list(dict.fromkeys(known[match] for match in good))[:limit]
