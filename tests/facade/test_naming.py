from __future__ import annotations

import re

import viewfinder as vf


def test_a_name_that_is_taken_gets_a_number() -> None:
    assert vf.make_unique_dataset_name("pets") == "pets"
    for _ in range(2):
        vf.Dataset(vf.make_unique_dataset_name("pets"))
    assert vf.list_datasets() == ["pets", "pets-2"]


def test_a_name_is_made_from_the_time() -> None:
    name = vf.get_default_dataset_name()
    assert re.fullmatch(r"\d{4}(\.\d\d){5}", name)
    assert not vf.dataset_exists(name)
