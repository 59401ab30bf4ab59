"""What a visitor means by the words in the search: two countries, or one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

from comity import catalogue
from comity.catalogue import Country
from comity.errors import AmbiguousNameError, ComityError, UnknownNameError, UsageError

_JOINT = re.compile(r"\s+(?:and|und|et|y|with|vs\.?|versus|to)\s+|\s*[,;&/+–—→|]\s*|\s+-\s+", re.I)


def countries(words: str) -> tuple[Country, ...]:
    """Return the one or two countries that the words name.

    "Trinidad and Tobago" is one, "Bosnia and Herzegovina and Serbia" two: every joint is tried.

    Raises
    ------
    UsageError
        Nothing was written, or the same country twice.
    UnknownNameError, AmbiguousNameError
        A name that no country, or more than one, answers to.

    Examples
    --------
    >>> [c.iso3 for c in countries("India and Russia")], [c.iso3 for c in countries("ind rus")]
    (['IND', 'RUS'], ['IND', 'RUS'])
    >>> [c.iso3 for c in countries("Bosnia and Herzegovina and Serbia")]
    ['BIH', 'SRB']
    """
    sought = " ".join(words.split())
    if not sought:
        raise UsageError("Name two countries, or one.", "Write, for instance: India and Russia.")
    first_error: ComityError | None = None
    for parts in _cuts(sought):
        try:
            found = tuple(catalogue.country(part) for part in parts)
        except ComityError as error:
            # A cut at a joint says more about what was meant than the words as a whole do.
            if first_error is None or len(parts) == 2:
                first_error = error
            continue
        if len({c.iso3 for c in found}) < len(found):
            raise UsageError(
                f"Both of these are {found[0].with_article}.", "Name another second country."
            )
        return found
    raise first_error or UnknownNameError("country", sought)


def near(words: str) -> list[tuple[str, str]]:
    """Return what may have been meant by words that name no country: its name and its address.

    Examples
    --------
    >>> near("India and Rusia")
    [('India and Russia', '/pairs/IND/RUS')]
    >>> [address for _, address in near("Korea")]
    ['/countries/KOR', '/countries/PRK']
    """
    for parts in sorted(_cuts(" ".join(words.split())), key=len, reverse=True):
        choices = [_choices(part) for part in parts]
        # With a joint, one of the two must be sure: else every word would suggest something.
        if all(choices) and (len(parts) == 1 or min(map(len, choices)) == 1):
            return [
                (" and ".join(c.name for c in chosen), address(chosen))
                for chosen in product(*choices)
                if len({c.iso3 for c in chosen}) == len(chosen)
            ]
    return []


def address(found: tuple[Country, ...]) -> str:
    """Return the address of one country's page, or of two countries'."""
    kind = "pairs" if len(found) == 2 else "countries"
    return f"/{kind}/{'/'.join(c.iso3 for c in found)}"


def _choices(name: str) -> list[Country]:
    try:
        return [catalogue.country(name)]
    except (UnknownNameError, AmbiguousNameError) as error:
        # A suggestion is a label: "Russia (RUS)".
        codes = [label.rpartition("(")[2].rstrip(")") for label in error.suggestions]
        return [catalogue.country(code) for code in codes]


def _cuts(words: str) -> Iterator[tuple[str, ...]]:
    """Yield the ways to read the words: as one name, then as two."""
    yield (words,)
    blanks = words.split()
    for place in range(1, len(blanks)):
        yield " ".join(blanks[:place]), " ".join(blanks[place:])
    for joint in _JOINT.finditer(words):
        one, other = words[: joint.start()].strip(), words[joint.end() :].strip()
        if one and other:
            yield one, other
