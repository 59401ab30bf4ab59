"""What a form asks: its fields read by the API's own models, so that both take the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from comity.errors import UsageError

M = TypeVar("M", bound=BaseModel)


def read(model: type[M], given: Mapping[str, str]) -> M:
    """Return a form's fields as a model of the API; a field left empty keeps its default.

    Raises
    ------
    UsageError
        A field does not fit: the sentence names it.
    """
    filled = {name: value.strip() for name, value in given.items() if value.strip()}
    try:
        return model.model_validate(filled)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]).replace("_", " ") if first["loc"] else "The form"
        raise UsageError(
            f"'{field}' does not fit: {first['msg'][:1].lower()}{first['msg'][1:]}.",
            "Correct the field, or leave it empty.",
        ) from None
