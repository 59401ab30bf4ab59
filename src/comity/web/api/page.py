"""The page on the API, made from its own schema."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Response

from comity.web.answers import Vintage
from comity.web.pages import frame
from comity.web.state import State

AT = "/api/docs"


def include(app: FastAPI, state: State) -> None:
    """Put the page into the service.

    Parameters
    ----------
    app : FastAPI
        The service, with all of its routes.
    state : State
    """

    @app.get(AT, include_in_schema=False)
    async def docs() -> Response:
        return await state.light(render, app.openapi(), str(app.openapi_url), state.vintage)


def render(schema: dict[str, Any], address: str, vintage: Vintage) -> str:
    """Return the page of a schema."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, operations in schema["paths"].items():
        for method, about in operations.items():
            groups.setdefault((about.get("tags") or ["other"])[0], []).append(
                {
                    "method": method.upper(),
                    "path": path,
                    "words": about.get("description") or about.get("summary", ""),
                    "parameters": [_parameter(p) for p in about.get("parameters", [])],
                }
            )
    return frame.show("api.html.j2", vintage, AT, schema=address, groups=list(groups.items()))


def _parameter(about: dict[str, Any]) -> tuple[str, str, str, str]:
    usual = about.get("schema", {}).get("default", "")
    shown = "" if usual in (None, "") else str(usual).lower() if usual in (True, False) else usual
    required = "required" if about.get("required") else str(shown)
    return about["name"], about["in"], required, about.get("description", "")
