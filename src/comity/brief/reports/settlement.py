"""What can be settled in national currencies, and what piles up, as a report."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from comity.brief.charts import settlement as charts
from comity.brief.reports.report import Report, Sheet
from comity.brief.settlement import sentences
from comity.lake import Store
from comity.potential.settlement import Settlement, settlement


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a user may assume of settlement; `comity.potential.settlement` says what each does.

    Attributes
    ----------
    group : str
        Blocs and countries that settle with them, with commas; "world" for all.
    invoicing : float
        Share of trade invoiced in the two currencies.
    interest, depreciation : float
        A year's interest on holdings, and a year's loss of value against the dollar.
    sinks, start : float
        Dollars a year that the holder can spend, and dollars held at the beginning.
    years : int
        Length of the path.
    """

    group: str = ""
    invoicing: float = 1.0
    interest: float = 0.0
    depreciation: float = 0.0
    sinks: float = 0.0
    start: float = 0.0
    years: int = 5

    @property
    def changed(self) -> dict[str, str | float]:
        """Those that differ from the usual ones, by name."""
        return {
            field.name: value
            for field in fields(self)
            if (value := getattr(self, field.name)) != field.default
        }


def settle(store: Store, a: str, b: str, terms: Terms | None = None) -> Report:
    """Return how much of two-way trade can net, alone and within a group, and what is left over.

    Parameters
    ----------
    store : Store
        The lake.
    a, b : str
        Two countries.
    terms : Terms, optional
        What is assumed; by default the usual.
    """
    asked = terms or Terms()
    found = settlement(store, a, b, **asdict(asked))
    command = f"comity settle {found.a.iso3} {found.b.iso3}"
    for name, value in asked.changed.items():
        command += f" --with {value}" if name == "group" else f" --{name} {value:g}"
    return _report(found, command, store.sources)


def _report(found: Settlement, command: str, sources: dict[str, dict[str, Any]]) -> Report:
    ring = None
    if found.group is not None:
        ring = (found.group.name, found.group.circulation.share, found.group.source)
    said = [
        (str(r["said_by"]), str(r["period"]), float(r["value"]), str(r["source"]))
        for _, r in found.said.iterrows()
    ]
    drawn = [charts.said_and_net(found.nettings, said, ring), charts.holdings(found)]
    notes = [
        "Goods alone: services, oil paid elsewhere and capital flows are not in these figures.",
        "Interest, depreciation, invoicing and sinks are assumptions of whoever runs the command.",
    ]
    if found.group is not None:
        notes.append(
            "A largest circulation is unique in its size, not in the cycles that carry it. Flows "
            "that are not recorded count as none."
        )
        if found.group.absent:
            notes.append(f"Without figures: {', '.join(found.group.absent)}.")
    return Report(
        title=f"Settlement between {found.a.with_article} and {found.b.with_article}",
        command=command,
        findings=tuple(sentences(found)),
        sheets=tuple(_sheets(found)),
        sources={name: sources[name] for name in found.sources if name in sources},
        facts=_facts(found),
        notes=tuple(notes),
        charts=tuple(chart for chart in drawn if chart is not None),
    )


def _sheets(found: Settlement) -> list[Sheet]:
    a, b = found.a.name, found.b.name
    made = [
        Sheet(
            id="netting",
            title="Two-way netting",
            columns=(
                ("period", "Period", ""),
                ("exports", f"{a} to {b}", "USD"),
                ("imports", f"{b} to {a}", "USD"),
                ("netted", "Nets", "USD"),
                ("share", "Share", "share"),
                ("remainder", "Left over", "USD"),
                ("source", "Source", ""),
            ),
            rows=tuple(
                (n.period, n.exports, n.imports, n.netted, n.share, n.remainder, n.source)
                for n in found.nettings
            ),
        )
    ]
    if len(found.said):
        columns = ["said_by", "period", "value", "claim", "source"]
        made.append(
            Sheet(
                id="said",
                title="What was said of settlement in national currencies",
                columns=(
                    ("said_by", "Who", ""),
                    ("period", "Of", ""),
                    ("value", "Share", "share"),
                    ("claim", "Words", ""),
                    ("source", "Source", ""),
                ),
                rows=tuple(found.said[columns].itertuples(index=False, name=None)),
                brief=("said_by", "period", "value", "claim"),
            )
        )
    if found.group is not None:
        made += _group_sheets(found)
    path = found.holdings.path
    made.append(
        Sheet(
            id="holdings",
            title=f"What {found.holdings.holder.with_article} would hold of the money of "
            f"{found.holdings.currency_of.with_article}",
            columns=(
                ("year", "Year", "count"),
                ("balance", "Held", "USD"),
                ("interest", "Interest", "USD"),
                ("loss", "Loss", "USD"),
                ("net", "Net inflow", "USD"),
                ("sunk", "Spent", "USD"),
            ),
            rows=tuple(
                (year + 1, *(float(v[year]) for v in values))
                for values in [(path.balance, path.interest, path.loss, path.net, path.sunk)]
                for year in range(len(path.balance))
            ),
        )
    )
    return made


def _group_sheets(found: Settlement) -> list[Sheet]:
    group = found.group
    if group is None:
        return []
    balance = group.circulation.balance
    return [
        Sheet(
            id="cycles",
            title=f"Rings beyond pairs that carry most ({group.period})",
            columns=(
                ("ring", "Ring: each sells to the next", ""),
                ("amount", "Amount", "USD"),
                ("carried", "Trade settled", "USD"),
            ),
            rows=tuple(
                (" > ".join((*ring, ring[0])), amount, carried)
                for ring, amount, carried in group.cycles(50)
            ),
            shown=10,
        ),
        Sheet(
            id="balances",
            title="What no netting can settle: exports less imports within the group",
            columns=(("country", "Country", ""), ("balance", "Balance", "USD")),
            rows=tuple(
                (code, float(balance[k]))
                for k, code in sorted(enumerate(group.countries), key=lambda kc: -balance[kc[0]])
            ),
        ),
    ]


def _facts(found: Settlement) -> dict[str, Any]:
    held = found.holdings
    facts: dict[str, Any] = {
        "pair": {"a": found.a.iso3, "b": found.b.iso3},
        "assumptions": {
            "invoicing": held.invoicing,
            "interest": held.interest,
            "depreciation": held.depreciation,
            "sinks_usd": held.sinks,
            "start_usd": held.start,
            "holder": held.holder.iso3,
            "currency_of": held.currency_of.iso3,
        },
        "group": None,
    }
    if found.group is not None:
        ring = found.group.circulation
        facts["group"] = {
            "name": found.group.name,
            "countries": list(found.group.countries),
            "absent": list(found.group.absent),
            "period": found.group.period,
            "total_usd": found.group.total,
            "netted_usd": ring.netted,
            "share": ring.share,
            "bilateral_share": ring.bilateral_share,
            "gain": ring.gain,
            "share_of_pair": found.group.of_pair,
        }
    return facts
