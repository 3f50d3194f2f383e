"""amigo-sdk 2.5.0, unchanged, against the stack."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.clients import client
from tests.support.outpost import Outpost, admin
from tests.support.stack import Stack

FLOW = Path(__file__).parent / "amigo" / "flow.py"


@pytest.fixture(scope="module")
def seen(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the client saw in an organization of its own, as a user of it."""
    root = admin(stack)
    user = _made(root, "users", {"handle": "amy", "name": "Amy"})
    _made(root, "organizations", {"handle": "clinic", "name": "Clinic", "owner": user["id"]})
    key = _made(root, "api-keys", {"name": "sdk", "principal": user["id"]})
    told: dict[str, Any] = client("amigo").run(
        FLOW.read_text(encoding="utf-8"),
        *(stack.gateway_url, "clinic", key["secret"], key["id"], user["id"]),
        environment={"HOME": str(tmp_path_factory.mktemp("home"))},
    )
    return {**told, "user": user["id"]}


def _made(root: Outpost, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = root.ops("POST", path, body)
    assert answer.status == 201, answer
    made: dict[str, Any] = answer.body
    return made


def test_services_are_made_and_read(seen: dict[str, Any]) -> None:
    shown = seen["shown"]
    assert (shown["id"], shown["name"], shown["is_active"]) == (seen["ids"][0], "Coach", True)
    assert shown["keyterms"] == ["sleep well"]
    assert shown["creator"] == {"org_id": "clinic", "user_id": seen["user"]}
    assert seen["filter_values"] == []


def test_an_active_name_is_there_once(seen: dict[str, Any]) -> None:
    for refusal in ("twice", "activated"):
        name, status, _ = seen[refusal]
        assert (name, status) == ("ConflictError", 409)


def test_pages_follow_the_tokens_in_the_order_asked_for(seen: dict[str, Any]) -> None:
    assert seen["names"] == ["Nurse", "Coach"]


def test_version_sets_come_and_go_but_for_two(seen: dict[str, Any]) -> None:
    assert seen["sets"] == ["beta", "edge", "release"]
    for refusal in ("edge", "release"):
        name, status, _ = seen[refusal]
        assert (name, status) == ("BadRequestError", 400)
    assert seen["gone"][:2] == ["NotFoundError", 404]


def test_the_client_shows_our_own_words(seen: dict[str, Any]) -> None:
    assert "An active service with this name exists." in seen["twice"][2]


def test_a_wrong_key_does_not_sign_in(seen: dict[str, Any]) -> None:
    assert seen["stranger"][0] == "AuthenticationError"
