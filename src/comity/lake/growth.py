"""A lake that takes in publishers' files, one after the other, and never halfway.

New files are written beside the old ones and the manifest is replaced in one step, once for a
publisher's tables and once for each year of a publisher that comes in years. A process that is
killed leaves the lake as the last manifest has it, and what it had written is swept away by the
next. Files that a newer manifest no longer names stay until the one after it, for readers that
opened the lake before.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from comity import catalogue
from comity.errors import LakeError, OutputError
from comity.lake.addition import Addition, read_addition
from comity.lake.by_pair import Together, put_together
from comity.lake.check import arrow_schema, conform
from comity.lake.contents import (
    PAIRED,
    Holding,
    RowsBySource,
    World,
    count_holdings,
    count_worlds,
)
from comity.lake.files import sweep, write_table
from comity.lake.lock import LOCK, locked
from comity.lake.manifest import MANIFEST, TableFile, flush_folder, swap_manifest
from comity.lake.merging import merge_rows
from comity.lake.schema import TABLES, WORLD
from comity.lake.store import Store
from comity.lake.years import Parts, ProductYear, make_parts

if TYPE_CHECKING:
    import pandas as pd

# What questions ask for: a group of rows says which of these it has. To find the least and greatest
# text of a column takes longer than to write it.
_ASKED_PAIRS = ["year", "exporter", "importer", "source"]
_ASKED = [*_ASKED_PAIRS, "product"]
# Parts of a year: their table, the rows of a group, and what a group says of itself. A group of all
# pairs has nearly all products.
_PARTS = {
    "pairs": ("details", 65_536, _ASKED_PAIRS),
    "totals": ("flows", 16_384, _ASKED),
    "chapters": ("flows", 32_768, _ASKED),
    "world": ("flows", 32_768, _ASKED),
}
_DICTIONARIES = [c.name for c in TABLES["flows"].columns if c.type in ("text", "int")]
_NUMBERS = [c.name for c in TABLES["flows"].columns if c.type == "float"]
_MOST_ROWS = 5_500_000
_AT_ONCE = 2


class Growth:
    """A lake opened for writing; made by `grow`, which holds it for one process.

    Parameters
    ----------
    folder : Path
        Of the lake.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        store = Store(folder)
        self.files: dict[str, list[TableFile]] = {
            name: list(files) for name, files in store.files.items()
        }
        self.by_pair = list(store.by_pair)
        self.holdings: dict[str, list[Holding]] = dict(store.holdings)
        self.additions = [read_addition(entry) for entry in store.manifest.get("additions", ())]
        sweep(folder, [*self._named(), *store.manifest.get("retired", ())])
        counted = store.worlds
        if counted is None:
            counted = count_worlds(self._rows_of("flows", self.files["flows"], None))
        self.worlds: list[World] = counted
        self._counted = RowsBySource(folder)

    def tidy(self) -> None:
        """Remove what a broken-off write has left."""
        store = Store(self.folder)
        named = (file.name for file in store.all_files())
        sweep(self.folder, [*named, *store.manifest.get("retired", ())])

    def find(self, sha256: str) -> Addition | None:
        """Return the addition of a file with this content, or None."""
        return next((one for one in self.additions if one.sha256 == sha256), None)

    def may_hold(self, size: int) -> bool:
        """Say whether a file of so many bytes may be in; where not, nobody need wait for its hash.

        Parameters
        ----------
        size : int
            Bytes.
        """
        return any(one.size in (0, size) for one in self.additions)

    def add_tables(
        self, tables: Mapping[str, pd.DataFrame], source: Mapping[str, Any], addition: Addition
    ) -> Addition:
        """Take in a publisher's tables, in one step.

        A row whose key is there already takes the old one's place.

        Raises
        ------
        SchemaError
            A frame does not fit its table.
        OutputError
            There is no room, or the folder cannot be written to.
        """
        known = {*self._source_rows(), str(source["id"])}
        countries = {country.iso3 for country in catalogue.list_countries()} | {WORLD}
        rows = {
            name: conform(TABLES[name], frame, countries=countries, sources=known)
            for name, frame in tables.items()
            if len(frame)
        }
        files = dict(self.files)
        done = replace(
            addition,
            added=_now(),
            whole=True,
            rows={name: table.num_rows for name, table in rows.items()},
        )
        for name, table in rows.items():
            files[name] = merge_rows(self.folder, name, files.get(name, []), table)
            self._recount(name, files[name], set(table["source"].unique().to_pylist()))
        self._commit(files, done, source)
        return done

    def add_year(
        self, flows: ProductYear, source: Mapping[str, Any], addition: Addition, *, whole: bool
    ) -> Addition:
        """Take in one year of a publisher's trade by product, in one step.

        A year that the source has already is replaced. ``whole`` says that no year is to follow.

        Raises
        ------
        SchemaError
            A flow occurs twice.
        OutputError
            There is no room, or the folder cannot be written to.
        """
        parts, written = self._write_year(flows)
        files = {
            name: [f for f in held if (f.source, f.year) != (flows.source, flows.year)]
            for name, held in self.files.items()
        }
        rows = dict(addition.rows)
        for name, file in written:
            files.setdefault(name, []).append(file)
            rows[name] = rows.get(name, 0) + file.rows
        done = replace(
            addition,
            added=_now(),
            years=tuple(sorted({*addition.years, flows.year})),
            whole=whole,
            rows=rows,
        )
        self._recount_year(flows, parts)
        self._commit(files, done, source)
        return done

    def _write_year(self, flows: ProductYear) -> tuple[Parts, list[tuple[str, TableFile]]]:
        """Write the parts of a year as they are made, two files at a time, the large one cut.

        Nothing compiled runs in the thread that calls, which an interruption may reach.
        """

        def write(part: str, table: pa.Table) -> tuple[str, TableFile]:
            name, group, asked = _PARTS[part]
            return name, write_table(
                self.folder, name, table, level=None, group=group, dictionary=_DICTIONARIES,
                split=_NUMBERS, statistics=asked, source=flows.source, year=flows.year, part=part,
            )  # fmt: skip

        with ThreadPoolExecutor(1 + _AT_ONCE) as pool:
            writing: list[Future[tuple[str, TableFile]]] = []

            def begin(part: str, table: pa.Table) -> None:
                starts = range(0, max(table.num_rows, 1), _MOST_ROWS)
                pieces = (table.slice(start, _MOST_ROWS) for start in starts)
                writing.extend(pool.submit(write, part, piece) for piece in pieces)

            try:
                parts = pool.submit(make_parts, flows, begin).result()
                return parts, [one.result() for one in writing]
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def finish(self, addition: Addition, *, whole: bool = True) -> None:
        """Note whether all of a file that comes in years is in.

        Raises
        ------
        OutputError
            There is no room, or the folder cannot be written to.
        """
        self._commit(dict(self.files), replace(addition, whole=whole))

    def put_together(self) -> None:
        """Put years together by pair, where enough have come; else nothing is written.

        Raises
        ------
        OutputError
            There is no room, or the folder cannot be written to.
        """
        together = put_together(self.folder, self.files["flows"], self.by_pair)
        if together != self.by_pair:
            self._commit(dict(self.files), by_pair=together)

    def _commit(
        self,
        files: dict[str, list[TableFile]],
        addition: Addition | None = None,
        source: Mapping[str, Any] | None = None,
        by_pair: list[Together] | None = None,
    ) -> None:
        """Make `files` the lake, with an addition and its source's row where they are new.

        The source names the files that its rows come from by their hashes.
        """
        import pandas as pd

        if source is not None and addition is not None:
            before = str(self._source_rows().get(str(source["id"]), {}).get("sha256") or "")
            hashes = dict.fromkeys([*filter(None, before.split(";")), addition.sha256])
            row = pd.DataFrame([{**source, "sha256": ";".join(hashes)}])
            own = conform(TABLES["sources"], row, countries=(), sources=())
            files["sources"] = merge_rows(self.folder, "sources", files["sources"], own)
        if addition is not None:
            others = [one for one in self.additions if one.sha256 != addition.sha256]
            self.additions = [*others, addition]
        named = self._named()
        now = {file.name for held in files.values() for file in held}
        together = self.by_pair if by_pair is None else by_pair
        self.by_pair = [pairs for pairs in together if now.issuperset(pairs.of)]
        now = now.union(*(pairs.names() for pairs in self.by_pair))
        retired = sorted(named - now)
        swap_manifest(
            self.folder,
            files,
            self._provenance(files),
            self.holdings,
            _now()[:10],
            additions=[asdict(one) for one in self.additions],
            worlds=[list(asdict(world).values()) for world in self.worlds],
            by_pair=[asdict(pairs) for pairs in self.by_pair],
            retired=retired,
        )
        self.files = files
        sweep(self.folder, [*now, *retired])

    def _recount(self, name: str, files: list[TableFile], sources: set[str]) -> None:
        """Count anew what some sources hold in a table."""
        if name not in PAIRED:
            return
        rows = self._rows_of(name, files, sources)
        kept = [h for h in self.holdings[name] if h.source not in sources]
        self.holdings[name] = _in_order([*kept, *count_holdings(name, rows)])
        if name == "flows":
            self.worlds = [w for w in self.worlds if w.source not in sources]
            self.worlds += count_worlds(rows)

    def _recount_year(self, flows: ProductYear, parts: Parts) -> None:
        """Count what a year holds, in the place of what it held."""
        key = (flows.source, flows.year)
        kept = [h for h in self.holdings["flows"] if (h.source, h.year) != key]
        self.holdings["flows"] = _in_order([*kept, *parts.holdings])
        self.worlds = [w for w in self.worlds if (w.source, w.year) != key] + parts.worlds

    def _rows_of(self, name: str, files: list[TableFile], sources: set[str] | None) -> pa.Table:
        """Return the rows of some sources, or of all, from files that are no parts of years."""
        paths = [self.folder / file.name for file in files if not file.part]
        chosen = None if sources is None else [("source", "in", sorted(sources))]
        return pq.read_table(paths, filters=chosen, schema=arrow_schema(TABLES[name]))

    def _provenance(self, files: Mapping[str, list[TableFile]]) -> list[dict[str, Any]]:
        """Return each source with the number of rows that it gave to each table."""
        counts = self._counted.add_up(files)
        known = self._source_rows(files).values()
        return [{**row, "rows": counts.get(row["id"], {})} for row in known]

    def _source_rows(
        self, files: Mapping[str, list[TableFile]] | None = None
    ) -> dict[str, dict[str, Any]]:
        table = self._rows_of("sources", (files or self.files)["sources"], None)
        return {row["id"]: row for row in table.sort_by("id").to_pylist()}

    def _named(self) -> set[str]:
        """Return the names of the files that the manifest names."""
        named = {file.name for held in self.files.values() for file in held}
        return named.union(*(pairs.names() for pairs in self.by_pair))


