"""Every workload that was ever written is still shown: rows keep the words of their events."""

import json
from pathlib import Path

import pytest

from services.query.views.services.documents import workload
from tests.contracts.test_golden_events import FILES, text_of

OF_WORKLOADS = [file for file in FILES if json.loads(text_of(file)).get("workload") is not None]


@pytest.mark.parametrize("file", OF_WORKLOADS, ids=lambda file: file.stem)
def test_a_field_that_came_later_has_a_default_in_the_document(file: Path) -> None:
    raw = json.loads(text_of(file))["workload"]
    assert workload(raw).gpu == raw["gpu"]
