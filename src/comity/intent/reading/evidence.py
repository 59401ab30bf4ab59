"""What a lake holds on a claim: figures by period and source."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from comity.intent.reading import periods, vocabulary
from comity.intent.reading.claims import Claim
from comity.intent.reading.periods import Period
from comity.lake import TOTAL, WORLD
from comity.lake.memo import on_its_own

if TYPE_CHECKING:
    from comity.lake import Store


@dataclass(frozen=True, slots=True)
class Label:
    """How an indicator is written in a sentence, and how time runs for it.

    ``nature`` is ``flow`` (so much in a year), ``stock`` (so many at a time), ``rate`` (a share, at
    a time or over a period) or ``event``.
    """

    indicator: str
    nature: str
    verb: str
    sentence: str
    statement: re.Pattern[str] | None


@cache
def labels() -> Mapping[str, Label]:
    """Return the labels of the indicators that the reader knows."""
    path = files("comity.intent.reading") / "data" / "labels.csv"
    rows = csv.DictReader(path.read_text(encoding="utf-8").splitlines())
    return {
        row["indicator"]: Label(
            row["indicator"],
            row["nature"],
            row["verb"],
            row["sentence"],
            re.compile(row["statement"], re.IGNORECASE) if row["statement"] else None,
        )
        for row in rows
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A figure of the lake that a claim can be set against.

    Parameters
    ----------
    value, low, high : float
        In base units; ``low`` and ``high`` are the ends of a range, or the value.
    unit : str
        As in a claim.
    period : Period
        Its period.
    source, line : str
        Source id, and the source in one line.
    said_by : str
        Who said it, where it is a statement.
    statement : str
        Id of the statement; "" for a computed figure.
    harmonised : bool
        From data made comparable across countries, not as one country's own office counts.
    """

    value: float
    low: float
    high: float
    unit: str
    period: Period
    source: str
    line: str
    said_by: str = ""
    statement: str = ""
    harmonised: bool = False


_FEW = 20  # with fewer partners listed, their sum is not a country's trade
_SIDES = {"flows": ("exporter", "importer"), "ties": ("origin", "destination")}


