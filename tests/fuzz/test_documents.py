"""Every surface keeps its own document: no 5xx, no unpublished status, answers as described.

A few examples an operation with a fixed seed here; `make fuzz` tries many with a seed it prints."""

import os
import sys
from collections.abc import Iterator

import pytest

from tests.fuzz.scene import Scene, make_scene
from tests.fuzz.trying import Trial
from tests.support.stack import running_stack

SURFACES = ("outpost", "ops", "zenml", "amigo", "microvisualizer")
EXAMPLES = int(os.environ.get("CHRONOPLANE_FUZZ_EXAMPLES", "3"))
SEED = int(os.environ.get("CHRONOPLANE_FUZZ_SEED", "20260318"))

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("fuzz"), pytest.mark.timeout(3600)]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with running_stack(tmp_path_factory.mktemp("fuzz"), rate_limits="off") as stack:
        yield make_scene(stack)


@pytest.mark.parametrize("surface", SURFACES)
def test_a_surface_answers_as_its_document_says(scene: Scene, surface: str) -> None:
    sys.stderr.write(f"{surface}: {EXAMPLES} examples an operation, seed {SEED}\n")
    findings = Trial(scene=scene, surface=surface, examples=EXAMPLES, seed=SEED).run()
    assert findings.requests > 0
    assert not findings.failures, f"\n{findings}"
