"""The tools for language models: the API's figures, with citations."""

from __future__ import annotations

import json
import sys

import pytest

mcp = pytest.importorskip("mcp")

from comity.web.settings import Settings  # noqa: E402
from comity.web.state import State  # noqa: E402
from comity.web.tools import server  # noqa: E402


@pytest.fixture(scope="module")
def service():
    return server(State(Settings(lake="starter", ledger="starter")))


@pytest.fixture
def tools(service, run):
    """Return a function that calls a tool by its name."""

    def call(name, given):
        async def go():
            async with mcp.Client(service) as client:
                return await client.call_tool(name, given)

        return run(go())

    return call


def call(tools, name, /, **given):
    return tools(name, given)


def data(tools, name, /, **given):
    answer = call(tools, name, **given)
    assert not answer.is_error, answer.content
    return json.loads(answer.content[0].text)


def test_a_pair_has_the_figures_of_the_api_and_each_is_cited(tools, client):
    told = data(tools, "pair", a="India", b="Russia", pillar="trade")
    api = client.get("/api/v1/pairs/IND/RUS").json()
    figures = [m for m in api["data"]["measures"] if m["pillar"] == "trade"]
    assert [m for m in told["data"]["measures"] if m["pillar"] == "trade"] == figures
    named = {m["source"] for m in told["data"]["measures"]}
    assert named <= set(told["citations"])
    assert all(told["citations"][name]["citation"] for name in named)
    assert told["meta"]["lake"] == api["meta"]["lake"]


def test_findings_name_their_figures_by_place(tools):
    told = data(tools, "pair", a="IND", b="RUS")["data"]
    api = [finding["text"] for finding in told["findings"]]
    assert api
    assert all(
        0 <= place < len(told["measures"])
        for finding in told["findings"]
        for place in finding["measures"]
    )
    assert isinstance(told["commitments"], int)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("find_countries", {"name": "korea"}),
        ("promises", {"a": "IND", "b": "RUS", "rows": 3}),
        ("trade_targets", {}),
        ("settle", {"a": "IND", "b": "RUS", "group": "BRICS"}),
        ("sea_route", {"start": "Mumbai", "end": "Novorossiysk"}),
        ("sources", {}),
        ("complexity", {"country": "IND"}),
        ("check_text", {"text": "Trade of India and Russia was $68.7 billion in FY2024-25."}),
    ],
)
def test_every_tool_answers(tools, name, given):
    told = data(tools, name, **given)
    assert told["data"]
    assert told["meta"]["vintage"]


def test_what_is_left_out_is_said(tools):
    told = data(tools, "promises", a="IND", b="RUS", rows=3)["data"]
    whole = data(tools, "promises", a="IND", b="RUS", rows=1000)["data"]
    assert len(told["commitments"]) == 3
    assert told["rows_left_out"]["commitments"] == len(whole["commitments"]) - 3


def test_an_error_is_the_same_sentence(tools):
    answer = call(tools, "pair", a="IND", b="Rusia")
    assert answer.is_error
    assert "Did you mean Russia" in answer.content[0].text


def test_the_command_serves_on_standard_input(run):
    async def go():
        command = mcp.StdioServerParameters(
            command=sys.executable, args=["-m", "comity", "mcp", "--ledger", "starter"]
        )
        async with mcp.Client(command) as client:
            return [tool.name for tool in (await client.list_tools()).tools]

    assert "pair" in run(go())
