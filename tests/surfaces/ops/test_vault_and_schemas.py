"""Erasing an owner's secrets, and what describes the events."""

from typing import Any

import pytest

from shared.domain.catalog import EVENTS
from shared.domain.rejections import NotFound
from shared.domain.vault.commands import EraseSecrets
from shared.queries.audit import FindOwner, OwnerDocument
from tests.surfaces.stubs import SERVICE_ID, Gateway

OWNER = OwnerDocument(
    kind="service", id=SERVICE_ID, account_id="dd" * 12, project_id=None, secrets=2, erased=2
)


async def test_an_erasure_is_a_command_with_its_reason(gateway: Gateway) -> None:
    gateway.dispatch.answers[FindOwner] = OWNER
    response = await gateway.ask(
        "DELETE", f"/ops/v1/vault/{SERVICE_ID}", headers={"X-Reason": "GDPR 17"}
    )
    assert response.status_code == 200, response.text
    assert response.json() == {
        "owner": SERVICE_ID, "kind": "service", "account_id": "dd" * 12, "secrets": 2,
        "erased": 2, "position": 42,
    }  # fmt: skip
    (sent,) = gateway.dispatch.sent
    assert sent.command == EraseSecrets(owner_id=SERVICE_ID, account_id="dd" * 12)
    assert sent.sender.reason == "GDPR 17"
    assert gateway.dispatch.asked[-1].after == 42


async def test_nothing_is_erased_of_an_owner_whom_one_does_not_see(gateway: Gateway) -> None:
    gateway.dispatch.answers[FindOwner] = NotFound(kind="owner", key="x")
    response = await gateway.ask("DELETE", "/ops/v1/vault/" + "ab" * 12)
    assert response.status_code == 404
    assert gateway.dispatch.sent == []


@pytest.mark.parametrize("name", EVENTS)
async def test_every_type_of_event_is_described_with_an_example(
    gateway: Gateway, name: str
) -> None:
    version = EVENTS[name][1]
    response = await gateway.client.get(f"/ops/v1/schemas/{name}/{version}")
    assert response.status_code == 200, response.text
    body = response.json()
    assert body["schema"]["type"] == "object"
    assert set(body["schema"].get("required", ())) <= set(body["example"])
    assert (await gateway.client.get(f"/ops/v1/schemas/{name}/{version + 1}")).status_code == 404


async def test_the_asyncapi_document_has_the_events_and_nothing_of_the_inside(
    gateway: Gateway,
) -> None:
    document: dict[str, Any] = (await gateway.client.get("/ops/asyncapi.json")).json()
    assert len(document["components"]["messages"]) == len(EVENTS)
    text = str(document)
    assert "commands." not in text and "questions." not in text
    schemas = document["components"]["schemas"]
    places = {part.split("'")[0] for part in text.split("#/components/schemas/")[1:]}
    assert places <= set(schemas)
