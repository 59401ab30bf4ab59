"""What docs/api.md says is sent is sent."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "api.md"
_BLOCK = re.compile(r"```\n((?:GET|POST) [^`]*?)```\n(?:```json\n(.*?)```)?", re.DOTALL)


def examples():
    for asked, shown in _BLOCK.findall(PAGE.read_text("utf-8")):
        lines = asked.strip().splitlines()
        if lines[0].startswith("POST"):
            yield lines[0], lines[1], shown
        else:
            for line in lines:
                yield line, "", shown


def holds(whole, part):
    """Return whether everything that a document shows is in what was sent."""
    if isinstance(part, dict):
        return all(key in whole and holds(whole[key], value) for key, value in part.items())
    if isinstance(part, list):
        return len(whole) >= len(part) and all(
            holds(a, b) for a, b in zip(whole, part, strict=False)
        )
    return whole == part


@pytest.mark.parametrize(("asked", "body", "shown"), list(examples()))
def test_an_example_is_what_is_sent(client, asked, body, shown):
    method, path = asked.split(" ", 1)
    answer = client.request(
        method, path, content=body, headers={"content-type": "application/json"}
    )
    if not shown:
        assert answer.status_code == 200
        assert answer.content
        return
    assert holds(answer.json(), json.loads(shown)), answer.text[:400]


def test_every_request_of_the_page_is_in_the_schema(client):
    schema = client.get("/api/v1/openapi.json").json()["paths"]
    known = {path.removeprefix("/api/v1") for path in schema}
    listed = re.search(r"## What can be asked\n(.*?)\nCountries are", PAGE.read_text(), re.DOTALL)
    named = set(re.findall(r"`(?:GET|POST) (/[^`]*)`", listed[1]))
    assert named == known


def test_the_service_shows_its_own_page(client):
    page = client.get("/api/docs")
    assert page.status_code == 200
    assert "GET /api/v1/pairs/{a}/{b}/settlement" in page.text
