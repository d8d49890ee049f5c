from __future__ import annotations

from pathlib import Path

import numpy as np

from viewfinder.annotate.out.pack import Naming, Source, packs
from viewfinder.annotate.schema import FieldPlan, LabelSchema
from viewfinder.annotate.stand_ins import labels_in
from viewfinder.cvat.to_cvat import LabelType
from viewfinder.labels import Classification, Detection, Detections


def schema(kind: LabelType = "detections", *, exists: bool = True) -> LabelSchema:
    plan = FieldPlan("gt", kind, "Detections", ("cat",), {"cat": ()}, {"cat": "cat"}, exists)
    return LabelSchema((plan,))


def sources(*names: str, value: object = None) -> list[Source]:
    return [Source(f"id{n}", Path(name), {"gt": value}) for n, name in enumerate(names)]


def test_all_in_one_task_or_numbered_ones() -> None:
    files = sources("a.jpg", "b.jpg", "c.jpg")
    one = list(packs(files, schema(), naming=Naming("t"), task_size=None, total=3))
    assert [(pack.name, len(pack.images)) for pack in one] == [("t", 3)]
    two = list(packs(files, schema(), naming=Naming("t", several=True), task_size=2, total=3))
    assert [(pack.name, len(pack.images)) for pack in two] == [("t_1", 2), ("t_2", 1)]


def test_images_of_the_same_name_get_names_of_their_own() -> None:
    files = sources("x/a.jpg", "y/a.jpg", "a-2.jpg", "z/a.jpg", "x/README", "y/README")
    (pack,) = packs(files, schema(), naming=Naming("t"), task_size=None, total=6)
    names = [image.name for image in pack.images]
    assert names == ["a.jpg", "a-3.jpg", "a-2.jpg", "a-4.jpg", "README", "README-2"]


def test_only_labels_that_are_drawn_as_the_field_is_annotated_go_along() -> None:
    box = Detection("cat", [0, 0, 1, 1])
    masked = Detection("cat", [0, 0, 1, 1], mask=np.ones((2, 2)))
    files = sources("a.jpg", value=Detections([box, masked]))
    for kind, expected in (("detections", box), ("instances", masked)):
        (pack,) = packs(files, schema(kind), naming=Naming("t"), task_size=None, total=1)  # type: ignore[arg-type]
        assert list(pack.images[0].labels["gt"]) == [expected]
    (pack,) = packs(files, schema(exists=False), naming=Naming("t"), task_size=None, total=1)
    assert dict(pack.images[0].labels) == {}


def test_labels_of_a_field() -> None:
    label = Classification("cat")
    assert labels_in(None) == []
    assert labels_in(label) == [label]
    assert labels_in(Detections([])) == []