class Library:
    """The figures of one lake, looked up by claim.

    Parameters
    ----------
    store : Store
        The lake.
    text : str
        The text that is read: what it says itself is no evidence for it.
    """

    def __init__(self, store: Store, text: str) -> None:
        self.store = store
        self._text = _key(text[:20_000])
        self._found: dict[tuple[str, ...], list[Evidence]] = {}
        self._shares_of: dict[tuple[str, str], list[tuple[str, str, dict[str, float]]]] = {}
        self._slices: dict[tuple[str, str, str], list[dict[str, Any]]] = {}

    def _rows(self, table: str, a: str, b: str) -> list[dict[str, Any]]:
        """Return the rows of a table between two sides, both ways, read once."""
        key = (table, min(a, b), max(a, b))
        if key not in self._slices:
            rows, (one, other) = self.store.table(table), _SIDES.get(table, _SIDES["ties"])
            pair = [a, b]
            wanted = rows.filter(
                rows[one].isin(pair), rows[other].isin(pair), rows[one] != rows[other]
            )
            self._slices[key] = wanted.to_pyarrow().to_pylist()
        return self._slices[key]

    def line(self, source: str) -> str:
        """Return a source in one line: publisher, title, version."""
        row = self.store.sources.get(source, {})
        title = f"“{row['title']}”" if row.get("title") else ""
        return ", ".join(str(p) for p in (row.get("publisher"), title, row.get("version")) if p)

    def evidence(self, claim: Claim) -> list[Evidence]:
        """Return every figure for the indicator, the sides and the product of a claim.

        In order: by the end of the period, computed before stated.
        """
        years = claim.period.text if claim.period and claim.period.kind == "span" else ""
        key = (claim.indicator, claim.origin, claim.destination, claim.product, claim.unit, years)
        if key not in self._found:
            found = [*self._computed(claim), *self._stated(claim)]
            found.sort(key=lambda e: (e.period.last, e.period.first, e.statement, e.source))
            self._found[key] = found
        return self._found[key]

    def rate(self, currency: str, period: Period | None) -> tuple[float, str] | None:
        """Return units of a currency for one US dollar and the source id, or None."""
        facts = self.store.table("facts")
        rows = facts.filter(facts.indicator == "exchange_rate").to_pyarrow().to_pylist()
        unit = f"{currency} per USD"
        known = [row for row in rows if row["unit"] == unit]
        if period is not None:
            known = [row for row in known if row["year"] == period.first.year]
        if not known:
            return None
        row = max(known, key=lambda r: (r["year"], r["source"]))
        return float(row["value"]), str(row["source"])

    def is_own(self, source: str) -> bool:
        """Say whether a source is the text itself: its title stands in the text's beginning."""
        title = _key(str(self.store.sources.get(source, {}).get("title") or ""))
        return len(title) > 20 and title in self._text

    # Figures computed from tables.

    def _computed(self, claim: Claim) -> Iterator[Evidence]:
        indicator = claim.indicator
        if indicator in {"goods_exports", "goods_trade_total", "trade_deficit", "trade_surplus"}:
            yield from self._goods(claim)
        elif indicator in {"export_share", "import_share"}:
            yield from self._shares(claim)
        elif indicator in {"migrants", "students", "co_works"}:
            yield from self._ties(claim)

    def _goods(self, claim: Claim) -> Iterator[Evidence]:
        there = self._flows(claim.origin, claim.destination, claim.product)
        if claim.indicator == "goods_exports":
            for (text, source), value in there.items():
                yield from self._figure(value, "USD", text, source)
            yield from self._sums(claim, there)
            return
        back = self._flows(claim.destination, claim.origin, claim.product)
        sign = {"goods_trade_total": 0, "trade_deficit": -1, "trade_surplus": 1}[claim.indicator]
        both = {key: there[key] + back[key] for key in there if key in back}
        if sign:
            both = {key: sign * (there[key] - back[key]) for key in both}
        for (text, source), value in both.items():
            yield from self._figure(value, "USD", text, source)
        if not sign:
            yield from self._sums(claim, both)

    def _flows(self, exporter: str, importer: str, product: str) -> dict[tuple[str, str], float]:
        code = TOTAL
        if product:
            code = next((p.hs for p in vocabulary.products() if p.id == product), "")
        return {
            (str(row["period"]), str(row["source"])): float(row["value_usd"])
            for row in self._rows("flows", exporter, importer)
            if code and row["product"] == code and row["exporter"] == exporter
        }

    def _sums(self, claim: Claim, series: Mapping[tuple[str, str], float]) -> Iterator[Evidence]:
        """Add up years for a claim over several, where one source has them all."""
        wanted = claim.period
        if wanted is None or wanted.kind != "span":
            return
        years = [str(year) for year in range(wanted.first.year, wanted.last.year + 1)]
        for source in sorted({source for _, source in series}):
            values = [series.get((year, source)) for year in years]
            if all(value is not None for value in values):
                total = sum(value for value in values if value is not None)
                yield Evidence(
                    value=total, low=total, high=total, unit="USD", source=source,
                    line=self.line(source), period=replace(wanted, start=0, end=0),
                )  # fmt: skip

    def _shares(self, claim: Claim) -> Iterator[Evidence]:
        side, country, partner = (
            ("exporter", claim.origin, claim.destination)
            if claim.indicator == "export_share"
            else ("importer", claim.destination, claim.origin)
        )
        for text, source, values in self._partners(side, country):
            whole = values.get(WORLD) or sum(values.values())
            if partner in values and whole > 0 and (WORLD in values or len(values) > _FEW):
                yield from self._figure(values[partner] / whole, "share", text, source)

    def _partners(self, side: str, country: str) -> list[tuple[str, str, dict[str, float]]]:
        """Return all partners of a country by period and source, read once."""
        key = (side, country)
        if key not in self._shares_of:
            flows = self.store.table("flows", leave="world")
            other = "importer" if side == "exporter" else "exporter"
            mine = flows.filter(
                flows.product == TOTAL, flows[side] == country, flows[other] != country
            )
            groups: dict[tuple[str, str], dict[str, float]] = {}
            for row in mine.select(other, "period", "source", "value_usd").to_pyarrow().to_pylist():
                values = groups.setdefault((str(row["period"]), str(row["source"])), {})
                values[str(row[other])] = float(row["value_usd"])
            self._shares_of[key] = [(*name, groups[name]) for name in sorted(groups)]
        return self._shares_of[key]

    def _ties(self, claim: Claim) -> Iterator[Evidence]:
        seen: set[tuple[Any, Any]] = set()
        for row in self._rows("ties", claim.origin, claim.destination):
            if row["indicator"] != claim.indicator or row["value"] is None:
                continue
            if claim.directed and row["origin"] != claim.origin:
                continue
            if (row["year"], row["source"]) not in seen:
                seen.add((row["year"], row["source"]))
                value, year = float(row["value"]), str(row["year"])
                yield from self._figure(value, "", year, str(row["source"]))

    def _figure(self, value: float, unit: str, text: str, source: str) -> Iterator[Evidence]:
        period = periods.read(text)
        if period is not None:
            yield Evidence(
                value=value, low=value, high=value, unit=unit, period=period, source=source,
                line=self.line(source),
                harmonised=unit == "USD" and not _is_office(self.store, source),
            )  # fmt: skip

    # Figures that somebody published.

    def _stated(self, claim: Claim) -> Iterator[Evidence]:
        for row in self._rows("statements", claim.origin, claim.destination):
            value = _speaks_of(row, claim)
            period = periods.read(str(row["period"] or ""))
            if value is None or period is None or self.is_own(str(row["source"])):
                continue
            low, high = _ends(row, value)
            yield Evidence(
                value=value,
                low=low,
                high=high,
                unit=claim.unit if claim.measures != "money" else "USD",
                period=period,
                source=str(row["source"]),
                line=self.line(str(row["source"])),
                said_by=str(row["said_by"]),
                statement=str(row["id"]),
            )


