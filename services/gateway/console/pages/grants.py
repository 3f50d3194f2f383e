"""Grants: who may do what on which thing, given and taken; names in place of ids."""

from typing import Final

from litestar import Response
from litestar.handlers import HTTPRouteHandler

from services.gateway.console.page import form, page, redirect, rendered
from services.gateway.console.pages.listing import PER_PAGE, page_of, pages_of
from services.gateway.console.pages.naming import Thing, id_of, names_of
from services.gateway.console.visit import Visit
from services.gateway.console.writing import CONFLICT, PAST, done
from services.gateway.refusals import CommandRejected
from services.gateway.surfaces.ops.find import settle
from shared.access.actions import ACTIONS
from shared.domain.grant.commands import GiveGrant, RevokeGrant
from shared.domain.rejections import NotFound
from shared.queries.identity import GetGrant, GrantDocument, GrantPage, ListGrants

PATH: Final = "/console/grants"
EVERYTHING: Final = "*"


async def grants(visit: Visit) -> Response[bytes]:
    return await _page(visit)


async def _page(visit: Visit, typed_in: dict[str, str] | None = None) -> Response[bytes]:
    number, whose = page_of(visit), visit.query.get("principal", "").strip()
    principal_id = await id_of(visit, "principal", whose) if whose else None
    if isinstance(principal_id, NotFound):
        visit.problems["principal"] = "Nobody whom you may see is called so; all are shown."
        principal_id = None
    question = ListGrants(principal_id=principal_id, page=number, per_page=PER_PAGE)
    found = await visit.ask(question, GrantPage)
    return rendered(
        visit,
        "grants.html",
        status=200 if typed_in is None else CONFLICT,
        found=found,
        names=await names_of(visit, _things(found)),
        pages=pages_of(visit, number, len(found.items), found.total),
        whose=whose,
        actions=_actions(),
        typed_in=typed_in or {},
        past=PAST,
    )


def _things(found: GrantPage) -> list[Thing]:
    whom = [("principal", each.principal_id) for each in found.items]
    what = [each.resource.partition(":") for each in found.items]
    return [*whom, *((kind, id_) for kind, _, id_ in what)]


def _actions() -> list[str]:
    """Each alone, each group of them, and all."""
    groups = {f"{each.partition('.')[0]}.*" for each in ACTIONS}
    return [EVERYTHING, *sorted(groups | ACTIONS)]


async def give(visit: Visit, fields: dict[str, str]) -> Response[bytes]:
    async def act() -> None:
        command = GiveGrant(
            grant_id=visit.call.parts.ids.new(),
            principal_id=await _id(visit, "principal", fields.get("principal", "").strip()),
            action=fields.get("action", "").strip(),
            resource=await _resource(visit, fields.get("resource", "").strip()),
        )
        accepted = await visit.call.command(command)
        question = GetGrant(grant_id=command.grant_id)
        await visit.call.ask(question, GrantDocument, after=accepted.position)

    if await done(visit, fields, act):
        return redirect(visit.url(PATH))
    return await _page(visit, fields)


async def _resource(visit: Visit, text: str) -> str:
    """`project:acme` and `account:ann` by their handles too; what is neither the command says."""
    kind, colon, key = text.partition(":")
    if not colon or kind not in ("project", "account"):
        return text
    return f"{kind}:{await _id(visit, kind, key.strip())}"


async def _id(visit: Visit, kind: str, key: str) -> str:
    found = await id_of(visit, kind, key)
    if isinstance(found, NotFound):
        raise CommandRejected(found)
    return found


async def take(visit: Visit, fields: dict[str, str]) -> Response[bytes]:
    grant_id = visit.path["grant"]

    async def act() -> None:
        accepted = await visit.call.command(RevokeGrant(grant_id=grant_id))
        question = GetGrant(grant_id=grant_id)
        await settle(visit.call, question, GrantDocument, after=accepted.position)

    if await done(visit, fields, act):
        return redirect(visit.url(PATH))
    return await _page(visit, {})


HANDLERS: tuple[HTTPRouteHandler, ...] = (
    page(PATH, grants),
    form(PATH, give),
    form(f"{PATH}/{{grant:str}}/take", take),
)
