"""How answers look: CVAT's content type, exact numbers, and CVAT's forms of errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

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


class CvatResponse(Response):
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
        if error["type"] in {"list_type", "model_type", "model_attributes_type", "dict_type"}:
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
    given = error.get("input")
    context = error.get("ctx") or {}
    match error["type"]:
        case "missing":
            return "This field is required."
        case "literal_error" | "enum":
            return f'"{given}" is not a valid choice.'
        case "list_type":
            return f'Expected a list of items but got type "{type(given).__name__}".'
        case "model_type" | "model_attributes_type" | "dict_type":
            kind = type(given).__name__
            return f"Invalid data. Expected a dictionary, but got {kind}."
        case _ if given is None:
            return "This field may not be null."
        case "string_too_short":
            return "This field may not be blank."
        case "string_too_long":
            return f"Ensure this field has no more than {context['max_length']} characters."
        case "string_type":
            return "Not a valid string."
        case kind if kind.startswith("int_"):
            return "A valid integer is required."
        case kind if kind.startswith("float_"):
            return "A valid number is required."
        case "finite_number":
            return "A finite number is required."
        case kind if kind.startswith("bool_"):
            return "Must be a valid boolean."
        case "greater_than_equal":
            return f"Ensure this value is greater than or equal to {context['ge']}."
        case "less_than_equal":
            return f"Ensure this value is less than or equal to {context['le']}."
        case _:
            return str(error["msg"])
