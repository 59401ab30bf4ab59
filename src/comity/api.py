"""The public API: a lake, a pair, and what can be asked of them."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import pandas as pd

from comity import catalogue, starter
from comity.brief import Brief, assemble
from comity.errors import UsageError
from comity.lake import Dossier, Store, engine
from comity.lake.places import find_lake
from comity.measure import as_dict


class Lake:
    """The data: the embedded starter, or a folder of your own.

    Parameters
    ----------
    store : Store
        The tables.

    Examples
    --------
    >>> import comity
    >>> comity.open().pair("India", "Russia").a.iso3
    'IND'
    """

    def __init__(self, store: Store) -> None:
        self.store = store

    def pair(self, a: str, b: str) -> Pair:
        """Return two countries, given as ISO2, ISO3 or name.

        Raises
        ------
        UnknownNameError, AmbiguousNameError
            A name that no country or more than one country answers to.
        """
        return Pair(self, catalogue.country(a), catalogue.country(b))

    def yardstick(self, country: str, year: int | None = None) -> pd.DataFrame:
        """Return one country's partners on every tie, against what is usual.

        Parameters
        ----------
        country : str
            ISO2, ISO3 or name.
        year : int, optional
            Read the lake as if nothing later existed.

        Returns
        -------
        DataFrame
            One row a tie, direction and partner: value, expected, intensity, rank, band.
        """
        from comity.brief.yardstick import yardstick_of
        from comity.potential.yardstick.tables import list_partners

        code = catalogue.country(country).iso3
        return list_partners(yardstick_of(self.store).fits, code, until=year)

    def __repr__(self) -> str:
        return f"Lake({self.store.folder.name!r}, id={self.store.id!r}, built={self.store.built!r})"


class Pair:
    """Two countries of a lake."""

    def __init__(self, lake: Lake, a: catalogue.Country, b: catalogue.Country) -> None:
        self.lake = lake
        self.a = a
        self.b = b

    @cached_property
    def dossier(self) -> Dossier:
        """The rows of the lake that touch the two, as pandas frames."""
        return Dossier(self.lake.store, self.a.iso3, self.b.iso3)

    def brief(self, year: int | None = None, *, draw: bool = True) -> Brief:
        """Return what the two have with each other, every number with its source.

        Parameters
        ----------
        year : int, optional
            Read the lake as if nothing later existed.
        draw : bool
            Whether to make the charts; JSON, CSV and the terminal need none.

        Raises
        ------
        UsageError
            Both are the same country.
        NoDataError
            The lake has no trade between the two in ``year``, or nothing on them at all.
        """
        return assemble(self.lake.store, self.a.iso3, self.b.iso3, year, draw=draw)

    def to_html(self, year: int | None = None) -> str:
        """Return the brief as one HTML file, its charts drawn while the rest is worked out.

        Parameters and errors are those of `brief`.
        """
        from comity.brief.render import html
        from comity.brief.render.drawing import Drawing

        with Drawing() as drawing:
            made = assemble(self.lake.store, self.a.iso3, self.b.iso3, year, begin=drawing.begin)
            return html.render(made, drawing)

    def yardstick(self, year: int | None = None) -> pd.DataFrame:
        """Return every tie of the two against what is usual.

        Returns
        -------
        DataFrame
            One row a tie and direction: value, expected, intensity, rank, band, source.
        """
        from comity.brief import yardstick

        made = yardstick.section(self.lake.store, self.a.iso3, self.b.iso3, year, draw=False)
        return pd.DataFrame([as_dict(measure) for measure in made.measures] if made else [])

    def __repr__(self) -> str:
        return f"Pair({self.a.iso3!r}, {self.b.iso3!r})"


def open(  # noqa: A001
    where: str | Path | None = None, path: str | Path | None = None
) -> Lake:
    """Open a lake, read-only.

    Parameters
    ----------
    where : path or str, optional
        A folder written by comity, or "starter" for the embedded data; without it, the folder that
        ``COMITY_LAKE`` names, else the user's own lake (made by ``comity add``), else the embedded
        data. Or the address of the engine that is to run the queries: ``spark://host:7077`` of an
        Apache Spark cluster, ``sc://host:15002`` of Spark Connect. By default they run in this
        process, on DuckDB.
    path : path, optional
        With an address: the folder, which every worker must see under the same path.

    Raises
    ------
    UsageError
        Two folders.
    LakeError
        The folder is not a lake, is damaged, or is of another schema version; no Spark answers.
    """
    address = where if isinstance(where, str) and engine.is_address(where) else None
    if address is None and path is not None:
        raise UsageError(
            f"'{where}' is not the address of an engine.",
            "Give one folder, or an address such as spark://host:7077 and a folder.",
        )
    folder = path if address is not None else where
    store = Store(find_lake(folder) or starter.path(), address)
    if address is not None:
        _ = store.connection  # A wrong address shows now, not at the first question.
    return Lake(store)
