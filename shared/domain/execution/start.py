"""What must hold for a job to be taken: the project, the tier and the environment stand open."""

import re
from collections.abc import Iterator

from shared.domain.execution.commands import StartJob
from shared.domain.execution.events import JobRequested
from shared.domain.execution.state import Absent, State
from shared.domain.facts import Facts, ProjectFacts, StartFacts
from shared.domain.rejections import Conflicting, Invalid, NotFound, Rejection

COMMAND_MAX, TITLE_MAX, REF_MAX = 10_000, 500, 250
REF_KINDS = ("head", "branches", "tags", "commitId", "ref")
_COMMIT = re.compile(r"[0-9a-f]{40}\Z")
# What git refuses in the name of a ref; a name that begins with `-` is nobody's.
_NO_REF = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|\A[-/.]|/\Z|\.lock\Z")


def start(command: StartJob, state: State, facts: Facts) -> tuple[JobRequested, ...] | Rejection:
    if not isinstance(state, Absent):
        return Conflicting(state="exists", message="An execution with this id exists.")
    if facts.project is None or facts.start is None:
        return NotFound(kind="project", key=command.project_id)
    for rejection in (
        *_of_text(command),
        *_of_project(facts.project),
        *_of_surroundings(command, facts.start, facts.project),
    ):
        return rejection
    return (
        JobRequested(
            execution_id=command.execution_id,
            project_id=command.project_id,
            title=command.title,
            command=command.command,
            tier_id=command.tier_id,
            environment_id=command.environment_id,
            revision_id=command.revision_id,
            commit=command.commit,
            ref=command.ref,
            started_by=command.started_by,
            snapshots_datasets=command.snapshots_datasets,
            details=command.details,
        ),
    )


def _of_text(command: StartJob) -> Iterator[Rejection]:
    if not command.command.strip() or len(command.command) > COMMAND_MAX:
        yield Invalid(field="command", message=f"must have 1 to {COMMAND_MAX} characters")
    if len(command.title) > TITLE_MAX:
        yield Invalid(field="title", message=f"must have at most {TITLE_MAX} characters")
    if command.commit and not _COMMIT.match(command.commit):
        yield Invalid(field="commit", message="must be 40 hex digits")
    ref = command.ref
    if ref is None:
        return
    if ref.kind not in REF_KINDS:
        yield Invalid(field="ref", message=f"must be one of {', '.join(REF_KINDS)}")
    if ref.kind == "commitId" and not _COMMIT.match(ref.value):
        yield Invalid(field="ref", message="must be 40 hex digits where it names a commit")
    elif ref.kind != "head" and (
        not ref.value or len(ref.value) > REF_MAX or _NO_REF.search(ref.value)
    ):
        yield Invalid(field="ref", message="must be the name of a branch or a tag")


def _of_project(project: ProjectFacts) -> Iterator[Rejection]:
    if project.is_archived:
        yield Conflicting(state="removed", message="The project is archived; nothing new starts.")
    if project.is_blocked:
        yield Conflicting(state="used", message="The project is blocked; nothing new starts.")


def _of_surroundings(
    command: StartJob, start: StartFacts, project: ProjectFacts
) -> Iterator[Rejection]:
    if start.tier is None:
        yield NotFound(kind="hardware_tier", key=command.tier_id)
    elif start.tier.is_archived:
        message = "The hardware tier is archived; nothing new starts on it."
        yield Conflicting(state="removed", message=message)
    if start.environment is None or command.revision_id not in start.environment.revisions:
        yield NotFound(kind="environment", key=command.environment_id)
    elif start.environment.is_archived:
        message = "The environment is archived; nothing new starts in it."
        yield Conflicting(state="removed", message=message)
    elif project.is_restricted and command.revision_id != start.environment.restricted:
        message = "A restricted project uses the restricted revision of an environment only."
        yield Conflicting(state="used", message=message)
