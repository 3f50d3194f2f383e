"""Every surface keeps its own document: no 5xx, no unpublished status, answers as described.

A few examples an operation with a fixed seed here; `make fuzz` tries many with a seed it prints."""

import os
import sys
from collections.abc import Iterator

import pytest

from services.gateway.registry import SURFACES
from tests.fuzz.chains import Chains
from tests.fuzz.scene import Scene, make_scene
from tests.fuzz.trying import Trial
from tests.support.outpost import admin
from tests.support.stack import running_stack

NAMES = [surface.name for surface in SURFACES]
EXAMPLES = int(os.environ.get("CHRONOPLANE_FUZZ_EXAMPLES", "3"))
SEED = int(os.environ.get("CHRONOPLANE_FUZZ_SEED", "20260318"))

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("fuzz"), pytest.mark.timeout(3600)]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with running_stack(tmp_path_factory.mktemp("fuzz"), rate_limits="off") as stack:
        yield make_scene(stack)
        root = admin(stack)
        assert root.ops("GET", "whoami").status == 200
        assert root.ops("GET", "organizations/default").status == 200


@pytest.mark.parametrize("surface", NAMES)
def test_a_surface_answers_as_its_document_says(scene: Scene, surface: str) -> None:
    _say(f"{surface}: {EXAMPLES} examples an operation, seed {SEED}")
    findings = Trial(scene=scene, surface=surface, examples=EXAMPLES, seed=SEED).run()
    _say(f"{findings.requests} requests; never succeeded: {', '.join(findings.unreached) or '-'}")
    assert not findings.failures, f"\n{findings}"
    # Requests that all end at a 404 would prove little: of the operations most must be reached.
    assert len(findings.unreached) * 3 <= len(findings.statuses), findings.unreached


@pytest.mark.parametrize("surface", NAMES)
def test_what_an_answer_names_can_be_asked_for_as_documented(scene: Scene, surface: str) -> None:
    findings = Chains(scene=scene, surface=surface, count=EXAMPLES, seed=SEED).run()
    _say(f"{surface}: {findings.requests} requests in chains, seed {SEED}")
    assert findings.requests > 0
    assert not findings.failures, f"\n{findings}"


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
