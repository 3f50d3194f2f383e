"""A service's forms: back to the deployment before, its bounds, and back to a moment by a plan."""

import hashlib
from typing import Any, Final

from litestar import Response
from litestar.handlers import HTTPRouteHandler

from services.gateway.console.moments import typed
from services.gateway.console.page import form, page, redirect, rendered
from services.gateway.console.pages.one_service import OneService, one_service
from services.gateway.console.pages.service import missing
from services.gateway.console.visit import Visit
from services.gateway.console.writing import (
    CONFLICT,
    PAST,
    done,
    number,
    refuse,
    whole,
    with_reason,
)
from services.gateway.deploying import check_may_deploy, stable_before
from services.gateway.moments import NOW
from services.gateway.refusals import CommandRejected
from services.gateway.surfaces.ops.resources.time.translate import to_restore
from shared.domain.rejections import Conflicting
from shared.domain.scaling.commands import SetScalingPolicy
from shared.domain.service.commands import RequestRollout, ReviseWorkload
from shared.kernel import json
from shared.queries.audit import Instant, PlanRestore, RestorePlan
from shared.queries.scaling import GetScaling, ScalingDocument
from shared.queries.services import DeploymentDocument, GetServiceById, ServiceDocument

TARGETS: Final = (
    "target_concurrency",
    "window_seconds",
    "scale_down_delay_seconds",
    "hold_seconds",
)


async def change(visit: Visit) -> Response[bytes]:
    one = await one_service(visit)
    return missing(visit) if one is None else await _change_page(visit, one)


async def _change_page(
    visit: Visit, one: OneService, typed_in: dict[str, str] | None = None
) -> Response[bytes]:
    scaling, target = None, None
    if one.today is not None and one.today.workload is not None:
        question = GetScaling(service_id=one.id, decisions=0)
        scaling = await visit.find(question, ScalingDocument, now=True)
        target = await _target(visit, one.today)
    return rendered(
        visit,
        "change.html",
        status=200 if typed_in is None else CONFLICT,
        one=one,
        tab="change",
        scaling=scaling,
        target=target,
        typed_in=typed_in or {},
        past=PAST,
    )


async def _target(visit: Visit, today: ServiceDocument) -> DeploymentDocument | None:
    try:
        return await stable_before(visit.call, today)
    except CommandRejected as rejected:
        if isinstance(rejected.rejection, Conflicting):
            return None
        raise


async def roll_back(visit: Visit, fields: dict[str, str]) -> Response[bytes]:
    one = await one_service(visit)
    if one is None or one.today is None:
        return missing(visit)
    await check_may_deploy(visit.call)
    if not with_reason(visit, fields):
        return await _change_page(visit, one, fields)
    try:
        target = await stable_before(visit.call, one.today)
        if fields.get("deployment") != target.id:
            # Between the page and the click another rollout ended: the plan is not what was read.
            visit.problems["refused"] = "What ran before is another one by now. Read it again."
            return await _change_page(visit, one, fields)
        command = RequestRollout(
            service_id=one.id,
            project_id=one.today.project_id,
            deployment_id=visit.call.parts.ids.new(),
            trigger="rollback",
            commit=target.commit,
        )
        return await _done(visit, one, command)
    except CommandRejected as rejected:
        refuse(visit, rejected.rejection)
        return await _change_page(visit, one, fields)


async def set_bounds(visit: Visit, fields: dict[str, str]) -> Response[bytes]:
    """Two commands, as bounds are the workload's and the idle time is the scaling's; each only
    where it changes something."""
    one = await one_service(visit)
    if one is None or one.today is None:
        return missing(visit)
    low, high = whole(visit, fields, "replicas_min"), whole(visit, fields, "replicas_max")
    idle = whole(visit, fields, "idle_seconds")
    is_reasoned = with_reason(visit, fields)
    if low is None or high is None or idle is None or not is_reasoned:
        return await _change_page(visit, one, fields)
    try:
        found = await visit.ask_now(GetScaling(service_id=one.id, decisions=0), ScalingDocument)
        position = 0
        if (low, high) != (found.replicas_min, found.replicas_max):
            bounds = ReviseWorkload(
                service_id=one.id,
                project_id=found.project_id,
                deployment_id=visit.call.parts.ids.new(),
                replicas_min=low,
                replicas_max=high,
            )
            position = (await visit.call.command(bounds)).position
        if idle != found.idle_seconds:
            policy = SetScalingPolicy(
                service_id=one.id, project_id=found.project_id, scale_to_zero_seconds=float(idle)
            )
            position = (await visit.call.command(policy)).position
        return await _shown(visit, one, position)
    except CommandRejected as rejected:
        refuse(visit, rejected.rejection)
        return await _change_page(visit, one, fields)


