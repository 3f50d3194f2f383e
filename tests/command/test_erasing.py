"""Erasing an owner's secrets: the keys are gone with the answer, and also after a crash."""

from shared.domain.rejections import NotFound
from shared.domain.service.workload import EnvVar
from shared.domain.vault.commands import EraseSecrets
from shared.domain.vault.events import SecretsErased
from shared.envelope.messages import CommandEnvelope, Rejected
from shared.kernel.actor import process_actor
from shared.kernel.secrets import PlainText
from tests.command.office import Office, open_office


async def a_service_with_a_secret(office: Office) -> tuple[str, str, str]:
    """Its id, its account, and the secret's id."""
    account = await office.user("ada")
    command = office.register("ada", env=(EnvVar(name="A", value=PlainText(text="canary")),))
    before = set(office.store.secrets)
    await office.accepted(command, "ada")
    (secret_id,) = set(office.store.secrets) - before
    return command.service_id, account, secret_id


async def opened(office: Office, account: str, secret_id: str) -> str | None:
    return (await office.handler.vault.open(account, [secret_id]))[secret_id]


async def test_the_secret_is_unreadable_once_the_answer_is_there() -> None:
    office = await open_office()
    owner, account, secret_id = await a_service_with_a_secret(office)
    assert await opened(office, account, secret_id) == "canary"
    await office.accepted(EraseSecrets(owner_id=owner, account_id=account), "ada")
    assert await opened(office, account, secret_id) is None
    await office.accepted(EraseSecrets(owner_id=owner, account_id=account), "ada")


async def test_a_crash_after_the_append_is_made_good_by_the_relay() -> None:
    office = await open_office()
    owner, account, secret_id = await a_service_with_a_secret(office)
    # The event is in the log, its decider died: the relay gives what follows before it publishes.
    cause = CommandEnvelope(
        command_id="c", actor=process_actor("command"), surface="test", correlation_id="r"
    )
    event = SecretsErased(owner_id=owner, account_id=account)
    await office.handler.follow_up(event, 1, cause)
    assert await opened(office, account, secret_id) is None


async def test_a_stranger_erases_nothing() -> None:
    office = await open_office()
    owner, account, secret_id = await a_service_with_a_secret(office)
    bob = await office.user("bob")
    reply = await office.give(EraseSecrets(owner_id=owner, account_id=account), "bob")
    assert isinstance(reply, Rejected)
    assert isinstance(reply.rejection, NotFound)
    # In his own account he may, but there this owner has no keys.
    await office.accepted(EraseSecrets(owner_id=owner, account_id=bob), "bob")
    assert await opened(office, account, secret_id) == "canary"
