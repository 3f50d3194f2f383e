"""Time travel through anything: its state at a moment, differences, blame, whys, restores.

The same questions for every kind of thing, so the handlers are made from one table."""

from typing import Any

from litestar import Request
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from services.gateway.answer import Answer, answered
from services.gateway.call import Call, call_of
from services.gateway.operation import operation
from services.gateway.parameters import read_body, read_json, read_query
from services.gateway.refusals import CommandRejected
from services.gateway.surfaces.ops.history import History, HistoryQuery, history_of, refused
from services.gateway.surfaces.ops.resources.time import translate, wire
from services.gateway.surfaces.ops.statuses import READ, WRITE
from shared.domain.hardware_tier.tier import TIER_ID
from shared.domain.node.parts import NAME as NODE_NAME
from shared.domain.rejections import NotFound
from shared.kernel.ids import is_id
from shared.queries.audit import (
    BlameDocument,
    DiffDocument,
    GetBlame,
    GetDiff,
    GetState,
    GetTimeline,
    GetWhy,
    PlanRestore,
    RestorePlan,
    StateDocument,
    TimelineDocument,
    WhyDocument,
)
from shared.queries.identity import (
    GetPrincipal,
    GetProject,
    PrincipalDocument,
    ProjectDocument,
)

AnyRequest = Request[Any, Any, Any]
_TAG = "time"

# What it is, its path, the name of its key there, and a word for operation ids.
_KINDS = (
    ("service", "/ops/v1/services", "service", "service"),
    ("project", "/ops/v1/projects", "project", "project"),
    ("principal", "/ops/v1/organizations", "key", "organization"),
    ("principal", "/ops/v1/users", "key", "user"),
    ("principal", "/ops/v1/service-accounts", "key", "service_account"),
    ("api_key", "/ops/v1/api-keys", "key", "api_key"),
    ("grant", "/ops/v1/grants", "grant", "grant"),
    ("webhook", "/ops/v1/webhooks", "webhook", "webhook"),
    ("account", "/ops/v1/accounts", "account", "account"),
    ("execution", "/ops/v1/jobs", "job", "job"),
    ("environment", "/ops/v1/environments", "environment", "environment"),
    ("hardware_tier", "/ops/v1/hardware-tiers", "hardware_tier", "hardware_tier"),
    ("node", "/ops/v1/nodes", "node", "node"),
)
_WITH_HISTORY = frozenset(
    {"api_key", "grant", "webhook", "account", "execution", "environment", "hardware_tier", "node"}
)
_RESTORABLE = frozenset({"service", "project", "principal"})


async def _id_of(call: Call, kind: str, key: str) -> str:
    """An id is taken as it is: what was removed has no handle any more."""
    _ = call.signed_in
    if is_id(key):
        return key
    match kind:
        case "hardware_tier" if TIER_ID.match(key):
            return key
        case "node" if NODE_NAME.match(key):
            return key
        case "project":
            return (await call.find(GetProject(key=key), ProjectDocument)).id
        case "principal" | "account":
            return (await call.find(GetPrincipal(key=key), PrincipalDocument)).id
        case _:
            raise CommandRejected(NotFound(kind=kind, key=key))


async def why_of_event(position: FromPath[str], request: AnyRequest) -> Answer[wire.Why]:
    call = call_of(request)
    _ = call.signed_in
    if not position.isascii() or not position.isdigit() or len(position) > 18:
        raise refused("position", "must be a position of the log")
    document = await call.ask(GetWhy(position=int(position)), WhyDocument)
    return answered(translate.from_why(document))


async def why_of_replica(replica: FromPath[str], request: AnyRequest) -> Answer[wire.Why]:
    call = call_of(request)
    _ = call.signed_in
    return answered(translate.from_why(await call.ask(GetWhy(replica_id=replica), WhyDocument)))


async def get_timeline(service: FromPath[str], request: AnyRequest) -> Answer[wire.Timeline]:
    call = call_of(request)
    _ = call.signed_in
    query = read_query(call.parameters(), wire.TimelineQuery)
    question = GetTimeline(service_id=service, after=query.after, limit=query.limit)
    return answered(translate.from_timeline(await call.ask(question, TimelineDocument)))


async def _state(call: Call, kind: str, key: str) -> Answer[wire.State]:
    question = GetState(kind=kind, id=await _id_of(call, kind, key))
    return answered(translate.from_state(await call.ask(question, StateDocument)))


