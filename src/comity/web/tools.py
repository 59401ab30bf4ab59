"""Tools for language models (Model Context Protocol): the answers of pages and API, with citations.

A model's context is small: tables are cut to ``rows``, and each answer says how many it left out.
No figure differs from the API's, and every source that an answer names is cited in it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from comity import __version__, catalogue
from comity.brief.reports.settlement import Terms
from comity.brief.reports.simulation import Options
from comity.errors import ComityError
from comity.web import answers
from comity.web.answers import Answer
from comity.web.state import State

try:
    from mcp.server import MCPServer
    from mcp.server.mcpserver.exceptions import ToolError
except ModuleNotFoundError as missing:
    raise ComityError(
        "The tools for language models are not installed.",
        "Install them with: pip install 'comity[mcp]'.",
    ) from missing

ROWS = 25
Country = Annotated[str, Field(max_length=80, description="A country: ISO2, ISO3 or a name.")]
Side = Annotated[str, Field(max_length=80, description="A country or a bloc, such as EAEU.")]
Year = Annotated[int | None, Field(description="Read the data as if nothing later existed.")]
Rows = Annotated[int, Field(ge=1, le=1000, description="Rows of each table.")]

_INSTRUCTIONS = """\
comity says what two countries promised each other, what they deliver and what is possible. Every
figure names its source by id; `citations` has each source's citation and licence: pass them on.
What is listed as absent is not known, and is not zero. Figures flagged `mirror` or `reconciled`
are not the reporting country's own."""


def server(state: State) -> MCPServer:
    """Return the server of the tools.

    Parameters
    ----------
    state : State
        Its lake and ledger.
    """
    tools = MCPServer("comity", instructions=_INSTRUCTIONS, version=__version__)

    def told(ask: Callable[..., Answer], *args: object, rows: int = ROWS, **given: Any) -> str:  # noqa: ANN401
        try:
            answer = state.answer(ask, *args, **given)
            return _told(state, answer, rows)
        except ComityError as error:
            raise ToolError(str(error)) from None

    @tools.tool()
    def find_countries(name: Annotated[str, Field(max_length=80)]) -> str:
        """Find countries by a part of their name, with their codes."""
        found = [
            {"iso3": country.iso3, "name": country.name}
            for country in catalogue.list_countries()
            if name.casefold() in country.name.casefold() or name.upper() == country.iso3
        ]
        return json.dumps({"data": found, "meta": state.vintage.as_dict()}, ensure_ascii=False)

    @tools.tool()
    def pair(a: Country, b: Country, pillar: str = "", year: Year = None) -> str:
        """Say what two countries have with each other: findings, and the figures beneath them.

        With a pillar (size, yardstick, trade, products, dependence, manufacturing, defence,
        people, research, diplomacy, promises, published, opportunities, settlement, logistics)
        every figure of it.
        """
        try:
            answer = state.answer(answers.pair, *_codes(a, b), year=year)
        except ComityError as error:
            raise ToolError(str(error)) from None
        return _enclosed(state, _of_pillar(answer.data(), pillar), answer.sources)

    @tools.tool()
    def yardstick(a: Country, b: Country, year: Year = None, rows: Rows = ROWS) -> str:
        """Set every tie of two countries against what is usual for two such countries."""
        return told(answers.yardstick, a, b, year=year, rows=rows)

    @tools.tool()
    def partners(country: Country, rows: Rows = 10) -> str:
        """Set a country's ties with all partners against what is usual, the furthest first."""
        return told(answers.country, country, rows=rows)

    @tools.tool()
    def complexity(country: Country, rows: Rows = ROWS) -> str:
        """Say what a country can make: its ECI, and RCA, density and PCI of its products."""
        return told(answers.complexity, country, rows=rows)

    @tools.tool()
    def promises(a: Side, b: Side = "", status: str = "", rows: Rows = ROWS) -> str:
        """List what two countries (or one and all others) promised, and what became of it."""
        return told(answers.promises, a, b, status=status, rows=rows)

    @tools.tool()
    def trade_targets(rows: Rows = 100) -> str:
        """List every announced trade target with its verdict."""
        return told(answers.targets, rows=rows)

    @tools.tool()
    def check_text(
        text: Annotated[str, Field(max_length=500_000)],
        a: Country = "",
        b: Country = "",
        date: str = "",
    ) -> str:
        """Set every figure and promise that a text states about two countries against the data."""
        return told(answers.check, text, a=a, b=b, date=date)

    @tools.tool()
    def simulate(
        a: Side,
        b: Side,
        change: Literal["agreement", "cut", "raise", "shock", "embargo", "withdrawal"] = (
            "agreement"
        ),
        amount: Annotated[str, Field(max_length=20, description="Such as 50%.")] = "",
        ways: Literal["both", "there", "back"] = "both",
        rows: Rows = ROWS,
    ) -> str:
        """Say what an agreement, its end, a tariff or a sanction would change, in three tiers."""
        options = Options(
            cut=amount or "100%" if change == "cut" else None,
            raise_=amount or None if change == "raise" else None,
            shock=_shock(change, amount),
            withdraw=change == "withdrawal",
            ways=ways,
        )
        return told(answers.simulate, a, b, options, rows=rows)

    @tools.tool()
    def settle(
        a: Country,
        b: Country,
        group: Annotated[str, Field(max_length=200, description="Such as BRICS.")] = "",
        invoicing: Annotated[float, Field(ge=0, le=1)] = 1.0,
        rows: Rows = ROWS,
    ) -> str:
        """Say how much of two-way trade can net in national currencies, and what piles up."""
        terms = Terms(group=group, invoicing=invoicing)
        return told(answers.settle, a, b, terms, rows=rows)

    @tools.tool()
    def sea_route(start: str, end: str, avoid: str = "", rows: Rows = ROWS) -> str:
        """Compute distance and days by sea between two ports, and the corridors as said."""
        return told(answers.way, start, end, avoid=avoid, rows=rows)

    @tools.tool()
    def opportunities(a: Country, b: Country, rows: Rows = ROWS) -> str:
        """Rank what A could sell B, product by product."""
        return told(answers.opportunity, a, b, rows=rows)

    @tools.tool()
    def sources(rows: Rows = 200) -> str:
        """List what the data rest on, with licences, and what is missing."""
        return told(answers.sources, rows=rows)

    return tools


