"""Fixtures that tests of every folder may ask for; each module says what it starts."""

import pytest

pytest_plugins = ["tests.support.postgres", "tests.support.nats", "tests.support.stack"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests of the shared stack go to one worker: a second stack would only slow both down."""
    for item in items:
        if "stack" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("stack"))
            item.add_marker(pytest.mark.stack)
