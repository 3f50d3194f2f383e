"""Where events are posted to: what may be asked for, and what leaves no trace."""

from typing import Any

import pytest

from shared.domain.facts import Facts
from shared.domain.rejections import Conflicting, Invalid, NotFound
from shared.domain.webhook.commands import (
    CreateWebhook,
    RemoveWebhook,
    ReplayDelivery,
    ReviseWebhook,
    RotateWebhookSecret,
)
from shared.domain.webhook.events import (
    DeliveryReplayed,
    WebhookCreated,
    WebhookRemoved,
    WebhookRevised,
    WebhookSecretRotated,
)
from shared.kernel.secrets import SecretRef
from tests.support.given import ACCOUNT_ID, given

ID = "3c" * 12
SECRET = SecretRef(secret_id="4d" * 12, mac="5e" * 32)
OTHER = SecretRef(secret_id="6f" * 12, mac="7a" * 32)
IDS: dict[str, Any] = {"webhook_id": ID, "account_id": ACCOUNT_ID}
CREATED = WebhookCreated(
    **IDS, url="https://example.com/hook", secret=SECRET, description="", types=(),
    project_id=None, is_enabled=True,
)  # fmt: skip


def creating(**changes: Any) -> CreateWebhook:
    given_: dict[str, Any] = {"url": "https://example.com/hook", "secret": SECRET, **changes}
    return CreateWebhook(**IDS, **given_)


def test_a_new_webhook_is_enabled() -> None:
    given().when(creating()).then(CREATED)


@pytest.mark.parametrize(
    "url",
    [
        "", "ftp://example.com/", "https://user:pw@example.com/", "https://", "example.com",
        "https://example.com/\n", "https://example.com/ x", "https://example.com/" + "x" * 2000,
        "javascript:alert(1)", "https://exämple.com/",
    ],
)  # fmt: skip
def test_only_plain_web_addresses_are_taken(url: str) -> None:
    given().when(creating(url=url)).then_rejected(Invalid, field="url")
    given(CREATED).when(ReviseWebhook(**IDS, url=url)).then_rejected(Invalid, field="url")


@pytest.mark.parametrize("types", [("service",), ("*",), ("Service.x",), ("a.b",) * 101])
def test_types_are_names_of_events_or_families_of_them(types: tuple[str, ...]) -> None:
    given().when(creating(types=types)).then_rejected(Invalid, field="types")
    assert isinstance(given().when(creating(types=("service.*", "replica.stopped"))).answer, tuple)


def test_a_webhook_needs_a_live_account_and_an_id_of_its_own() -> None:
    given().when(creating(), Facts()).then_rejected(NotFound)
    given(CREATED).when(creating()).then_rejected(Conflicting, state="exists")


def test_a_change_names_what_changed_and_the_same_again_leaves_no_trace() -> None:
    command = ReviseWebhook(**IDS, types=("service.*",), is_enabled=False)
    decided = given(CREATED).when(command)
    decided.then(
        WebhookRevised(
            webhook_id=ID, url=CREATED.url, description="", types=("service.*",),
            project_id=None, is_enabled=False, changed=("types", "is_enabled"),
        )
    )  # fmt: skip
    decided.then_again_nothing_happens()
    given(CREATED).when(ReviseWebhook(**IDS, url=CREATED.url)).then_nothing_happened()


def test_a_secret_is_rotated_a_delivery_replayed_and_an_end_is_final() -> None:
    given(CREATED).when(RotateWebhookSecret(**IDS, secret=OTHER)).then(
        WebhookSecretRotated(webhook_id=ID, secret=OTHER, overlap_seconds=24 * 3600)
    )
    given(CREATED).when(RotateWebhookSecret(**IDS, secret=OTHER, overlap_seconds=0)).then(
        WebhookSecretRotated(webhook_id=ID, secret=OTHER, overlap_seconds=0)
    )
    for seconds in (-1, 7 * 24 * 3600 + 1):
        command = RotateWebhookSecret(**IDS, secret=OTHER, overlap_seconds=seconds)
        given(CREATED).when(command).then_rejected(Invalid, field="overlap_seconds")
    given(CREATED).when(ReplayDelivery(**IDS, position=7)).then(
        DeliveryReplayed(webhook_id=ID, position=7)
    )
    given(CREATED).when(ReplayDelivery(**IDS, position=0)).then_rejected(Invalid)
    removed = WebhookRemoved(webhook_id=ID)
    given(CREATED).when(RemoveWebhook(**IDS)).then(removed)
    given(CREATED, removed).when(RemoveWebhook(**IDS)).then_rejected(NotFound)


def test_another_accounts_webhook_is_absent() -> None:
    foreign: dict[str, Any] = {"webhook_id": ID, "account_id": "ff" * 12}
    for command in (
        ReviseWebhook(**foreign, is_enabled=False),
        RotateWebhookSecret(**foreign, secret=OTHER),
        ReplayDelivery(**foreign, position=1),
        RemoveWebhook(**foreign),
    ):
        given(CREATED).when(command).then_rejected(NotFound, kind="webhook")