def _told(state: State, answer: Answer, rows: int) -> str:
    data = answer.data()
    left_out = {}
    for name, table in list(data.get("tables", {}).items()):
        data["tables"][name] = table[:rows]
        if len(table) > rows:
            left_out[name] = len(table) - rows
    if "commitments" in data:
        if len(data["commitments"]) > rows:
            left_out["commitments"] = len(data["commitments"]) - rows
        data["commitments"] = data["commitments"][:rows]
    if left_out:
        data["rows_left_out"] = left_out
    return _enclosed(state, data, answer.sources)


def _enclosed(
    state: State, data: Mapping[str, Any], sources: Mapping[str, Mapping[str, Any]]
) -> str:
    """Return data with what they rest on; of the sources those that they name."""
    kept = {key: value for key, value in data.items() if key != "sources"}
    text = json.dumps(kept, ensure_ascii=False, default=str)
    cited = {
        name: {key: about[key] for key in ("citation", "licence", "url") if about.get(key)}
        for name, about in sources.items()
        if f'"{name}"' in text
    }
    whole = {"data": kept, "meta": state.vintage.as_dict(), "citations": cited}
    return json.dumps(whole, ensure_ascii=False, default=str)


def _of_pillar(data: dict[str, Any], pillar: str) -> dict[str, Any]:
    """Return one pillar's figures, or the findings with the figures that they rest on."""
    if pillar:
        name = catalogue.pillar(pillar).id
        wanted = {n for n, m in enumerate(data["measures"]) if m["pillar"] == name}
        findings: Iterable[dict[str, Any]] = [
            f for f in data["findings"] if wanted.intersection(f["measures"])
        ]
    else:
        findings = data["findings"]
        wanted = {place for finding in findings for place in finding["measures"]}
    wanted |= {place for finding in findings for place in finding["measures"]}
    order = {place: n for n, place in enumerate(sorted(wanted))}
    shown = {
        **{key: data[key] for key in ("schema", "pair", "lake")},
        "findings": [
            finding | {"measures": [order[place] for place in finding["measures"]]}
            for finding in findings
        ],
        "measures": [data["measures"][place] for place in order],
        "absent": [gap for gap in data["absent"] if pillar in ("", gap["pillar"])],
    }
    if pillar in ("", "promises"):
        shown["commitments"] = data["commitments"] if pillar else len(data["commitments"])
    return shown


def _shock(change: str, amount: str) -> str | None:
    if change == "embargo":
        return "embargo"
    return (amount or "25%") if change == "shock" else None


def _codes(a: str, b: str) -> tuple[str, str]:
    return catalogue.country(a).iso3, catalogue.country(b).iso3
