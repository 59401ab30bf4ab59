"""What every answer and every error of the API looks like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, Field

from comity.errors import (
    AppendOnlyError,
    ComityError,
    InputFileError,
    LakeError,
    LedgerError,
    NoDataError,
    UnknownNameError,
)
from comity.web.answers import Answer, Vintage
from comity.web.state import BusyError, OtherVintageError


class Meta(BaseModel):
    """What an answer rests on."""

    vintage: str = Field(description="Lake, ledger, day and version: what a permanent link names.")
    lake: dict[str, str] = Field(description="Id and vintage of the data.")
    ledger: dict[str, str] = Field(description="Id and name of the ledger of promises.")
    as_of: str = Field(description="The day on which promises are judged.")
    version: str = Field(description="Version of comity.")
    sources: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="Every source of the answer, by id."
    )
    page: dict[str, int] | None = Field(
        default=None, description="Of a list: total, offset, limit."
    )


class Envelope(BaseModel):
    """An answer."""

    data: Any
    meta: Meta


class Problem(BaseModel):
    """What went wrong, in a sentence, and what to do about it."""

    code: str
    message: str
    hint: str = ""


class Failure(BaseModel):
    """An error."""

    error: Problem


_STATUS: tuple[tuple[type[ComityError], int], ...] = (
    (BusyError, 503),
    (OtherVintageError, 409),
    (AppendOnlyError, 409),
    (NoDataError, 404),
    (UnknownNameError, 404),
    (InputFileError, 422),
    (LedgerError, 503),
    (LakeError, 503),
)


def status_of(error: ComityError) -> int:
    """Return the HTTP status of an error; 400 for what a visitor can put right."""
    own = getattr(error, "status", None)
    if isinstance(own, int):
        return own
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 400)


def failure(code: str, message: str, hint: str = "") -> dict[str, Any]:
    """Return an error as it is sent."""
    return {"error": {"code": code, "message": message, "hint": hint}}


def envelope(answer: Answer, vintage: Vintage) -> dict[str, Any]:
    """Return an answer as it is sent."""
    return enclose(answer.data(), vintage, answer.sources)


def enclose(
    data: object,
    vintage: Vintage,
    sources: Mapping[str, Mapping[str, Any]] | None = None,
    page: Mapping[str, int] | None = None,
) -> dict[str, Any]:
    """Return data as they are sent."""
    about = vintage.as_dict() | {"sources": sources or {}}
    return {"data": data, "meta": about | ({"page": page} if page else {})}


def page_of(rows: Sequence[Any], offset: int, limit: int) -> tuple[list[Any], dict[str, int]]:
    """Return a part of a list, and which."""
    return list(rows[offset : offset + limit]), {
        "total": len(rows),
        "offset": offset,
        "limit": limit,
    }
