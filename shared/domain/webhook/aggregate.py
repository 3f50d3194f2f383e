"""The webhook aggregate, put together for the shell."""

from dataclasses import replace
from typing import get_args

from shared.domain.claim import Claim
from shared.domain.descriptor import Aggregate, Subject
from shared.domain.webhook.commands import CreateWebhook, RotateWebhookSecret, WebhookCommand
from shared.domain.webhook.decide import decide
from shared.domain.webhook.events import WebhookEvent
from shared.domain.webhook.state import Absent, State, evolve
from shared.kernel.secrets import PlainText, SecretRef


def subject(command: WebhookCommand) -> Subject:
    needed = command.account_id if isinstance(command, CreateWebhook) else None
    return Subject(id=command.webhook_id, principal_id=needed, account_id=needed)


def claims(state: State, event: WebhookEvent) -> tuple[Claim, ...]:
    return ()


def secrets(command: WebhookCommand, state: State) -> tuple[tuple[str, str, PlainText], ...]:
    if isinstance(command, CreateWebhook | RotateWebhookSecret) and isinstance(
        command.secret, PlainText
    ):
        return ((command.webhook_id, "secret", command.secret),)
    return ()


def sealed(command: WebhookCommand, refs: dict[str, SecretRef]) -> WebhookCommand:
    if isinstance(command, CreateWebhook | RotateWebhookSecret) and "secret" in refs:
        return replace(command, secret=refs["secret"])
    return command


WEBHOOK = Aggregate(
    stream_type="webhook",
    commands=get_args(WebhookCommand),
    creating=(CreateWebhook,),
    events=get_args(WebhookEvent),
    initial=Absent(),
    evolve=evolve,
    decide=decide,
    subject=subject,
    claims=claims,
    secrets=secrets,
    sealed=sealed,
)