@on_its_own()
def _is_office(store: Store, source: str) -> bool:
    """Say whether a source of flows is one country's own: all its rows have that country.

    It looks through every flow of the source, so the answer is kept for all texts.
    """
    flows = store.table("flows", leave="world")
    rows = flows.filter(flows.source == source)
    counts = rows.group_by("exporter", "importer").agg(n=rows.count()).to_pyarrow()
    total, sums = 0, dict[str, int]()
    for row in counts.to_pylist():
        total += row["n"]
        for side in {row["exporter"], row["importer"]} - {WORLD}:
            sums[side] = sums.get(side, 0) + row["n"]
    return total in sums.values()


def _speaks_of(row: Mapping[Any, Any], claim: Claim) -> float | None:
    """Return the figure of a statement where it is about the same thing as a claim."""
    value = row["value"]
    if value is None or value != value:
        return None
    indicator, label = str(row["indicator"]), labels().get(claim.indicator)
    same_way = (row["origin"], row["destination"]) == (claim.origin, claim.destination)
    if indicator == "trade_balance" and claim.indicator in {"trade_deficit", "trade_surplus"}:
        own = float(value) if row["origin"] == claim.origin else -float(value)
        return own if claim.indicator == "trade_surplus" else -own
    if claim.directed and not same_way:
        return None
    words = label.statement if label else None
    if indicator != claim.indicator and not (words and words.fullmatch(indicator)):
        return None
    code = next((p.hs for p in vocabulary.products() if p.id == claim.product), "")
    product = str(row["product"]) if isinstance(row["product"], str) else ""
    if product in ("", TOTAL) and not claim.product:
        return float(value)
    return float(value) if claim.product and code and product == code else None


def _ends(row: Mapping[Any, Any], value: float) -> tuple[float, float]:
    low, high = row["value_low"], row["value_high"]
    if low is None or high is None or low != low or high != high or value < 0:
        return value, value
    return float(low), float(high)


def _key(text: str) -> str:
    return re.sub(r"\W+", " ", text).casefold().strip()


def is_known_by(evidence: Evidence, today: dt.date) -> bool:
    """Say whether a period had ended at a date."""
    return evidence.period.last <= today
