"""A unit test and the version set it uses, tied together by two commands.

First the link, then the test: whoever is cut off in between leaves a link without a test, which
keeps a version set that could go, and never a test without its version set. Who stumbles over such
a link drops it: the test is abandoned first, so that it can never come after all."""

from typing import Any

from services.gateway.call import Call
from services.gateway.refusals import CommandRejected
from shared.domain.rejections import Conflicting, Forbidden, NotFound
from shared.domain.service.commands import DeleteVersionSet, LinkUnitTest, UnlinkUnitTest
from shared.domain.unit_test.commands import AbandonUnitTest, CreateUnitTest
from shared.envelope.messages import Accepted
from shared.queries.conversations import (
    ConversationDocument,
    GetConversation,
    GetUnitTest,
    UnitTestDocument,
)


async def create_linked(call: Call, command: CreateUnitTest) -> Accepted:
    """The link is not the client's command and has no part in its idempotency key: a repetition
    links anew, hears the first answer, and drops the link of the test that it did not make."""
    link = LinkUnitTest(
        service_id=command.service_id,
        project_id=command.project_id,
        version_set_name=command.version_set_name,
        unit_test_id=command.unit_test_id,
    )
    await _give(call, link)
    try:
        accepted = await call.command(command)
    except CommandRejected:
        await _unlink(call, command.service_id, command.project_id, command.unit_test_id)
        raise
    if accepted.subject_id != command.unit_test_id:
        await _unlink(call, command.service_id, command.project_id, command.unit_test_id)
    return accepted


async def drop_loose_links(call: Call, organization: str, command: DeleteVersionSet) -> bool:
    """Whether a link was dropped, so that another try may succeed."""
    question = GetConversation(organization=organization, service_id=command.service_id)
    try:
        service = await call.find(question, ConversationDocument)
    except CommandRejected as rejected:
        if isinstance(rejected.rejection, NotFound):
            return False
        raise
    dropped = False
    for unit_test_id in service.unit_tests.get(command.version_set_name, ()):
        if await _is_loose(call, organization, unit_test_id, command):
            await _unlink(call, command.service_id, command.project_id, unit_test_id)
            dropped = True
    return dropped


async def _is_loose(
    call: Call, organization: str, unit_test_id: str, command: DeleteVersionSet
) -> bool:
    question = GetUnitTest(organization=organization, unit_test_id=unit_test_id)
    try:
        return (await call.find(question, UnitTestDocument)).is_deleted
    except CommandRejected as rejected:
        if not isinstance(rejected.rejection, NotFound):
            raise
    abandon = AbandonUnitTest(
        unit_test_id=unit_test_id, project_id=command.project_id, service_id=command.service_id
    )
    try:
        await _give(call, abandon)
    except CommandRejected as rejected:
        # It was made in this very moment, or the caller may not touch unit tests.
        if isinstance(rejected.rejection, Conflicting | Forbidden | NotFound):
            return False
        raise
    return True


async def _unlink(call: Call, service_id: str, project_id: str, unit_test_id: str) -> None:
    await _give(
        call,
        UnlinkUnitTest(service_id=service_id, project_id=project_id, unit_test_id=unit_test_id),
    )


async def _give(call: Call, command: Any) -> Accepted:
    return await call.parts.dispatch.command(command, call.sender)