@contextmanager
def grow(folder: Path, base: Path, patience: float = 600.0) -> Iterator[Growth]:
    """Open a lake for writing, alone; a folder that is no lake yet begins with the base's files.

    Parameters
    ----------
    folder : Path
        Made if it does not exist.
    base : Path
        Folder of the lake that a new one begins with: the embedded data.
    patience : float
        Seconds to wait for another process that writes.

    Raises
    ------
    LakeError
        The folder holds other things, is a damaged lake, or another process keeps writing.
    OutputError
        It cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"The lake cannot be made in {folder}: {error.strerror}.",
            "Choose another folder with --lake.",
        ) from None
    with locked(folder, patience), _writing(folder):
        _begin(folder, base)
        growth = Growth(folder)
        try:
            yield growth
        finally:
            growth.tidy()


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Say what went wrong in a sentence; compiled kernels, too, are kept on disk between years."""
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"The lake in {folder} could not be written: {error.strerror or error}.",
            "Make room, or choose another folder with --lake; what was there is as it was.",
        ) from None


def _begin(folder: Path, base: Path) -> None:
    """Put the base's files into a folder that is no lake yet; the manifest comes last."""
    if (folder / MANIFEST).exists():
        return
    strange = [
        path.name
        for path in folder.iterdir()
        if path.suffix not in (".parquet", ".part") and path.name != LOCK
    ]
    if strange:
        raise LakeError(
            f"{folder} is no lake, and holds other things ({strange[0]}).",
            "Give a folder of its own with --lake.",
        )
    begun = Store(base)
    for file in (file for held in begun.files.values() for file in held):
        part = folder / f".{file.name}.part"
        shutil.copyfile(base / file.name, part)
        part.replace(folder / file.name)
    manifest = folder / f".{MANIFEST}.part"
    shutil.copyfile(base / MANIFEST, manifest)
    manifest.replace(folder / MANIFEST)
    flush_folder(folder)


def _in_order(holdings: list[Holding]) -> list[Holding]:
    return sorted(holdings, key=lambda h: (h.what, h.source, h.year))


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
