"""Styles, scripts and pictures under ``/static``; all come out of the installed package."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, HTTPException, Response

from comity.web.pages import frame
from comity.web.state import State

# The address changes with the content, so what it names never does.
_FOREVER = "public, max-age=31536000, immutable"


def router(_: State) -> APIRouter:
    """Return the route of the files."""
    pages = APIRouter()

    @pages.get("/static/{name}")
    async def static(name: str) -> Response:
        try:
            content = await asyncio.to_thread(frame.content, name)
        except KeyError:
            raise HTTPException(404, f"There is no file '{name}' here") from None
        media = frame.TYPES[name.rsplit(".", 1)[-1]]
        return Response(content, media_type=media, headers={"Cache-Control": _FOREVER})

    return pages
