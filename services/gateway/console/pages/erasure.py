"""Erasure: whose secrets, how many, what it does, and only then a confirmation that is typed.

What is erased is unreadable in the whole history, and cannot be brought back by anybody."""

from dataclasses import dataclass
from typing import Final

from litestar import Response
from litestar.handlers import HTTPRouteHandler

from services.gateway.console.page import form, page, redirect, rendered
from services.gateway.console.pages.naming import id_of, names_of
from services.gateway.console.visit import Visit
from services.gateway.console.writing import CONFLICT, PAST, done
from shared.domain.rejections import NotFound
from shared.domain.vault.commands import EraseSecrets
from shared.queries.audit import FindOwner, OwnerDocument

PATH: Final = "/console/erasure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """`name` is what must be typed: what people call it, its id where it has no name."""

    document: OwnerDocument
    name: str

    @property
    def left(self) -> int:
        return self.document.secrets - self.document.erased


async def erasure(visit: Visit) -> Response[bytes]:
    return await _page(visit, visit.query.get("owner", "").strip())


async def _page(visit: Visit, key: str, typed_in: dict[str, str] | None = None) -> Response[bytes]:
    owner = await _owner(visit, key) if key else None
    if key and owner is None:
        visit.problems["owner"] = "There is nothing of this id or handle whose secrets you may see."
    return rendered(
        visit,
        "erasure.html",
        status=200 if typed_in is None else CONFLICT,
        owner=owner,
        key=key,
        typed_in=typed_in or {},
        past=PAST,
    )


async def _owner(visit: Visit, key: str) -> Owner | None:
    """By id, or by the handle of a principal or a project. As of today: what is erased was so
    in all of history."""
    for kind in ("principal", "project"):
        id_ = await id_of(visit, kind, key)
        if isinstance(id_, NotFound):
            continue
        document = await visit.find(FindOwner(owner_id=id_), OwnerDocument, now=True)
        if document is not None:
            names = await names_of(visit, [(document.kind, document.id)])
            known = names.known.get((document.kind, document.id))
            return Owner(document=document, name=known or document.id)
    return None


async def erase(visit: Visit, fields: dict[str, str]) -> Response[bytes]:
    id_ = fields.get("owner", "")
    owner = await _owner(visit, id_) if id_ else None
    if owner is None:
        return await _page(visit, id_, fields)
    if fields.get("confirmation", "").strip() != owner.name:
        visit.problems["confirmation"] = (
            f"Type {owner.name} as it stands there; nothing was erased."
        )
        return await _page(visit, id_, fields)
    if not fields.get("reason", "").strip():
        visit.problems["reason"] = "An erasure is kept with its reason; nothing was erased."
        return await _page(visit, id_, fields)
    document = owner.document

    async def act() -> None:
        command = EraseSecrets(owner_id=document.id, account_id=document.account_id)
        accepted = await visit.call.command(command)
        question = FindOwner(owner_id=document.id)
        await visit.call.ask(question, OwnerDocument, after=accepted.position)

    if await done(visit, fields, act):
        return redirect(visit.url(PATH, owner=document.id))
    return await _page(visit, id_, fields)


HANDLERS: tuple[HTTPRouteHandler, ...] = (page(PATH, erasure), form(PATH, erase))
