"""From a question to a response: the envelope in JSON, or a file to download."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Path, Response
from pydantic import BaseModel, ConfigDict, Field

from comity.web import files
from comity.web.answers import Answer, Vintage
from comity.web.api.envelope import Failure, envelope
from comity.web.files import MEDIA, Format
from comity.web.state import KEPT, State

Name = Annotated[
    str,
    Path(
        min_length=1,
        max_length=80,
        description="A country: ISO2, ISO3 or a name.",
        examples=["IND", "RUS", "India"],
    ),
]
Side = Annotated[
    str,
    Path(
        min_length=1,
        max_length=80,
        description="A country or a bloc.",
        examples=["IND", "EAEU"],
    ),
]
ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": Failure, "description": words}
    for status, words in {
        400: "The question cannot be answered as it was asked.",
        404: "Nothing is known by that name, or the lake has nothing on it.",
        409: "The link names another vintage.",
        413: "The request is too large.",
        422: "A parameter or the text does not fit.",
        429: "Too many requests from this address.",
        503: "Too much is being computed, or the data cannot be read.",
    }.items()
}


FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The answer in its envelope, or as the file asked for.",
        "content": {kind.split(";")[0]: {} for kind in MEDIA.values() if "json" not in kind},
    }
}


class Asked(BaseModel):
    """What every answer takes."""

    model_config = ConfigDict(extra="forbid")

    format: Format = Field(Format.json, description="The envelope in JSON, or a file.")
    chart: str = Field(
        "", max_length=80, description="Only this chart: its picture, table or specification."
    )
    vintage: str = Field("", max_length=120, description="Refuse to answer from any other vintage.")

    @property
    def own(self) -> dict[str, Any]:
        """What is asked beyond that, by name."""
        return self.model_dump(exclude=set(Asked.model_fields))


class AskedOfYear(Asked):
    """What answers that can be read as of a year take."""

    year: int | None = Field(
        None, ge=1900, le=2100, description="Read the data as if nothing later existed."
    )


async def respond(
    state: State, asked: Asked, ask: Callable[..., Answer], *args: object, **given: object
) -> Response:
    """Answer in the form asked for.

    Parameters
    ----------
    state : State
    asked : Asked
        Form, chart and vintage.
    ask : callable
        A function of `comity.web.answers`, with its arguments.
    """
    vintage = state.at(asked.vintage)
    answer = await state.ask(ask, *args, at=vintage, **given)
    return await deliver(state, asked, answer, vintage)


async def deliver(state: State, asked: Asked, answer: Answer, vintage: Vintage) -> Response:
    """Write an answer in the form asked for."""
    if asked.chart:
        body = await state.run(files.write_chart, answer, asked.chart, asked.format)
        return _file(body, asked.format, f"{answer.stem}-{asked.chart}")
    if asked.format is Format.json:
        body = await state.run(_encode, answer, vintage)
        return Response(body, media_type=MEDIA[Format.json], headers={"Cache-Control": KEPT})
    body = await state.run(files.write, answer, asked.format)
    return _file(body, asked.format, answer.stem)


def _encode(answer: Answer, vintage: Vintage) -> bytes:
    return encode(envelope(answer, vintage))


def encode(document: object) -> bytes:
    """Return JSON as bytes."""
    text = json.dumps(
        document, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=str
    )
    return text.encode("utf-8", "replace")


def _file(body: bytes, format: Format, stem: str) -> Response:  # noqa: A002
    disposition = f'attachment; filename="{stem}.{format}"'
    headers = {"Cache-Control": KEPT, "Content-Disposition": disposition}
    return Response(body, media_type=MEDIA[format], headers=headers)
