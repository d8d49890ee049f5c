"""Ids are unique and ordered, also across forks and within one second."""

from __future__ import annotations

import os

import pytest

from viewfinder.ids import IdGenerator, id_from_bytes, id_to_bytes, is_id, new_id, new_ids


def test_many_ids_are_unique_and_in_ascending_order() -> None:
    ids = [*new_ids(50_000), new_id()]
    assert len(set(ids)) == len(ids)
    assert ids == sorted(ids)
    assert all(map(is_id, ids))


def test_more_ids_than_one_counter_holds_stay_unique_and_ordered() -> None:
    generator = IdGenerator()
    generator.counter = (1 << 24) - 3
    ids = generator.take(10)
    assert len(set(ids)) == 10
    assert ids == sorted(ids)


def test_bytes_and_back() -> None:
    identifier = new_id()
    assert len(id_to_bytes(identifier)) == 12
    assert id_from_bytes(id_to_bytes(identifier)) == identifier
    with pytest.raises(ValueError, match="24 hexadecimal digits"):
        id_to_bytes("abcd")


@pytest.mark.parametrize("text", ["", "xyz", "A" * 24, "0" * 23, None, 5])
def test_what_is_no_id(text: object) -> None:
    assert not is_id(text)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform does not fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_makes_other_ids() -> None:
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.write(write, "".join(new_ids(20)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    text = os.read(read, 24 * 20).decode()
    theirs = {text[i : i + 24] for i in range(0, len(text), 24)}
    assert len(theirs) == 20
    assert not theirs & set(new_ids(1000))
