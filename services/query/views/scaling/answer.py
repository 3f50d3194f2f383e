"""Answers about the scaling of services: settings, decisions, and what others would have made."""

from pathlib import Path

from services.query.asked import Asked, Row
from services.query.view import View
from services.query.views.scaling.memory import memory_of
from services.query.views.scaling.projection import project
from services.query.views.scaling.what_if import what_if
from shared.domain.rejections import NotFound
from shared.domain.scaling.commands import ScalingInputs, ScalingMemory
from shared.domain.scaling.policy import Policy, idle_seconds
from shared.kernel.json import loads
from shared.queries.scaling import (
    DecisionDocument,
    GetScaling,
    ScalingDocument,
    WhatIf,
)

LIMIT_MAX = 1000


async def get_scaling(question: GetScaling, asked: Asked) -> ScalingDocument | NotFound:
    row = await _visible(question.service_id, asked)
    if isinstance(row, NotFound):
        return row
    decisions = await asked.rows(
        "list_decisions",
        service_id=row[0],
        until=asked.moment.position,
        limit=min(max(question.decisions, 0), LIMIT_MAX),
    )
    policy = Policy() if row[7] is None else Policy(**loads(row[7]))
    labels = tuple((name, value) for name, value in loads(row[2]))
    return ScalingDocument(
        service_id=row[0],
        project_id=row[1],
        policy=policy,
        idle_seconds=idle_seconds(policy, labels),
        replicas_wanted=row[3],
        replicas_ready=row[4],
        replicas_min=row[5],
        replicas_max=row[6],
        memory=ScalingMemory() if row[8] is None else memory_of(row[8]),
        decisions=tuple(_decision(decision) for decision in decisions),
    )


async def _visible(service_id: str, asked: Asked) -> Row | NotFound:
    row = await asked.row("get_scaling", service_id=service_id)
    if row is None or not asked.may("service.read", row[1], service_id):
        return NotFound(kind="service", key=service_id)
    return row


def _decision(row: Row) -> DecisionDocument:
    return DecisionDocument(
        at=row[0],
        position=row[1],
        desired=row[2],
        previous=row[3],
        reasons=tuple(loads(row[4])),
        inputs=ScalingInputs(**loads(row[5])),
    )


SCALING = View(
    name="scaling",
    sql=Path(__file__).parent / "sql",
    streams=("scaling",),
    tables=("scaling",),
    looks_up=("scaling_now",),
    project=project,
    reads=("scaling", "services"),
    answers={GetScaling: get_scaling, WhatIf: what_if},
)
