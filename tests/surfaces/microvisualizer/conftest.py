"""The gateway of a test, with a project drawn in it."""

import pytest

from tests.surfaces.microvisualizer.office import furnish
from tests.surfaces.stubs import Gateway


@pytest.fixture(autouse=True)
def _furnished(gateway: Gateway) -> None:
    furnish(gateway)
