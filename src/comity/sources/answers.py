"""What a publisher's interface answered, kept as it came beside what was asked.

Some interfaces do not say in an answer what the question was, and some answer page by page. Their
fetchers keep both in one JSON file, which `comity add` reads like a publisher's own.
"""

from __future__ import annotations

import datetime as dt
import gzip
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from comity.errors import InputFileError
from comity.sources.parts import keep
from comity.sources.publisher import Sample

_HINT = "Fetch it again with 'comity fetch'."


@dataclass(frozen=True, slots=True)
class Answer:
    """One question and what came back.

    Attributes
    ----------
    asked : mapping of str to str
        What the question was about, such as the country and the year.
    body : object
        The answer's JSON.
    """

    asked: Mapping[str, str]
    body: Any


def save_answers(path: Path, publisher: str, answers: Sequence[Answer]) -> Path:
    """Write answers to one file, whole or not at all, with today's date.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    content = {
        "answers_of": publisher,
        "retrieved": dt.datetime.now(tz=dt.UTC).date().isoformat(),
        "answers": [{"asked": dict(answer.asked), "body": answer.body} for answer in answers],
    }
    return keep(path, json.dumps(content, ensure_ascii=False).encode())


def day_of(sample: Sample, publisher: str) -> str | None:
    """Return the day on which a file of a publisher's answers was fetched; None for other files."""
    start = re.match(
        r'\s*\{\s*"answers_of"\s*:\s*"([^"]*)"\s*,\s*"retrieved"\s*:\s*"(\d{4}-\d\d-\d\d)"',
        sample.text,
    )
    return start[2] if start and start[1] == publisher else None


def load_answers(path: Path) -> list[Answer]:
    """Return the answers that a file holds.

    Raises
    ------
    InputFileError
        The file is absent, broken off or holds something else.
    """
    try:
        content = path.read_bytes()
        if content[:2] == b"\x1f\x8b":
            content = gzip.decompress(content)
        entries = json.loads(content)["answers"]
        return [Answer(dict(entry["asked"]), entry["body"]) for entry in entries]
    except FileNotFoundError:
        raise InputFileError(f"{path} is not there.", "Give the path of a file.") from None
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise InputFileError(f"{path.name} holds no answers ({error}).", _HINT) from None


def message_of(body: str) -> str:
    """Return what an interface says is wrong, from the JSON of its errors; empty if nothing."""
    try:
        said = json.loads(body)
        return str(said.get("message") or said.get("error") or "")
    except (ValueError, AttributeError):
        return ""
