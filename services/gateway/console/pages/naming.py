"""What ids are called: lists of grants and owners hold ids, and people know names."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from services.gateway.console.visit import Visit, together
from shared.domain.rejections import NotFound
from shared.kernel.ids import is_id
from shared.queries.audit import AuditEvent
from shared.queries.identity import GetPrincipal, GetProject, PrincipalDocument, ProjectDocument
from shared.queries.services import GetServiceById, ServiceDocument
from shared.queries.webhooks import GetWebhook, WebhookDocument

Thing = tuple[str, str]  # kind, id
PRINCIPALS = ("principal", "account")
NAMED_MAX = 40


@dataclass(slots=True, kw_only=True)
class Names:
    """What nobody may see, or what is gone, keeps the end of its id."""

    known: dict[Thing, str] = field(default_factory=dict)

    def of_event(self, event: AuditEvent) -> str:
        kind, id_ = thing_of(event)
        return f"{kind} {self.of(kind, id_)}"

    def of(self, kind: str, id_: str) -> str:
        return self.known.get((kind, id_)) or f"…{id_[-6:]}"


def thing_of(event: AuditEvent) -> Thing:
    """What an event is about, as people know it: a replica, a certificate and a scaling decision
    are about their service, a quota about its project."""
    if (service_id := event.data.get("service_id")) is not None:
        return "service", str(service_id)
    kind, _, id_ = event.stream.rpartition("-")
    return _ABOUT.get(kind, kind), id_


_ABOUT = {"scaling": "service", "custom_domain": "service", "watch": "service", "quota": "project"}


async def names_of_events(visit: Visit, events: Iterable[AuditEvent]) -> Names:
    """Of the newest so many things: a page of events may be about as many as it has rows."""
    things = dict.fromkeys(thing_of(each) for each in events)
    return await names_of(visit, list(things)[:NAMED_MAX])


async def names_of(visit: Visit, things: Iterable[Thing]) -> Names:
    """Of each thing once, all at a time, as they are called today: who is meant is the same."""
    wanted = sorted({each for each in things if is_id(each[1])})
    found = await together(*(_name(visit, kind, id_) for kind, id_ in wanted))
    named = zip(wanted, found, strict=True)
    return Names(known={thing: name for thing, name in named if name is not None})


async def _name(visit: Visit, kind: str, id_: str) -> str | None:
    if kind in PRINCIPALS:
        principal = await visit.find(GetPrincipal(key=id_), PrincipalDocument, now=True)
        return None if principal is None else principal.handle or principal.name
    if kind == "project":
        project = await visit.find(GetProject(key=id_), ProjectDocument, now=True)
        return None if project is None else project.handle
    if kind == "service":
        service = await visit.find(GetServiceById(service_id=id_), ServiceDocument, now=True)
        return None if service is None else f"{service.project_handle}/{service.name}"
    if kind == "webhook":
        hook = await visit.find(GetWebhook(webhook_id=id_), WebhookDocument, now=True)
        return None if hook is None else hook.url
    return None


async def id_of(visit: Visit, kind: str, key: str) -> str | NotFound:
    """By id or by handle, of a principal (an account is one) or a project."""
    if is_id(key):
        return key
    if kind in PRINCIPALS:
        principal = await visit.find(GetPrincipal(key=key), PrincipalDocument, now=True)
        return NotFound(kind="principal", key=key) if principal is None else principal.id
    if kind == "project":
        project = await visit.find(GetProject(key=key), ProjectDocument, now=True)
        return NotFound(kind="project", key=key) if project is None else project.id
    return NotFound(kind=kind, key=key)
