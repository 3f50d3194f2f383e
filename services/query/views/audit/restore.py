"""What a restore would do: the wanted state of a moment beside today's. Decides nothing.

Only what people want is restored, never what was (replicas, rollouts), who may do what, or a key
that was revoked: history is not rewritten, and old rights do not come back by themselves."""

from services.query.asked import Asked
from services.query.views.audit.changes import operations
from services.query.views.audit.history import change_of, refusal_of, state_at
from services.query.views.audit.read import Folded, fold, resolved
from services.query.views.audit.states import FACETS, Json
from shared.domain.catalog import EVENTS
from shared.domain.rejections import Conflicting, Forbidden, Invalid, NotFound
from shared.domain.service.events import (
    ConversationRevised,
    ParticipationRevised,
    RegistrationRevised,
    ServiceRegistered,
    ServiceRevised,
    WorkloadRevised,
)
from shared.envelope.codec import decode_object
from shared.kernel.secrets import ERASED
from shared.queries.audit import NamesWanted, PlanRestore, RestorePlan, ServiceWanted

_SERVICE_FIELDS = ("name", "slug", "description", "labels", *FACETS)
_NAME_FIELDS = {"project": ("name", "description"), "principal": ("name", "email")}


async def plan_restore(
    question: PlanRestore, asked: Asked
) -> RestorePlan | NotFound | Invalid | Forbidden | Conflicting:
    kind, id_ = question.kind, question.id
    if kind not in ("service", *_NAME_FIELDS):
        return Invalid(field="kind", message="must be service, project or principal")
    refusal = await refusal_of(kind, id_, asked)
    if refusal is not None:
        return refusal
    to = await resolved(question.to, asked, "to")
    if isinstance(to, Invalid):
        return to
    folded = await fold(kind, id_, asked, until=asked.moment.position)
    then = state_at(folded, to)
    if then.get("lifecycle") != "live":
        return Conflicting(state="removed", message="It did not exist at that moment.")
    if kind == "service":
        return _of_service(question, asked, folded, then, to)
    if folded.state["lifecycle"] != "live":
        return Conflicting(state="removed", message="It was removed; that is not taken back.")
    return _of_names(question, asked, folded, then, to)


def _of_service(
    question: PlanRestore, asked: Asked, folded: Folded, then: Json, to: int
) -> RestorePlan:
    now = folded.state
    revives = now["lifecycle"] == "removed"
    kept = [f for f in FACETS if then[f] is None and now[f] is not None and not revives]
    fields = [name for name in _SERVICE_FIELDS if name not in kept]
    changes = operations(
        {} if revives else {name: now[name] for name in fields},
        {name: then[name] for name in fields},
    )
    left = [f"The {facet} stays: a facet cannot be taken away." for facet in kept]
    if then["workload"] is not None:
        left.append("The code is the newest of the branch, or the image as its registry has it.")
    return RestorePlan(
        kind="service",
        id=question.id,
        project_id=now["project_id"],
        now=asked.moment.position,
        to=to,
        changes=tuple(change_of(each, folded) for each in changes),
        left=tuple(left),
        revives=revives,
        service=_wanted(folded, to),
    )


def _of_names(
    question: PlanRestore, asked: Asked, folded: Folded, then: Json, to: int
) -> RestorePlan:
    names = _NAME_FIELDS[question.kind]
    # What was erased cannot come back: it stays as it is now.
    fields = [name for name in names if question.kind == "project" or then.get(name) != ERASED]
    changes = operations(
        {name: folded.state.get(name) for name in fields},
        {name: then.get(name) for name in fields},
    )
    erased = () if len(fields) == len(names) else ("What was erased stays erased.",)
    roles = "Collaborators" if question.kind == "project" else "Members, keys and the password"
    return RestorePlan(
        kind=question.kind,
        id=question.id,
        project_id=question.id if question.kind == "project" else None,
        now=asked.moment.position,
        to=to,
        changes=tuple(change_of(each, folded) for each in changes),
        left=(f"{roles} stay as they are.", *erased),
        revives=False,
        names=NamesWanted(
            name=then["name"] if "name" in fields else None,
            text=then.get(names[1]) if names[1] in fields else None,
            keeps_text=names[1] not in fields,
        ),
    )


def _wanted(folded: Folded, to: int) -> ServiceWanted:
    """In the domain's own values, as the last events before the moment gave them."""
    wanted: Json = {}
    for event in folded.events:
        if event.position > to:
            break
        known = EVENTS.get(event.type)
        if known is None or not event.type.startswith("service."):
            continue
        match decode_object(known[0], event.data):
            case ServiceRegistered() as born:
                wanted = {name: getattr(born, name) for name in _SERVICE_FIELDS}
            case ServiceRevised() as revised:
                names = ("name", "slug", "description", "labels")
                wanted |= {name: getattr(revised, name) for name in names}
            case WorkloadRevised(workload=workload):
                wanted["workload"] = workload
            case RegistrationRevised(registration=registration):
                wanted["registration"] = registration
            case ConversationRevised(conversation=conversation):
                wanted["conversation"] = conversation
            case ParticipationRevised(participation=participation):
                wanted["participation"] = participation
    return ServiceWanted(**wanted)
