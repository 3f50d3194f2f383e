"""API keys: which there are, a new one whose token is shown once, and the end of one."""

import secrets
from datetime import timedelta

from litestar import Response
from litestar.handlers import HTTPRouteHandler

from services.gateway.console.page import form, page, redirect, rendered
from services.gateway.console.pages.listing import PER_PAGE, page_of, pages_of
from services.gateway.console.pages.naming import names_of
from services.gateway.console.visit import Visit
from services.gateway.console.writing import PAST, refuse, whole, with_reason
from services.gateway.refusals import CommandRejected
from services.gateway.surfaces.ops.find import settle
from services.gateway.surfaces.ops.resources.api_keys.translate import DAYS_MAX
from shared.access.digest import digest_of, token_of
from shared.domain.api_key.commands import IssueApiKey, RevokeApiKey
from shared.queries.identity import ApiKeyDocument, ApiKeyPage, GetApiKey, ListApiKeys

SECRET_BYTES = 32
PATH = "/console/keys"


async def keys(visit: Visit) -> Response[bytes]:
    return await _keys_page(visit)


async def _keys_page(
    visit: Visit, *, typed_in: dict[str, str] | None = None, token: str = "", status: int = 200
) -> Response[bytes]:
    number = page_of(visit)
    found = await visit.ask(ListApiKeys(page=number, per_page=PER_PAGE), ApiKeyPage)
    return rendered(
        visit,
        "keys.html",
        status=status,
        found=found,
        names=await names_of(visit, [("principal", each.principal_id) for each in found.items]),
        pages=pages_of(visit, number, len(found.items), found.total),
        typed_in=typed_in or {},
        token=token,
        past=PAST,
    )


async def issue(visit: Visit, fields: dict[str, str]) -> Response[bytes]:
    """The answer is the page itself, not a way to it: nothing else ever holds the token."""
    days = None
    if fields.get("days", "").strip():
        days = whole(visit, fields, "days")
        if days is not None and not 1 <= days <= DAYS_MAX:
            visit.problems["days"] = f"From 1 to {DAYS_MAX}, or nothing for a key without an end."
    is_reasoned = with_reason(visit, fields)
    if "days" in visit.problems or not is_reasoned:
        return await _keys_page(visit, typed_in=fields, status=409)
    call = visit.call
    secret = secrets.token_hex(SECRET_BYTES)
    key_id = call.parts.ids.new()
    command = IssueApiKey(
        key_id=key_id,
        principal_id=visit.caller.principal_id,
        name=fields.get("name", "").strip(),
        digest=digest_of(secret, call.parts.installation),
        expires_at=None if days is None else visit.now + timedelta(days=days),
    )
    try:
        accepted = await call.command(command)
    except CommandRejected as rejected:
        refuse(visit, rejected.rejection)
        return await _keys_page(visit, typed_in=fields, status=409)
    await call.ask(GetApiKey(key_id=key_id), ApiKeyDocument, after=accepted.position)
    return await _keys_page(visit, token=token_of(key_id, secret))


async def revoke(visit: Visit, fields: dict[str, str]) -> Response[bytes]:
    key_id = visit.path["key"]
    if not with_reason(visit, fields):
        return await _keys_page(visit, status=409)
    try:
        accepted = await visit.call.command(RevokeApiKey(key_id=key_id))
    except CommandRejected as rejected:
        refuse(visit, rejected.rejection)
        return await _keys_page(visit, status=409)
    if accepted.subject_id != visit.caller.key_id:
        question = GetApiKey(key_id=key_id)
        await settle(visit.call, question, ApiKeyDocument, after=accepted.position)
    return redirect(visit.url(PATH))


HANDLERS: tuple[HTTPRouteHandler, ...] = (
    page(PATH, keys),
    form(PATH, issue),
    form(f"{PATH}/{{key:str}}/revoke", revoke),
)
