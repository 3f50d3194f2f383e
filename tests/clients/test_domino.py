"""dominodatalab 2.2.0, unchanged, against the stack."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.clients import client
from tests.support.outpost import admin
from tests.support.stack import Stack

FLOW = Path(__file__).parent / "domino" / "flow.py"


@pytest.fixture(scope="module")
def seen(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the client saw, as a user of its own."""
    root = admin(stack)
    user = root.ops("POST", "users", {"handle": "dominik", "name": "Dominik"})
    assert user.status == 201, user
    key = root.ops("POST", "api-keys", {"name": "client", "principal": user.body["id"]})
    told: dict[str, Any] = client("domino").run(
        FLOW.read_text(encoding="utf-8"),
        *(stack.gateway_url, "dominik/any", key.body["token"], "not-a-key"),
        environment={"HOME": str(tmp_path_factory.mktemp("home"))},
    )
    return {**told, "user": user.body["id"]}


def test_the_client_takes_our_version(seen: dict[str, Any]) -> None:
    assert seen["version"] == {"version": "5.11.0"}


def test_it_is_known_by_its_key_in_either_header(seen: dict[str, Any]) -> None:
    assert seen["self"]["id"] == seen["user"]
    assert seen["same"] == seen["self"]


def test_projects_and_goals_are_made_and_read(seen: dict[str, Any]) -> None:
    assert seen["made"]["ownerUsername"] == "dominik"
    assert seen["made"]["visibility"] == "private"
    assert seen["made"]["id"] in seen["listed"]
    assert seen["goal"]["isComplete"] is True
    assert seen["archived"] is True


@pytest.mark.parametrize(("refusal", "status"), [("twice", 400), ("gone", 404), ("stranger", 401)])
def test_it_raises_what_we_refuse(seen: dict[str, Any], refusal: str, status: int) -> None:
    _, seen_status, body = seen[refusal]
    assert seen_status == status
    assert set(body) == {"requestId", "errors"}
