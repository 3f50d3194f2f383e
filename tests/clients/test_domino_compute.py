"""dominodatalab 2.2.0, unchanged: environments, and jobs in them."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.clients import client
from tests.support.outpost import admin
from tests.support.stack import Stack

FLOW = Path(__file__).parent / "domino" / "compute.py"


@pytest.fixture(scope="module")
def seen(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    root = admin(stack)
    user = root.ops("POST", "users", {"handle": "compute", "name": "Compute"})
    assert user.status == 201, user
    key = root.ops("POST", "api-keys", {"name": "client", "principal": user.body["id"]})
    told: dict[str, Any] = client("domino").run(
        FLOW.read_text(encoding="utf-8"),
        *(stack.gateway_url, key.body["token"], stack.token),
        environment={"HOME": str(tmp_path_factory.mktemp("home"))},
    )
    return told


def test_environments_are_made_revised_restricted_and_archived(seen: dict[str, Any]) -> None:
    assert seen["made"]["name"] == "From the client"
    assert seen["made"]["latestRevision"]["number"] == 1
    assert seen["second"]["number"] == 2
    assert seen["shown"]["restrictedRevision"]["id"] == seen["second"]["id"]
    assert seen["archived"] is True


def test_a_job_runs_in_the_revision_that_was_named(seen: dict[str, Any]) -> None:
    assert seen["job"]["status"]["executionStatus"] == "Succeeded", seen["job"]
    assert [line["log"] for line in seen["log"]] == ["blue"]
    assert [job["id"] for job in seen["jobs"]] == [seen["job"]["id"]]


def test_tiers_are_listed_with_one_default(seen: dict[str, Any]) -> None:
    tiers = {tier["id"]: tier["flags"]["isDefault"] for tier in seen["tiers"]}
    assert tiers.keys() >= {"small", "medium", "large"}
    assert tiers["small"] is True and sum(tiers.values()) == 1
