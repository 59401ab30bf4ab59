"""A ledger as it is read: every promise with its assessments and its sources, in memory."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from comity.errors import NoDataError
from comity.intent.ledger.dates import last_day
from comity.intent.ledger.fields import TABLES, Record, as_text, flatten
from comity.intent.ledger.model import Assessment, Party, Promise, Source, Status


class Ledger:
    """One reading of a ledger; it does not change when the database does.

    Parameters
    ----------
    tables : mapping of str to iterable of records
        ``parties``, ``sources``, ``promises`` and ``assessments``.
    name : str
        What to call it on a page, such as "the ledger that comes with comity".
    """

    def __init__(self, tables: Mapping[str, Iterable[Record]], name: str = "a ledger") -> None:
        self.name = name
        self.parties = {r.id: r for r in tables["parties"] if isinstance(r, Party)}
        self.sources = {r.id: r for r in tables["sources"] if isinstance(r, Source)}
        self._promises = {r.id: r for r in tables["promises"] if isinstance(r, Promise)}
        self._assessments: dict[str, list[Assessment]] = {}
        for record in sorted(
            (r for r in tables["assessments"] if isinstance(r, Assessment)),
            key=lambda r: (r.assessed_on, _end(r.evidence_on), r.id),
        ):
            self._assessments.setdefault(record.promise, []).append(record)

    def __len__(self) -> int:
        return len(self._promises)

    def __iter__(self) -> Iterator[Promise]:
        return iter(self.promises())

    def promises(self, a: str = "", b: str = "") -> list[Promise]:
        """Return the promises of a pair, of one party, or all; by date, the oldest first.

        Parameters
        ----------
        a, b : str
            Ids of parties (ISO 3166 alpha-3 or a group's id), in either order; "" for any.
        """
        wanted = {party for party in (a, b) if party}
        found = [p for p in self._promises.values() if wanted <= set(p.parties)]
        return sorted(found, key=lambda p: (p.announced or p.signed or "9999", p.id))

    def promise(self, id: str) -> Promise:  # noqa: A002
        """Return one promise.

        Raises
        ------
        NoDataError
            The ledger has no promise of that id.
        """
        try:
            return self._promises[id]
        except KeyError:
            raise NoDataError(
                f"The ledger has no promise '{id}'.", "See the ids with 'comity promises IND RUS'."
            ) from None

    def __contains__(self, promise: object) -> bool:
        return promise in self._promises

    def assessments(self, promise: Promise | str) -> list[Assessment]:
        """Return what people found on a promise, the oldest first."""
        id = promise if isinstance(promise, str) else promise.id  # noqa: A001
        return list(self._assessments.get(id, []))

    def latest(self, promise: Promise | str) -> Assessment | None:
        """Return the assessment that holds: the last one given."""
        found = self.assessments(promise)
        return found[-1] if found else None

    def status(self, promise: Promise | str) -> Status:
        """Return the status that people gave last; "unknown" where nobody looked."""
        latest = self.latest(promise)
        return latest.status if latest else Status.unknown

    def source(self, id: str) -> Source:  # noqa: A002
        """Return a source by id; every id that a promise or an assessment names resolves."""
        return self.sources[id]

    def party(self, id: str) -> Party:  # noqa: A002
        """Return a party; a country that the ledger does not list is named by its code."""
        return self.parties.get(id) or Party(id=id, kind="country", name=id)

    def members(self, id: str) -> tuple[str, ...]:  # noqa: A002
        """Return the countries behind a party: itself, or a group's members."""
        party = self.party(id)
        return party.members if party.kind == "group" else (party.id,)

    def pairs(self) -> list[tuple[str, str]]:
        """Return every pair of parties that promised something, in order."""
        return sorted({(p.parties[0], p.parties[-1]) for p in self._promises.values()})

    @cached_property
    def id(self) -> str:
        """Hash of the content, 12 hexadecimal digits."""
        digest = hashlib.sha256()
        for rows in self.records().values():
            for record in rows:
                cells = "\x1f".join(as_text(value) for value in flatten(record).values())
                digest.update(cells.encode() + b"\x1e")
        return digest.hexdigest()[:12]

    def records(self) -> dict[str, list[Record]]:
        """Return the four tables, each sorted by id: what an export writes."""
        assessments = [r for rows in self._assessments.values() for r in rows]
        held: tuple[Iterable[Record], ...] = (
            self.parties.values(),
            self.sources.values(),
            self._promises.values(),
            assessments,
        )
        return {
            name: sorted(rows, key=lambda r: r.id) for name, rows in zip(TABLES, held, strict=True)
        }


def _end(text: str) -> dt.date:
    return last_day(text) if text else dt.date.min
