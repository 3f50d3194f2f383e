"""A copy of a project: the new project first, then its services, several at a time.

Everything follows from the first command's answer: which project it is, and at which position of
the log the original is read. So a request that is repeated with its Idempotency-Key does what is
missing, however far the first one came, and nothing twice."""

import asyncio

from services.gateway.call import Call
from services.gateway.moments import Moment
from services.gateway.surfaces.microvisualizer.resources.projects import translate
from shared.envelope.messages import Accepted
from shared.queries.microvisualizer import (
    ListSnapshots,
    ProjectCard,
    SnapshotDocument,
    SnapshotPage,
)

AT_ONCE = 16


async def copy_services(call: Call, source: ProjectCard, created: Accepted) -> int:
    """Answers the position of the last copy."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def copy(snapshot: SnapshotDocument) -> int:
        async with gate:
            return await _copy(call, snapshot, created.subject_id)

    snapshots = await _snapshots_at(call, source.handle, created.position)
    async with asyncio.TaskGroup() as group:
        copies = [group.create_task(copy(snapshot)) for snapshot in snapshots]
    return max((copy.result() for copy in copies), default=created.position)


async def _copy(call: Call, snapshot: SnapshotDocument, project_id: str) -> int:
    service_id = call.parts.derived.id(
        seconds=int(project_id[:8], 16),
        actor="",
        surface=call.surface.name,
        key=project_id,
        purpose=snapshot.service_id,
    )
    command = translate.to_copy(
        snapshot,
        service_id=service_id,
        project_id=project_id,
        deployment_id=call.parts.ids.new(),
    )
    return (await call.command(command, step=f"copy:{snapshot.service_id}")).position


async def _snapshots_at(call: Call, project: str, position: int) -> list[SnapshotDocument]:
    found: list[SnapshotDocument] = []
    after: str | None = ""
    while after is not None:
        question = ListSnapshots(project=project, after=after)
        answer = await call.answer(question, SnapshotPage, moment=Moment(position=position))
        found += answer.document.items
        after = answer.document.next_after
    return found
