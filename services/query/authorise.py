"""Who may ask this at all: checked here again, whatever the gateway has checked (THREATS row 47).

Only the gateway speaks for people, through a credential that lives now; a process asks what its
rows in PROCESS_QUESTIONS name. What an asker may see is each answer's own check."""

from datetime import datetime

from shared.access.index import AccessIndex
from shared.domain.rejections import Forbidden, Unauthenticated
from shared.envelope.codec import name_of
from shared.envelope.messages import QuestionEnvelope
from shared.queries.audit import FollowLog
from shared.queries.catalog import PROCESS_QUESTIONS
from shared.queries.hardware_tiers import ListHardwareTiers
from shared.queries.nodes import ListNodes
from shared.queries.scaling import GetScaling
from shared.queries.services import ListDeployments, RevealEnv

# Asked by people too, where they may see it.
_BOTH: dict[type, tuple[str, ...]] = {
    RevealEnv: ("scheduler",),
    GetScaling: ("scheduler",),
    ListDeployments: ("scheduler",),
    FollowLog: ("webhooks",),
    ListHardwareTiers: ("scheduler",),
    ListNodes: ("scheduler",),
}


def refusal_of(
    envelope: QuestionEnvelope, publisher: str, index: AccessIndex, now: datetime
) -> Unauthenticated | Forbidden | None:
    """None where the question may be asked."""
    asker, kind = envelope.asker, type(envelope.question)
    if asker.kind == "process":
        allowed = PROCESS_QUESTIONS.get(kind, ()) + _BOTH.get(kind, ())
        if asker.id != publisher or publisher not in allowed:
            return Forbidden(action=name_of(envelope.question), resource=f"process:{publisher}")
        return None
    if publisher != "gateway":
        return Forbidden(action="speak for people", resource=f"process:{publisher}")
    if kind in PROCESS_QUESTIONS:
        return Forbidden(action=name_of(envelope.question), resource="process")
    if asker.credential_id is None:
        return Unauthenticated()
    key = index.live_key(asker.credential_id, now)
    if key is None or key.principal_id != asker.id:
        return Unauthenticated()
    return None
