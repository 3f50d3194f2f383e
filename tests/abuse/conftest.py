"""Fixtures: the two tenants, once per run, on the shared stack."""

import pytest

from tests.abuse.tenants import Tenants, make_tenants
from tests.support.stack import Stack


@pytest.fixture(scope="session")
def tenants(stack: Stack) -> Tenants:
    return make_tenants(stack)
