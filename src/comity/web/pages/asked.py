"""What a form asks: its fields read by the API's own models, so that both take the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from comity.brief import text
from comity.errors import UsageError
from comity.web.api.respond import Asked

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
        field = str(first["loc"][0]) if first["loc"] else "The form"
        if first["type"] == "extra_forbidden":
            raise UsageError(
                f"This page has no field '{field}'.", f"It has {_fields(model)}."
            ) from None
        said = _WORDS.get(first["type"], first["msg"][:1].lower() + first["msg"][1:])
        raise UsageError(
            f"'{first['input']}' does not fit '{field.replace('_', ' ')}': "
            f"{said.format(**first.get('ctx', {}))}.",
            "Correct the field, or leave it empty.",
        ) from None


_WORDS = {
    "float_parsing": "a number is needed",
    "int_parsing": "a whole number is needed",
    "int_from_float": "a whole number is needed",
    "bool_parsing": "'true' or 'false' is needed",
    "literal_error": "{expected} is needed",
    "greater_than": "it has to be above {gt:g}",
    "greater_than_equal": "it has to be {ge:g} or more",
    "less_than": "it has to be below {lt:g}",
    "less_than_equal": "it has to be {le:g} or less",
    "string_too_long": "it may have {max_length} letters",
}
"""What is wrong with a field, by the validator's name for it."""


def _fields(model: type[BaseModel]) -> str:
    names = (
        field.alias or name
        for name, field in model.model_fields.items()
        if name not in Asked.model_fields
    )
    return text.listed(list(names))
