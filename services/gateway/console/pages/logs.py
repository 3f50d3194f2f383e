"""Lines of a service: the last ones of the moment; at now numbered, so that a script goes on."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from litestar import Response
from litestar.handlers import HTTPRouteHandler

from services.gateway.console.page import page, rendered
from services.gateway.console.pages.one_service import OneService, one_service
from services.gateway.console.pages.service import missing
from services.gateway.console.visit import Visit, together
from shared.kernel import json
from shared.queries.services import (
    DeploymentPage,
    ListDeployments,
    ListReplicas,
    ReplicaDocument,
    ReplicaList,
)
from shared.queries.telemetry import (
    FollowServiceLogs,
    GetServiceLogs,
    LogFeed,
    LogLine,
    LogLines,
    NumberedLine,
)

TAIL: Final = 500
ROLLOUTS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail:
    """`seen`: the number that whoever follows goes on after; 0 of the past, which has no more."""

    lines: Sequence[LogLine | NumberedLine]
    seen: int


async def logs(visit: Visit) -> Response[bytes]:
    one = await one_service(visit)
    if one is None:
        return missing(visit)
    tail, replicas, rollouts = await together(
        _tail(visit, one), _replicas(visit, one), _rollouts(visit, one)
    )
    text = visit.query.get("q", "").strip()
    replica = visit.query.get("replica", "")
    every = tail.lines if tail is not None else ()
    names = {each.id: name_of(each) for each in replicas} | rollouts
    written = {line.replica_id for line in every}
    return rendered(
        visit,
        "logs.html",
        one=one,
        tab="logs",
        may_see=tail is not None,
        lines=[line for line in every if _fits(line, text, replica)],
        read=len(every),
        seen=0 if tail is None else tail.seen,
        replicas=sorted(written | {each.id for each in replicas if each.state != "stopped"}),
        names=names,
        names_json=json.dumps(names),
        text=text,
        replica=replica,
        key=_key(visit, one, text, replica),
    )


def name_of(replica: ReplicaDocument) -> str:
    """Its place, and enough of its id to tell it from the one that had the place before."""
    return f"r{replica.ordinal}·{replica.id[-4:]}"


def _key(visit: Visit, one: OneService, text: str, replica: str) -> str:
    """Of what is listed: a page in place of another keeps the list only where this is the same."""
    listed = [one.id, text, replica, visit.zone_name, visit.position if visit.is_then else None]
    return hashlib.sha256(json.canonical(listed)).hexdigest()[:12]


async def _tail(visit: Visit, one: OneService) -> Tail | None:
    """None where they are not the asker's to read."""
    if one.then is None:
        return Tail(lines=(), seen=0)
    if not visit.is_then:
        following = FollowServiceLogs(service_id=one.id, tail=TAIL, limit=TAIL)
        feed = await visit.find(following, LogFeed)
        return None if feed is None else Tail(lines=feed.lines, seen=feed.seen)
    question = GetServiceLogs(project=one.handle, name=one.then.slug, tail=TAIL)
    found = await visit.find(question, LogLines)
    return None if found is None else Tail(lines=found.items, seen=0)


async def _replicas(visit: Visit, one: OneService) -> tuple[ReplicaDocument, ...]:
    question = ListReplicas(service_id=one.id, include_stopped=True)
    found = await visit.find(question, ReplicaList)
    return () if found is None else found.items


async def _rollouts(visit: Visit, one: OneService) -> dict[str, str]:
    """What prepares and ends a rollout is said of the deployment, not of a replica."""
    question = ListDeployments(service_id=one.id, per_page=ROLLOUTS)
    found = await visit.find(question, DeploymentPage)
    return {} if found is None else {each.id: f"d-{each.number}" for each in found.items}


def _fits(line: LogLine | NumberedLine, text: str, replica: str) -> bool:
    if replica and line.replica_id != replica:
        return False
    return text.lower() in line.message.lower() if text else True


HANDLERS: tuple[HTTPRouteHandler, ...] = (
    page("/console/p/{handle:str}/s/{service:str}/logs", logs),
)
