"""The tree of errors: drawn whole, and each message says what to do."""

from __future__ import annotations

import pytest

from viewfinder import errors
from viewfinder.errors import (
    AnnotationRunExistsError,
    DatasetNotFoundError,
    FieldNotFoundError,
    MediaNotFoundError,
    MissingPackageError,
    ViewfinderError,
)
from viewfinder.optional import require


def test_every_error_is_drawn_in_the_tree_and_exported() -> None:
    classes = [
        value
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, ViewfinderError)
    ]
    assert {cls.__name__ for cls in classes} == set(errors.__all__)
    assert errors.__doc__ is not None
    for cls in classes:
        assert cls.__name__ in errors.__doc__, cls


@pytest.mark.parametrize(
    ("error", "builtin", "words"),
    [
        (
            DatasetNotFoundError("quikstart", ["quickstart"]),
            ValueError,
            "Did you mean 'quickstart'",
        ),
        (DatasetNotFoundError("x"), ValueError, "There are none yet"),
        (FieldNotFoundError("lable", "The dataset", ["label"]), KeyError, "Did you mean 'label'"),
        (MediaNotFoundError("/gone.jpg"), FileNotFoundError, "/gone.jpg"),
        (AnnotationRunExistsError("fix"), ValueError, "delete_annotation_run('fix')"),
    ],
)
def test_messages_help_and_builtins_catch(
    error: ViewfinderError, builtin: type[Exception], words: str
) -> None:
    assert isinstance(error, builtin)
    assert words in str(error)


def test_a_missing_optional_package_names_its_extra() -> None:
    with pytest.raises(MissingPackageError, match=r"viewfinder\[torch\]"):
        require("no_such_package_here", extra="torch", purpose="Applying a torch model")