async def set_targets(visit: Visit, fields: dict[str, str]) -> Response[bytes]:
    """What one replica is good for, and how long is looked back and waited: one command, only
    with what is another now."""
    one = await one_service(visit)
    if one is None or one.today is None:
        return missing(visit)
    given = {name: number(visit, fields, name) for name in TARGETS}
    limit = whole(visit, fields, "hold_limit")
    is_none = not fields.get("target_rps", "").strip()
    rps = None if is_none else number(visit, fields, "target_rps")
    if visit.problems:
        return await _change_page(visit, one, fields)

    async def act() -> None:
        found = await visit.ask_now(GetScaling(service_id=one.id, decisions=0), ScalingDocument)
        wanted: dict[str, Any] = {**given, "hold_limit": limit, "target_rps": rps}
        policy = found.policy
        changed = {name: it for name, it in wanted.items() if it != getattr(policy, name)}
        if changed:
            command = SetScalingPolicy(service_id=one.id, project_id=found.project_id, **changed)
            accepted = await visit.call.command(command)
            question = GetScaling(service_id=one.id, decisions=0)
            await visit.call.ask(question, ScalingDocument, after=accepted.position)

    if await done(visit, fields, act):
        return redirect(visit.url(f"{one.path}/scaling"))
    return await _change_page(visit, one, fields)


async def restore(visit: Visit) -> Response[bytes]:
    """The plan: what would differ from today, before anything is done."""
    one = await one_service(visit)
    if one is None:
        return missing(visit)
    return await _restore_page(visit, one, visit.query.get("to", ""))


async def _restore_page(
    visit: Visit, one: OneService, text: str, typed_in: dict[str, str] | None = None
) -> Response[bytes]:
    plan = await _plan(visit, one, text)
    return rendered(
        visit,
        "restore.html",
        status=200 if typed_in is None else CONFLICT,
        one=one,
        tab="change",
        plan=plan,
        digest="" if plan is None else _digest(plan),
        to=text,
        typed_in=typed_in or {},
    )


async def _plan(visit: Visit, one: OneService, text: str) -> RestorePlan | None:
    moment = typed(text, now=visit.now, zone=visit.zone)
    if moment is None or moment == NOW:
        if text:
            visit.problems["to"] = "Type a time such as 14:02, -2h, tue 14:00, or a log position."
        return None
    to = Instant(position=moment.position, time=moment.time)
    try:
        return await visit.ask_now(PlanRestore(kind="service", id=one.id, to=to), RestorePlan)
    except CommandRejected as rejected:
        refuse(visit, rejected.rejection)
        return None


def _digest(plan: RestorePlan) -> str:
    """Of what a person read: the words of each change."""
    read = [[each.op, each.path, each.words] for each in plan.changes]
    return hashlib.sha256(json.canonical(read)).hexdigest()


async def apply_restore(visit: Visit, fields: dict[str, str]) -> Response[bytes]:
    one = await one_service(visit)
    if one is None:
        return missing(visit)
    text = fields.get("to", "")
    plan = await _plan(visit, one, text)
    if plan is not None and plan.service is not None and plan.service.workload is not None:
        # It lets code run that was there then; what is only described runs nothing.
        await check_may_deploy(visit.call)
    if plan is None or not with_reason(visit, fields):
        return await _restore_page(visit, one, text, fields)
    if fields.get("plan") != _digest(plan):
        visit.problems["refused"] = "The service changed since this plan was read. This is it now."
        return await _restore_page(visit, one, text, fields)
    command = to_restore(plan, deployment_id=visit.call.parts.ids.new())
    try:
        return await _done(visit, one, command)
    except CommandRejected as rejected:
        refuse(visit, rejected.rejection)
        return await _restore_page(visit, one, text, fields)


async def _done(visit: Visit, one: OneService, command: object) -> Response[bytes]:
    return await _shown(visit, one, (await visit.call.command(command)).position)


async def _shown(visit: Visit, one: OneService, position: int) -> Response[bytes]:
    """The service's page, once the views know what was done."""
    question = GetServiceById(service_id=one.id)
    await visit.call.ask(question, ServiceDocument, after=position)
    return redirect(visit.url(one.path))


_ONE = "/console/p/{handle:str}/s/{service:str}"

HANDLERS: tuple[HTTPRouteHandler, ...] = (
    page(f"{_ONE}/change", change),
    form(f"{_ONE}/rollback", roll_back),
    form(f"{_ONE}/bounds", set_bounds),
    form(f"{_ONE}/targets", set_targets),
    page(f"{_ONE}/restore", restore),
    form(f"{_ONE}/restore", apply_restore),
)
