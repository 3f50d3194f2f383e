"""A rollout step by step: what it runs, what prepares it, new replicas for old ones, the verdict.

Made of the deployment, the replicas and the events of the moment, so the slider moves it too."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.gateway.console.pages.one_service import OneService
from services.gateway.console.visit import Visit
from services.gateway.console.words import is_person
from shared.queries.audit import AuditEvent
from shared.queries.services import (
    DeploymentDocument,
    ReplicaDocument,
    ServiceDocument,
    WorkloadDocument,
)
from shared.queries.telemetry import GetServiceLogs, LogLines

State = Literal["succeeded", "in_progress", "failed", "waiting"]

LINES_READ = 300
LINES_SHOWN = 8
SQUARES_MAX = 20
TRIGGERS = {
    "created": "the service was created",
    "revised": "the workload changed",
    "redeploy": "somebody asked for it",
    "push": "something was pushed",
    "rollback": "an earlier state was restored",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    name: str
    state: State
    words: str
    at: datetime | None = None  # when it was done


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Who began it: the event that started it, and what else the same command changed."""

    event: AuditEvent
    also: tuple[AuditEvent, ...]

    @property
    def reason(self) -> str:
        return next((each.reason for each in (self.event, *self.also) if each.reason), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Squares:
    """As many as are wanted, those that are there filled; no squares where they would be many."""

    filled: int
    of: int

    @property
    def text(self) -> str:
        return "■" * self.filled + "□" * (self.of - self.filled) if self.of <= SQUARES_MAX else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    deployment: DeploymentDocument
    cause: Cause | None
    why: str
    steps: tuple[Step, ...]
    new: Squares
    old: Squares
    seconds: float
    lines: tuple[str, ...]

    @property
    def at_step(self) -> int:
        """From one; the last where all are done."""
        states = [step.state for step in self.steps]
        going = (n for n, state in enumerate(states, 1) if state in ("in_progress", "failed"))
        return next(going, len(states))


async def rollout_of(
    visit: Visit, one: OneService, every: Sequence[ReplicaDocument], newest: DeploymentDocument
) -> Rollout:
    """`every`: also the replicas that have stopped, which say whether anything was started."""
    new = [each for each in every if each.deployment_id == newest.id]
    old = [each for each in every if each.deployment_id != newest.id and each.state != "stopped"]
    wanted = one.then.replicas_wanted if one.then is not None else 0
    ready = sum(1 for each in new if each.state == "ready")
    serving = sum(1 for each in old if each.state == "ready")
    is_going = newest.status == "in_progress"
    return Rollout(
        deployment=newest,
        cause=cause_of(one.events, newest.id, visit.position),
        why=TRIGGERS.get(newest.trigger, newest.trigger),
        steps=steps_of(newest, one.then, new, old, _sourced(one.events, newest.id)),
        new=Squares(filled=min(ready, wanted), of=wanted),
        old=Squares(filled=serving, of=len(old)),
        seconds=((newest.finished_at or visit.at) - newest.created_at).total_seconds(),
        lines=await _lines(visit, one, newest) if is_going else (),
    )


def cause_of(events: Iterable[AuditEvent], deployment_id: str, position: int) -> Cause | None:
    known = [each for each in events if each.position <= position]
    began = next(
        (
            each
            for each in reversed(known)
            if each.type == "service.rollout_started"
            and each.data.get("deployment_id") == deployment_id
        ),
        None,
    )
    if began is None:
        return None
    also = [
        each for each in known if each.command_id == began.command_id and each.type != began.type
    ]
    return Cause(event=began, also=tuple(also))


def last_by_person(events: Sequence[AuditEvent], position: int) -> AuditEvent | None:
    """What somebody did last; what machines did since is its consequence, or their own. Of one
    command its first event, which says what was wanted."""
    known = [each for each in events if each.position <= position and is_person(each)]
    return next((each for each in known if each.command_id == known[-1].command_id), None)


def steps_of(
    deployment: DeploymentDocument,
    service: ServiceDocument | None,
    new: Sequence[ReplicaDocument],
    old: Sequence[ReplicaDocument],
    sourced_at: datetime | None,
) -> tuple[Step, ...]:
    """A step that failed is the first that was not done when the verdict came."""
    wanted = service.replicas_wanted if service is not None else 0
    workload = service.workload if service is not None else None
    has_source = deployment.commit is not None or (workload is not None and workload.repo is None)
    has_started = bool(new)
    ready = sum(1 for each in new if each.state == "ready")
    succeeded = deployment.status == "succeeded"
    done = (
        has_source or has_started,
        has_started,
        succeeded or (has_started and ready >= wanted),
        succeeded or (has_started and ready >= wanted and not old),
        succeeded,
    )
    said = (
        ("Source", _source_words(deployment, workload), sourced_at),
        ("Prepare", _prepare_words(service, new), min((r.started_at for r in new), default=None)),
        ("New replicas", _new_words(new, wanted), None),
        ("Old replicas", _old_words(old), None),
        ("Verdict", _verdict_words(deployment), deployment.finished_at),
    )
    steps: list[Step] = []
    reached = False
    for is_done, (name, words, at) in zip(done, said, strict=True):
        state: State = "succeeded" if is_done and not reached else "waiting"
        if not is_done and not reached:
            state = "failed" if deployment.status == "failed" else "in_progress"
            reached = True
        if name == "Verdict" and deployment.status == "failed":
            state = "failed"
        is_said = state != "waiting" or name == "Old replicas"
        is_timed = state == "succeeded" or name == "Verdict"
        steps.append(
            Step(
                name=name,
                state=state,
                words=words if is_said else "",
                at=at if is_timed else None,
            )
        )
    return tuple(steps)


def _source_words(deployment: DeploymentDocument, workload: WorkloadDocument | None) -> str:
    if deployment.commit is not None:
        repo = f" of {workload.repo}" if workload is not None and workload.repo else ""
        return f"commit {deployment.commit[:12]}{repo}"
    if workload is not None and workload.image:
        return f"image {workload.image}"
    branch = workload.branch if workload is not None and workload.branch else "the main branch"
    return f"looking for the newest commit of {branch}"


def _prepare_words(service: ServiceDocument | None, new: Sequence[ReplicaDocument]) -> str:
    if new:
        return "built, and a first replica was started"
    if service is not None and service.unplaced:
        return f"no replica fits: {service.unplaced}"
    return "fetched and built before the first replica starts"


def _new_words(new: Sequence[ReplicaDocument], wanted: int) -> str:
    ready = sum(1 for each in new if each.state == "ready")
    counts = ((sum(1 for each in new if each.state == state), word) for state, word in _COUNTED)
    said = [f"{ready} of {wanted} ready", *(f"{count} {word}" for count, word in counts if count)]
    ends = [each.reason for each in new if each.state in ("unready", "stopped") and each.reason]
    last = f"; the last: {ends[-1]}" if ends and ready < wanted else ""
    return ", ".join(said) + last


_COUNTED = (("starting", "starting"), ("unready", "not ready"), ("stopped", "ended"))


def _old_words(old: Sequence[ReplicaDocument]) -> str:
    if not old:
        return "none is left"
    draining = sum(1 for each in old if each.state == "draining")
    serving = len(old) - draining
    leaving = f", {draining} finishing {'its' if draining == 1 else 'their'} requests"
    return f"{serving} still {'serves' if serving == 1 else 'serve'}{leaving if draining else ''}"


def _verdict_words(deployment: DeploymentDocument) -> str:
    if deployment.status == "failed":
        return deployment.message or deployment.reason
    if deployment.status == "succeeded":
        return "every wanted replica is new and ready"
    return ""


def _sourced(events: Iterable[AuditEvent], deployment_id: str) -> datetime | None:
    for each in events:
        if (
            each.type == "service.rollout_sourced"
            and each.data.get("deployment_id") == deployment_id
        ):
            return each.at
    return None


async def _lines(visit: Visit, one: OneService, newest: DeploymentDocument) -> tuple[str, ...]:
    """What was said while it was prepared; nothing to who may not read logs."""
    if one.then is None:
        return ()
    question = GetServiceLogs(
        project=one.handle, name=one.then.slug, tail=LINES_READ, since=newest.created_at
    )
    found = await visit.find(question, LogLines)
    if found is None:
        return ()
    said = [line.message for line in found.items if line.replica_id == newest.id]
    return tuple(said[-LINES_SHOWN:])