async def _diff(call: Call, kind: str, key: str) -> Answer[wire.Diff]:
    id_ = await _id_of(call, kind, key)
    query = read_query(call.parameters(), wire.DiffQuery)
    question = GetDiff(
        kind=kind,
        id=id_,
        start=translate.instant("from", query.start),
        end=translate.instant("to", query.to),
    )
    return answered(translate.from_diff(await call.ask(question, DiffDocument)))


async def _blame(call: Call, kind: str, key: str) -> Answer[wire.Blame]:
    question = GetBlame(kind=kind, id=await _id_of(call, kind, key))
    return answered(translate.from_blame(await call.ask(question, BlameDocument)))


async def _restore(call: Call, kind: str, key: str) -> Answer[wire.RestorePlan]:
    """Plans, and unless that was all that was asked for, gives the command. A repeat under the same
    idempotency key is answered as at first: the command was decided once."""
    id_ = await _id_of(call, kind, key)
    call.fingerprinted = read_json(call.body)
    body = read_body(call.fingerprinted, wire.Restore)
    query = read_query(call.parameters(), wire.RestoreQuery)
    question = PlanRestore(kind=kind, id=id_, to=translate.instant("to", body.to))
    plan = await call.find(question, RestorePlan)
    if query.plan:
        return answered(translate.from_plan(plan))
    command = translate.to_restore(plan, deployment_id=call.parts.ids.new())
    accepted = await call.command(command)
    await call.ask(GetState(kind=kind, id=id_), StateDocument, after=accepted.position)
    return answered(translate.from_plan(plan, position=accepted.position))


def _of_kind(kind: str, path: str, name: str, word: str) -> tuple[HTTPRouteHandler, ...]:
    one = f"{path}/{{{name}:str}}"

    async def get_history(request: AnyRequest) -> Answer[History]:
        call = call_of(request)
        id_ = await _id_of(call, kind, request.path_params[name])
        return answered(await history_of(call, kind, id_))

    async def get_state(request: AnyRequest) -> Answer[wire.State]:
        return await _state(call_of(request), kind, request.path_params[name])

    async def get_diff(request: AnyRequest) -> Answer[wire.Diff]:
        return await _diff(call_of(request), kind, request.path_params[name])

    async def get_blame(request: AnyRequest) -> Answer[wire.Blame]:
        return await _blame(call_of(request), kind, request.path_params[name])

    async def restore(request: AnyRequest) -> Answer[wire.RestorePlan]:
        return await _restore(call_of(request), kind, request.path_params[name])

    handlers: tuple[HTTPRouteHandler, ...] = ()
    if kind in _WITH_HISTORY:
        handlers += operation(
            "GET", f"{one}/history", get_history, operation_id=f"get_{word}_history",
            summary="What happened", tag=_TAG, query=HistoryQuery, refusals=READ,
        )  # fmt: skip
    if kind == "account":
        return handlers
    handlers += (
        *operation(
            "GET", f"{one}/state", get_state, operation_id=f"get_{word}_state",
            summary="What it was at a moment (as_of); also of removed ones", tag=_TAG,
            refusals=READ,
        ),
        *operation(
            "GET", f"{one}/diff", get_diff, operation_id=f"get_{word}_diff",
            summary="What changed between two moments", tag=_TAG, query=wire.DiffQuery,
            refusals=READ,
        ),
        *operation(
            "GET", f"{one}/blame", get_blame, operation_id=f"get_{word}_blame",
            summary="Who gave each field its value, when, why", tag=_TAG, refusals=READ,
        ),
    )  # fmt: skip
    if kind in _RESTORABLE:
        handlers += operation(
            "POST", f"{one}/restore", restore, operation_id=f"restore_{word}",
            summary="Make it again what it was; ?plan=true says what would change", tag=_TAG,
            body=wire.Restore, query=wire.RestoreQuery, refusals=WRITE,
        )  # fmt: skip
    return handlers


HANDLERS: tuple[HTTPRouteHandler, ...] = (
    *(handler for kind in _KINDS for handler in _of_kind(*kind)),
    *operation(
        "GET",
        "/ops/v1/services/{service:str}/timeline",
        get_timeline,
        summary="What happened to a service in order, with its incidents",
        tag=_TAG,
        query=wire.TimelineQuery,
        refusals=READ,
    ),
    *operation(
        "GET",
        "/ops/v1/events/{position:str}/why",
        why_of_event,
        summary="Why this happened, up to who began it",
        tag=_TAG,
        refusals=READ,
    ),
    *operation(
        "GET",
        "/ops/v1/replicas/{replica:str}/why",
        why_of_replica,
        summary="Why this replica was started",
        tag=_TAG,
        refusals=READ,
    ),
)
