"""The page that checks a text: what it claims and promises, set against the data."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

from fastapi import APIRouter, Form, Response
from fastapi.responses import HTMLResponse

from comity.errors import ComityError, UsageError
from comity.intent.reading import Reading, as_dict
from comity.intent.reading import page as reading
from comity.intent.reading.rows import rows
from comity.intent.reading.verdicts import Verdict, name_of
from comity.web import answers
from comity.web.answers import Answer, Vintage
from comity.web.api.envelope import status_of
from comity.web.pages import frame
from comity.web.state import State

LONGEST = 500_000
_EXAMPLE = (
    "India and Russia want trade of 100 billion dollars a year by 2030. In 2023 Russia sold India "
    "goods worth about 66 billion dollars, and India sold Russia goods worth 4 billion dollars. "
    "Some 7,500 people born in India live in Russia."
)


def router(state: State) -> APIRouter:
    """Return the routes of the check."""
    pages = APIRouter()

    @pages.get("/check")
    async def ask(example: bool = False) -> Response:
        return await state.light(render, state.vintage, _EXAMPLE if example else "")

    @pages.post("/check")
    async def check(
        text: Annotated[str, Form(max_length=LONGEST)] = "",
        a: Annotated[str, Form(max_length=80)] = "",
        b: Annotated[str, Form(max_length=80)] = "",
        date: Annotated[str, Form(max_length=40)] = "",
    ) -> Response:
        vintage = state.vintage
        given = {"a": a.strip(), "b": b.strip(), "date": date.strip()}
        try:
            if not text.strip():
                raise UsageError("There is no text to check.", "Paste an article or a speech.")
            answer = await state.run(answers.check, vintage, text, **given)
            written = await state.run(render, vintage, text, given, answer)
        except ComityError as error:
            written = await state.run(render, vintage, text, given, None, error)
            return HTMLResponse(written, status_of(error), headers={"Cache-Control": "no-store"})
        # A text belongs to who sent it: neither it nor its answer is kept.
        return HTMLResponse(written, headers={"Cache-Control": "no-store"})

    return pages


def render(
    vintage: Vintage,
    text: str,
    given: dict[str, str] | None = None,
    answer: Answer | None = None,
    error: ComityError | None = None,
) -> str:
    """Return the form and, beneath it, the text with its claims marked."""
    shown = {} if answer is None else _shown(answer)
    return frame.show(
        "examine.html.j2",
        vintage,
        "/check",
        text=text,
        given=given or {"a": "", "b": "", "date": ""},
        error=error,
        longest=LONGEST,
        **({"found": False} | shown),
    )


def _shown(answer: Answer) -> dict[str, object]:
    read = answer.content
    assert isinstance(read, Reading)  # noqa: S101 - what `answers.check` answers
    listed = rows(read)
    counts = Counter(row.verdict for row in listed)
    return {
        "found": True,
        "reading": read,
        "data": as_dict(read),
        "rows": listed,
        "counts": [(verdict, counts[verdict]) for verdict in Verdict if counts[verdict]],
        "symbols": reading.SYMBOLS,
        "meanings": reading.MEANINGS,
        "names": tuple(name_of(side) for side in read.pair),
        "paragraphs": list(reading.paragraphs(read, listed)),
    }
