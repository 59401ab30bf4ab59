"""What a file has and the lake does not take: in words, and in how many rows."""

from __future__ import annotations

from collections import Counter

import pandas as pd

from comity import catalogue
from comity.lake.schema import WORLD

KEY = "left_out"


class LeftOut:
    """A count of what is left out, kept while a file is read and signed onto its tables.

    Examples
    --------
    >>> left = LeftOut()
    >>> codes = pd.Series(["699", "842", "837", "12345", "837"])
    >>> left.places(codes, "comtrade").dropna().to_list()
    ['IND', 'USA']
    >>> left.counts
    {"Bunkers ('837')": 2, "the unknown code '12345'": 1}
    """

    def __init__(self) -> None:
        self._rows: Counter[str] = Counter()

    @property
    def counts(self) -> dict[str, int]:
        """Rows by what they are, the most frequent first."""
        return dict(self._rows.most_common())

    def places(
        self,
        codes: pd.Series[str],
        scheme: str,
        year: pd.Series[int] | None = None,
        *,
        world: str | None = None,
    ) -> pd.Series[str]:
        """Return codes as ISO 3166 alpha-3; missing, and counted, where there is no country.

        Parameters
        ----------
        codes : Series
            The publisher's codes.
        scheme : str
            A scheme of `comity.catalogue.to_iso3`.
        year : Series, optional
            Years of the rows, for codes that passed from one state to the next.
        world : str, optional
            The publisher's code for the world, which is kept as ``WLD``.
        """
        found = catalogue.to_iso3(codes, scheme, year).astype("str")
        if world is not None:
            found = found.mask(codes == world, WORLD)
        for code, rows in codes[found.isna()].value_counts().items():
            area = catalogue.countries.area(code, scheme)
            self._rows[f"{area.name} ('{code}')" if area else f"the unknown code '{code}'"] += rows
        return found

    def note(self, words: str, rows: int) -> None:
        """Count rows that are left out for another reason."""
        if rows:
            self._rows[words] += int(rows)

    def sign(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the table with the count in ``attrs["left_out"]``."""
        frame.attrs[KEY] = self.counts
        return frame
