"""A stage is a frozen value that says how a view differs from the view before it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Self, TypeVar

from viewfinder.errors import ExpressionError
from viewfinder.expr import Plan, as_node, from_json, to_json
from viewfinder.expr.nodes import Literal, Node
from viewfinder.expr.types import Scope, type_of
from viewfinder.ids import plain_id
from viewfinder.schema import (
    FRAMES_PREFIX,
    DatasetSchema,
    EmbeddedDocumentField,
    Place,
    resolve,
)

__all__ = [
    "STAGES",
    "ViewStage",
    "check_condition",
    "constants",
    "label_field",
    "label_list_path",
    "literals",
    "names",
    "sample_ids",
    "stage_from_json",
]


@dataclass(frozen=True)
class ViewStage:
    """Any stage. Its arguments are checked against the fields of a view by :meth:`validate`."""

    HIDDEN: ClassVar[tuple[str, ...]] = ()
    """Values that are no argument of the user's."""

    def validate(self, schema: DatasetSchema) -> None:
        """Makes sure that the stage means something where these fields are.

        Raises:
            FieldNotFoundError: when it names a field that is not there
            ExpressionError: when it can't mean anything for the types of the fields
        """

    def lower(self, plan: Plan, schema: DatasetSchema) -> Plan:
        """The plan of a view with this stage, from the plan and the fields of the one before."""
        raise NotImplementedError

    def to_json(self) -> dict[str, Any]:
        """The form in which views are saved and sent."""
        values = {part.name: to_json(getattr(self, part.name)) for part in fields(self)}
        return {"stage": type(self).__name__, **values}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The stage that :meth:`to_json` wrote."""
        return cls(**{name: from_json(value) for name, value in data.items() if name != "stage"})

    def __str__(self) -> str:
        shown = []
        for part in fields(self):
            value = getattr(self, part.name)
            if part.name in self.HIDDEN or value == part.default:
                continue
            shown.append(f"{part.name}={_shown(value)}")
        return f"{type(self).__name__}({', '.join(shown)})"


_Stage = TypeVar("_Stage", bound=ViewStage)

STAGES: dict[str, type[ViewStage]] = {}
"""All stages by name; each room file adds its own with :func:`register`."""


def register(cls: type[_Stage]) -> type[_Stage]:
    """Adds a stage to :data:`STAGES`."""
    STAGES[cls.__name__] = cls
    return cls


def stage_from_json(data: Mapping[str, Any]) -> ViewStage:
    """The stage that :meth:`ViewStage.to_json` wrote.

    Raises:
        ExpressionError: when it is not understood
    """
    name = data.get("stage")
    if name not in STAGES:
        raise ExpressionError(
            f"There is no view stage {name!r}. It may have been written by a newer version."
        )
    try:
        return STAGES[name].from_json(data)
    except (KeyError, TypeError) as error:
        raise ExpressionError(f"This is not the JSON form of {name}: {error}.") from error


def _shown(value: Any) -> str:
    if isinstance(value, Node):
        return str(value)
    if isinstance(value, tuple):
        text = ", ".join(_shown(item) for item in value[:10])
        return f"[{text}{', …' if len(value) > 10 else ''}]"
    return repr(value)


def set_value(stage: ViewStage, name: str, value: Any) -> None:
    """Sets a value of a stage while it is being made."""
    object.__setattr__(stage, name, value)


def condition(value: Any, stage: str) -> Node:
    """The node of a filter that was given to a stage."""
    if isinstance(value, dict):
        raise ExpressionError(
            f"{stage} takes an expression such as F('label') == 'cat'. Conditions written as "
            "MongoDB dicts are not supported."
        )
    return as_node(value)


def check_condition(node: Node, schema: DatasetSchema, field: str | None = None) -> None:
    """Raises where a condition means nothing for samples, or for the labels of a field."""
    scope = Scope(schema)
    if field is not None:
        scope = scope.inside(label_type(schema, field))
    type_of(node, scope)


def label_type(schema: DatasetSchema, field: str) -> Any:
    """The type of one label of a field."""
    name = label_field(schema, field)
    if name.startswith(FRAMES_PREFIX):
        return label_type(schema.frames, name.removeprefix(FRAMES_PREFIX))
    value = Scope(schema).lookup(label_list_path(schema, name))
    return value.element if value.element is not None else value


def label_field(schema: DatasetSchema, path: str) -> str:
    """The name of a label field, from its name or the path of its list.

    Raises:
        FieldNotFoundError: when there is none of that name
        ExpressionError: when it holds no labels
    """
    found = resolve(schema, path)
    if found.place is not Place.LABELS:
        labels = ", ".join(sorted(schema.all_label_fields)) or "none"
        raise ExpressionError(
            f"Field '{path}' holds no labels. The label fields here are: {labels}."
        )
    return found.root


def label_list_path(schema: DatasetSchema, field: str) -> str:
    """The path of a field's labels: ``predictions.detections``; of a single label the field."""
    part = schema.holder(field)
    assert isinstance(part, EmbeddedDocumentField)
    if not part.is_label_list:
        return field
    return f"{field}.{getattr(part.document_type, 'LIST_NAME')}"  # noqa: B009


def names(value: str | Iterable[str] | None) -> tuple[str, ...]:
    """One name or several, as a tuple."""
    if value is None:
        return ()
    value = plain_id(value)
    found = (value,) if isinstance(value, str) else tuple(map(plain_id, value))
    for name in found:
        if not isinstance(name, str):
            raise ExpressionError(f"A name is needed, not {name!r}.")
    return found


def sample_ids(value: Any) -> tuple[str, ...]:
    """Ids from an id, a sample, or several of them, such as a view."""
    value = plain_id(value)
    if isinstance(value, str) or hasattr(value, "filepath"):
        value = [value]
    found: tuple[Any, ...] = tuple(
        item if isinstance(item, str) else getattr(item, "id", None)
        for item in map(plain_id, value)
    )
    if not all(isinstance(item, str) for item in found):
        raise ExpressionError(
            "Samples are chosen by their ids or as Sample objects that are in a dataset."
        )
    return found


def literals(values: Iterable[Any]) -> tuple[Literal, ...]:
    """Constants as nodes."""
    return tuple(Literal(value) for value in values)


def constants(value: Any) -> tuple[Any, ...]:
    """One constant or several, as a tuple."""
    several = isinstance(value, (list, tuple, set, frozenset))
    items = sorted(value, key=repr) if isinstance(value, (set, frozenset)) else value
    return tuple(map(plain_id, items)) if several else (plain_id(value),)
