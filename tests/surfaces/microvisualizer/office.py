"""A gateway over a stub with one project drawn in it, and short ways to ask it."""

from dataclasses import replace
from typing import Any

import httpx

from shared.domain.rejections import NotFound
from shared.domain.service.facets.participation import Participation, Topic
from shared.queries.identity import GetPrincipal, PrincipalDocument
from shared.queries.microvisualizer import (
    ActorName,
    ChangeDocument,
    ChangePage,
    GetChange,
    GetProjectCard,
    GetShare,
    GetSnapshot,
    GetSnapshotById,
    ListChanges,
    ListPins,
    ListProjectCards,
    ListShared,
    ListSnapshots,
    Pin,
    PinList,
    ProjectCard,
    ProjectCardPage,
    ShareDocument,
    SnapshotDocument,
    SnapshotPage,
    SnapshotPair,
)
from tests.surfaces.microvisualizer.contract import check
from tests.surfaces.stubs import CALLER, MOMENT, PROJECT_ID, SERVICE_ID, Gateway

WHEN = "2026-03-18T12:00:00.000005Z"
CHANGE_ID = "0198a0b2-7c4f-7d1e-9a3b-5c6d7e8f9a0b"
TOKEN = "7d444840-9dc0-41d1-b245-5ffdce74fad2"
KEY, MEMBER = ActorName(name="laptop", is_key=True), ActorName(name="ann@a.example", is_key=False)
CARD = ProjectCard(
    id=PROJECT_ID,
    account_id=CALLER.principal_id,
    handle="shop-a1b2c",
    name="Shop",
    description="All of it",
    archived=False,
    pinned_at=None,
    service_count=2,
    is_owner=True,
    created_by=MEMBER,
    created_at=MOMENT,
    updated_by=KEY,
    updated_at=MOMENT,
    may=(
        "project.read",
        "project.remove",
        "project.write",
        "service.read",
        "service.remove",
        "service.write",
    ),
)
PAID = Topic(
    name="Order Paid", category="Events", owner="Team B", flows=("Checkout",), extras={"k": "v"}
)
PAY = SnapshotDocument(
    service_id=SERVICE_ID,
    project_id=PROJECT_ID,
    slug="pay",
    name="Pay",
    description="Takes money",
    participation=Participation(
        category="Money",
        owner="Team A",
        flows=("Checkout",),
        consumes=(Topic(name="ordered"),),
        produces=(PAID,),
        extras={"repo": "acme/pay"},
    ),
    created_by=MEMBER,
    created_at=MOMENT,
    updated_by=KEY,
    valid_from=MOMENT,
    valid_until=None,
)
WEB = replace(
    PAY,
    service_id="ab" * 12,
    slug="web",
    name="web",
    description="",
    participation=Participation(consumes=(Topic(name="order-paid"),)),
)
ALONE = replace(
    WEB, service_id="ba" * 12, slug="alone", name="alone", participation=Participation()
)
CHANGE = ChangeDocument(id=CHANGE_ID, slug="pay", name="Pay", kind="CREATE", actor=KEY, at=MOMENT)
AT = "/v1/projects/shop-a1b2c"


def absent(kind: str) -> NotFound:
    return NotFound(kind=kind, key="")


def furnish(gateway: Gateway) -> None:
    by_slug = {snapshot.slug: snapshot for snapshot in (PAY, WEB, ALONE)}
    gateway.dispatch.answers |= {
        GetProjectCard: lambda q: CARD if q.by_id or q.key == CARD.handle else absent("project"),
        ListProjectCards: ProjectCardPage(items=(CARD,), total=41),
        ListPins: PinList(items=(Pin(handle=CARD.handle, pinned_at=MOMENT),)),
        GetSnapshot: lambda q: by_slug.get(q.slug, absent("service")),
        GetSnapshotById: PAY,
        ListSnapshots: lambda q: (
            SnapshotPage(items=(ALONE, PAY), next_after="pay/x")
            if q.after == ""
            else SnapshotPage(items=(WEB,), next_after=None)
        ),
        ListChanges: ChangePage(items=(CHANGE,), total=1),
        GetChange: lambda q: (
            SnapshotPair(before=None, after=PAY) if q.change_id == CHANGE_ID else absent("change")
        ),
        GetShare: ShareDocument(token=TOKEN, shared_at=MOMENT),
        ListShared: lambda q: SnapshotPage(items=(PAY, WEB), next_after=None),
        GetPrincipal: PrincipalDocument(
            id=CALLER.principal_id,
            kind="service_account",
            handle=None,
            name="bot",
            email=None,
            account_id="0f" * 12,
            home_project_id=None,
            members=(),
            created_at=MOMENT,
            updated_at=MOMENT,
        ),
    }


async def ask(gateway: Gateway, method: str, path: str, **given: Any) -> httpx.Response:
    """Every answer is held against the published file."""
    response = await gateway.ask(method, path, **given)
    check(response)
    return response
