"""Fixtures that tests of every folder may ask for; each module says what it starts."""

import pytest

pytest_plugins = [
    "tests.support.postgres",
    "tests.support.nats",
    "tests.support.stack",
    "tests.support.containers",
]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """All tests of the shared stack go to one worker: a second stack would only slow both down."""
    for item in items:
        if "stack" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("stack"))
            item.add_marker(pytest.mark.stack)
        if config.getoption("loadgroup", False):
            _name_group(item)


def _name_group(item: pytest.Item) -> None:
    """The scheduler reads a test's group behind its id. pytest-xdist 3.8 writes it to an attribute
    that pytest 9.2 reads no more, so that every test went to any worker."""
    groups = sorted({str(mark.args[0]) for mark in item.iter_markers("xdist_group")})
    if groups and not item.nodeid.endswith(f"@{groups[0]}"):
        item._id = type(item._id).parse(f"{item.nodeid}@{groups[0]}")
