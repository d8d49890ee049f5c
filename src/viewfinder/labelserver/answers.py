"""How answers look: CVAT's content type, exact numbers, and CVAT's forms of errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from viewfinder.labelserver.errors import RefusalError

__all__ = ["CvatResponse", "field_errors", "json_bytes", "refusal_response"]

CVAT_MEDIA_TYPE = "application/vnd.cvat+json"


def _plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump()
    raise TypeError(f"{type(value).__name__} is no part of an answer")


def json_bytes(content: object) -> bytes:
    """Content as JSON; floats are written with as many digits as bring back the same bits."""
    return msgspec.json.encode(content, enc_hook=_plain)


class CvatResponse(JSONResponse):
    """A JSON answer with CVAT's content type."""

    media_type = CVAT_MEDIA_TYPE

    def render(self, content: Any) -> bytes:
        """The body."""
        return content if isinstance(content, bytes) else json_bytes(content)


def refusal_response(_request: Request, error: Exception) -> Response:
    """The answer to a client for a refusal."""
    assert isinstance(error, RefusalError)
    return CvatResponse(error.body, status_code=error.status, headers=error.headers)


def field_errors(errors: Sequence[Any]) -> object:
    """Pydantic's errors in the form of CVAT's: sentences nested as the request is.

    Args:
        errors: what ``ValidationError.errors()`` gives
    """
    tree: dict[Any, Any] = {}
    for error in errors:
        path = list(error["loc"]) or ["non_field_errors"]
        if error["type"] in _CONTAINERS:
            path.append("non_field_errors")
        node = tree
        for step in path[:-1]:
            node = node.setdefault(step, {})
            if isinstance(node, list):
                break
        else:
            node.setdefault(path[-1], [])
            if isinstance(node[path[-1]], list):
                node[path[-1]].append(_sentence(error))
    return _with_lists(tree)


def _with_lists(node: Any) -> Any:
    """Dicts whose keys are positions become lists, with {} for the items that are right."""
    if not isinstance(node, dict):
        return node
    if node and all(isinstance(key, int) for key in node):
        return [_with_lists(node.get(position, {})) for position in range(max(node) + 1)]
    return {str(key): _with_lists(value) for key, value in node.items()}


def _sentence(error: Any) -> str:
    kind, given = str(error["type"]), error.get("input")
    if kind in {"missing", "literal_error", "enum", *_CONTAINERS}:
        template = _SENTENCES[kind]
    elif given is None:
        template = "This field may not be null."
    else:
        # int_parsing, int_from_float, … are one mistake to a client.
        template = _SENTENCES.get(kind) or _SENTENCES.get(kind.partition("_")[0], "{message}")
    return template.format(
        given=given,
        given_type=type(given).__name__,
        message=error["msg"],
        **{"max_length": "", "ge": "", "le": "", **(error.get("ctx") or {})},
    )


_CONTAINERS = ("list_type", "model_type", "model_attributes_type", "dict_type")
_NO_DICTIONARY = "Invalid data. Expected a dictionary, but got {given_type}."
_SENTENCES = {
    "missing": "This field is required.",
    "literal_error": '"{given}" is not a valid choice.',
    "enum": '"{given}" is not a valid choice.',
    "list_type": 'Expected a list of items but got type "{given_type}".',
    "model_type": _NO_DICTIONARY,
    "model_attributes_type": _NO_DICTIONARY,
    "dict_type": _NO_DICTIONARY,
    "string_too_short": "This field may not be blank.",
    "string_too_long": "Ensure this field has no more than {max_length} characters.",
    "string_type": "Not a valid string.",
    "int": "A valid integer is required.",
    "float": "A valid number is required.",
    "finite_number": "A finite number is required.",
    "bool": "Must be a valid boolean.",
    "greater_than_equal": "Ensure this value is greater than or equal to {ge}.",
    "less_than_equal": "Ensure this value is less than or equal to {le}.",
}
