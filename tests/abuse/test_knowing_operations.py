"""Every operation is known to the tests that call it with foreign ids; told without a stack."""

import pytest

from tests.abuse.operations import BODIES, NO_TENANTS, Operation, operations


@pytest.mark.parametrize("op", operations(), ids=str)
def test_every_operation_says_what_in_it_names_a_thing(op: Operation) -> None:
    if op.path not in NO_TENANTS:
        assert "?" not in dict(op.parameters).values(), (
            "add the word before it to WORDS of operations.py, or the path to NO_TENANTS"
        )
    assert op.body is None or op.body in BODIES, f"add {op.body} to BODIES of operations.py"
