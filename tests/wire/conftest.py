"""A real label server in a process of its own, and the official cvat-sdk signed in to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from cvat_sdk import Client, make_client, models
from PIL import Image

from viewfinder.labelserver import embedded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from cvat_sdk.core.proxies.tasks import Task


@pytest.fixture(scope="session")
def wire_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("wire-home")
    yield home
    embedded.stop(home)


@pytest.fixture(scope="session")
def endpoint(wire_home: Path) -> embedded.Endpoint:
    return embedded.ensure_running(wire_home, timeout_secs=60)


@pytest.fixture
def client(endpoint: embedded.Endpoint) -> Iterator[Client]:
    with make_client(endpoint.url, credentials=(endpoint.username, endpoint.password)) as made:
        made.config.status_check_period = 0.05
        yield made


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    """Five pictures of different sizes and formats, of noise, so that no two are alike."""
    random = np.random.default_rng(51)
    paths = []
    for number, ending in enumerate(["jpg", "png", "jpg", "webp", "png"]):
        pixels = random.integers(0, 256, (48, 64 + number, 3), dtype=np.uint8)
        path = tmp_path / f"picture_{number}.{ending}"
        Image.fromarray(pixels).save(path)
        paths.append(path)
    return paths


LABELS = [
    {
        "name": "car",
        "color": "#ff0000",
        "attributes": [
            {
                "name": "make",
                "mutable": True,
                "input_type": "select",
                "values": ["vw", "fiat"],
                "default_value": "vw",
            },
            {"name": "note", "mutable": False, "input_type": "text", "values": []},
        ],
    },
    {"name": "person"},
    {
        "name": "body",
        "type": "skeleton",
        "svg": '<circle data-node-id="1" data-label-name="nose"></circle>'
        '<circle data-node-id="2" data-label-name="neck"></circle>',
        "sublabels": [{"name": "nose", "type": "points"}, {"name": "neck", "type": "points"}],
    },
]


@pytest.fixture
def make_task(client: Client) -> Callable[..., Task]:
    def make(paths: Sequence[Path], *, segment_size: int = 0, **data_params: object) -> Task:
        return client.tasks.create_from_data(
            models.TaskWriteRequest(name="wire", labels=LABELS, segment_size=segment_size),
            paths,
            data_params={"image_quality": 80, **data_params},
        )

    return make
