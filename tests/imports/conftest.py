"""An office with a past in memory, and an empty installation over Postgres."""

from collections.abc import AsyncIterator

import pytest_asyncio

from shared.domain.service.commands import ConcludeRollout, ReviseWorkload
from shared.domain.service.workload import EnvVar
from shared.domain.webhook.commands import CreateWebhook
from shared.envelope.messages import Accepted
from shared.kernel.actor import process_actor
from shared.kernel.secrets import PlainText
from tests.command.office import Office, open_office
from tests.imports.place import Target, opened
from tests.support.postgres import Database


@pytest_asyncio.fixture
async def office() -> Office:
    """`acme` of ann has a service with a secret, and a webhook; bob has a service, too."""
    office = await open_office()
    await office.user("ann")
    await office.user("bob")
    acme = await office.organization("acme", owner="ann")
    env = (EnvVar(name="TOKEN", value=PlainText(text="first")),)
    register = office.register("acme", env=env)
    await office.accepted(register, "ann")
    await office.accepted(
        ReviseWorkload(
            service_id=register.service_id,
            project_id=register.project_id,
            deployment_id=office.ids.new(),
            replicas_max=4,
        ),
        "ann",
    )
    concluded = ConcludeRollout(
        service_id=register.service_id,
        project_id=register.project_id,
        deployment_id=register.deployment_id,
        succeeded=True,
    )
    reply = await office.give(concluded, process_actor("scheduler"), publisher="scheduler")
    assert isinstance(reply, Accepted), reply
    hook = CreateWebhook(
        webhook_id=office.ids.new(),
        account_id=acme,
        url="https://receiver.example/hook",
        secret=PlainText(text="whsec_" + "a" * 44),
    )
    await office.accepted(hook, "ann")
    await office.accepted(office.register("bob", "other"), "bob")
    return office


@pytest_asyncio.fixture
async def target(database: Database) -> AsyncIterator[Target]:
    async with opened(database) as target:
        yield target
