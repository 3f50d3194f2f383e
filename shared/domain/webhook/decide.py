"""The rules of webhooks. Whether an address may be called is the deliverer's to find out."""

import re
from dataclasses import fields, replace
from typing import assert_never

from shared.domain.facts import Facts
from shared.domain.rejections import Conflicting, Invalid, NotFound, Rejection
from shared.domain.webhook.commands import (
    CreateWebhook,
    RemoveWebhook,
    ReplayDelivery,
    ReviseWebhook,
    RotateWebhookSecret,
    WebhookCommand,
)
from shared.domain.webhook.events import (
    DeliveryReplayed,
    WebhookCreated,
    WebhookEvent,
    WebhookRemoved,
    WebhookRevised,
    WebhookSecretRotated,
)
from shared.domain.webhook.state import Absent, Live, State
from shared.kernel.secrets import PlainText
from shared.kernel.unset import Unset

Decision = tuple[WebhookEvent, ...] | Rejection

URL_MAX, DESCRIPTION_MAX, TYPES_MAX = 2000, 500, 100
OVERLAP_MAX = 7 * 24 * 3600
# No user info: what stands before an `@` is a password in a place that is shown.
_URL = re.compile(r"https?://[A-Za-z0-9.\[\]:_-]{1,253}(?:[/?][\x21-\x7e]*)?\Z")
_TYPE = re.compile(r"[a-z_]{1,40}\.(?:\*|[a-z_]{1,60})\Z")


def decide(command: WebhookCommand, state: State, facts: Facts) -> Decision:
    if isinstance(command, CreateWebhook):
        return _create(command, state, facts)
    if not isinstance(state, Live) or state.account_id != command.account_id:
        return NotFound(kind="webhook", key=command.webhook_id)
    match command:
        case ReviseWebhook():
            return _revise(command, state)
        case RotateWebhookSecret():
            return _rotate(command)
        case ReplayDelivery():
            if command.position < 1:
                return Invalid(field="position", message="must be a position of the log")
            return (DeliveryReplayed(webhook_id=command.webhook_id, position=command.position),)
        case RemoveWebhook():
            return (WebhookRemoved(webhook_id=command.webhook_id),)
        case _:
            assert_never(command)


def _create(command: CreateWebhook, state: State, facts: Facts) -> Decision:
    if not isinstance(state, Absent):
        return Conflicting(state="exists", message="A webhook with this id exists.")
    if not facts.principal_is_live:
        return NotFound(kind="principal", key=command.account_id)
    assert not isinstance(command.secret, PlainText), "sealed before the decision"
    rejection = _rejection(command.url, command.description, command.types)
    if rejection is not None:
        return rejection
    return (
        WebhookCreated(
            webhook_id=command.webhook_id,
            account_id=command.account_id,
            url=command.url,
            secret=command.secret,
            description=command.description,
            types=command.types,
            project_id=command.project_id,
            is_enabled=True,
        ),
    )


def _revise(command: ReviseWebhook, state: Live) -> Decision:
    given = {
        field.name: value
        for field in fields(command)
        if field.name not in ("webhook_id", "account_id")
        and not isinstance(value := getattr(command, field.name), Unset)
    }
    after = replace(state, **given)
    rejection = _rejection(after.url, after.description, after.types)
    if rejection is not None:
        return rejection
    changed = tuple(name for name in given if getattr(after, name) != getattr(state, name))
    if not changed:
        return ()
    return (
        WebhookRevised(
            webhook_id=command.webhook_id,
            url=after.url,
            description=after.description,
            types=after.types,
            project_id=after.project_id,
            is_enabled=after.is_enabled,
            changed=changed,
        ),
    )


def _rotate(command: RotateWebhookSecret) -> Decision:
    assert not isinstance(command.secret, PlainText), "sealed before the decision"
    if not 0 <= command.overlap_seconds <= OVERLAP_MAX:
        message = f"must be from 0 to {OVERLAP_MAX}"
        return Invalid(field="overlap_seconds", message=message)
    return (
        WebhookSecretRotated(
            webhook_id=command.webhook_id,
            secret=command.secret,
            overlap_seconds=command.overlap_seconds,
        ),
    )


def _rejection(url: str, description: str, types: tuple[str, ...]) -> Invalid | None:
    if len(url) > URL_MAX or not _URL.match(url):
        return Invalid(field="url", message="must be an http or https URL without user info")
    if len(description) > DESCRIPTION_MAX:
        return Invalid(
            field="description", message=f"must have at most {DESCRIPTION_MAX} characters"
        )
    if len(types) > TYPES_MAX or not all(_TYPE.match(each) for each in types):
        return Invalid(
            field="types", message=f"must be at most {TYPES_MAX} types such as `service.*`"
        )
    return None
