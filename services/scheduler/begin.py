"""The next steps towards more replicas of a deployment: its source first, then starts. Pure."""

from services.scheduler.model import (
    Action,
    Prepare,
    Ready,
    RecordSource,
    Resolve,
    Resolved,
    Situation,
    SourceFailed,
    Standing,
    Start,
    Working,
)
from shared.queries.services import DeploymentDocument

Moves = tuple[list[Action], float | None]


def begin(
    situation: Situation,
    deployment: DeploymentDocument,
    standings: tuple[Standing, ...],
    missing: int,
    free: int,
) -> Moves:
    if missing <= 0:
        return [], None
    commit = deployment.commit
    match situation.memory.sources.get(deployment.id):
        case None:
            return [_first_step(deployment)], None
        case Working():
            return [], None
        case Resolved(commit=found) if found != commit:
            return [RecordSource(deployment_id=deployment.id, commit=found)], None
        case Resolved(commit=found):
            return [Prepare(deployment=deployment, commit=found)], None
        case SourceFailed(at=at):
            # Only of what serves: a rollout has failed by now. The cause may pass.
            left = at + situation.limits.retry_seconds - situation.now
            return ([], left) if left > 0 else ([_first_step(deployment)], None)
        case Ready() as source:
            return _starts(situation, deployment, source, standings, min(missing, free))


def _first_step(deployment: DeploymentDocument) -> Action:
    if deployment.commit is None:
        return Resolve(deployment=deployment)
    return Prepare(deployment=deployment, commit=deployment.commit)


def _starts(
    situation: Situation,
    deployment: DeploymentDocument,
    source: Ready,
    standings: tuple[Standing, ...],
    count: int,
) -> Moves:
    crashes = situation.memory.crashes.get(deployment.id)
    if crashes is not None and situation.now < crashes.until:
        return [], crashes.until - situation.now
    own = [one.doc for one in standings if one.doc.deployment_id == deployment.id]
    used = {doc.ordinal for doc in own}
    ordinals = [ordinal for ordinal in range(len(used) + count) if ordinal not in used][:count]
    return [
        Start(
            deployment_id=deployment.id,
            ordinal=ordinal,
            generation=situation.memory.generations.get((deployment.id, ordinal), 0) + 1,
            prepared=source.prepared,
        )
        for ordinal in ordinals
    ], None
