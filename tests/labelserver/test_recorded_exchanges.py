"""What a real CVAT 2.15 was asked by its clients, and answered; see :mod:`.replay`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.labelserver.replay import RECORDED, Replay

if TYPE_CHECKING:
    from tests.labelserver.conftest import Asker


@pytest.mark.parametrize("name", sorted(path.stem for path in RECORDED.glob("*.jsonl")))
def test_recorded_exchanges(ask: Asker, name: str) -> None:
    replay = Replay(ask, name)
    replay.run()
    assert replay.compared > 20
