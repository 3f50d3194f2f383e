"""Fixtures that tests of every folder may ask for; each module says what it starts."""

pytest_plugins = ["tests.support.postgres", "tests.support.stack"]
