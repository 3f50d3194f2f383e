"""Hardware tiers: read by whoever has signed in, kept by the installation's admin."""

from typing import Any

from litestar import Request
from litestar.params import FromPath

from services.gateway.call import Call, call_of
from services.gateway.operation import operation
from services.gateway.refusals import CommandRejected
from services.gateway.surfaces.domino.auth import demand_admin
from services.gateway.surfaces.domino.envelope import (
    Enveloped,
    enveloped,
    metadata,
    page_metadata,
)
from services.gateway.surfaces.domino.reading import body_of, page_of, query_of
from services.gateway.surfaces.domino.resources.hardware_tiers import translate, wire
from services.gateway.surfaces.domino.statuses import READ, WRITE
from shared.domain.hardware_tier.commands import (
    ArchiveHardwareTier,
    CreateHardwareTier,
    ReviseHardwareTier,
)
from shared.domain.hardware_tier.tier import TIER_ID
from shared.domain.rejections import NotFound
from shared.queries.hardware_tiers import (
    GetHardwareTier,
    HardwareTierDocument,
    HardwareTierPage,
    ListHardwareTiers,
)

AnyRequest = Request[Any, Any, Any]

WRITING = "hardware_tier.write"


async def get_tiers(request: AnyRequest) -> Enveloped[wire.TierPage]:
    call = call_of(request)
    query = query_of(call, wire.TierQuery)
    question = ListHardwareTiers(
        offset=query.offset, limit=query.limit, with_archived=query.includeArchived
    )
    found, total = await page_of(call, question, HardwareTierPage)
    tiers = [translate.from_tier(tier) for tier in found]
    return enveloped(
        call, wire.TierPage(hardwareTiers=tiers, metadata=page_metadata(call, query, total))
    )


async def create_tier(request: AnyRequest) -> Enveloped[wire.TierEnvelope]:
    call = call_of(request)
    demand_admin(call, WRITING)
    body = body_of(call, wire.NewTier)
    command = CreateHardwareTier(
        tier_id=body.id, account_id=call.signed_in.principal_id, tier=translate.to_tier(body)
    )
    accepted = await call.command(command)
    return await _shown(call, body.id, after=accepted.position)


async def update_tier(request: AnyRequest) -> Enveloped[wire.TierEnvelope]:
    call = call_of(request)
    demand_admin(call, WRITING)
    body = body_of(call, wire.ChangedTier)
    await _found(call, body.id)
    command = ReviseHardwareTier(tier_id=body.id, tier=translate.to_tier(body))
    accepted = await call.command(command)
    return await _shown(call, body.id, after=accepted.position)


async def get_tier(
    hardwareTierId: FromPath[str], request: AnyRequest
) -> Enveloped[wire.TierEnvelope]:
    call = call_of(request)
    _ = call.signed_in
    return await _shown(call, _id_of(hardwareTierId))


async def archive_tier(
    hardwareTierId: FromPath[str], request: AnyRequest
) -> Enveloped[wire.TierEnvelope]:
    call = call_of(request)
    await _found(call, hardwareTierId)
    accepted = await call.command(ArchiveHardwareTier(tier_id=hardwareTierId))
    return await _shown(call, hardwareTierId, after=accepted.position)


def _id_of(text: str) -> str:
    """What could be no id of a tier is none."""
    if not TIER_ID.match(text):
        raise CommandRejected(NotFound(kind="hardware_tier", key=text))
    return text


async def _found(call: Call, tier_id: str) -> HardwareTierDocument:
    _ = call.signed_in
    return await call.find(GetHardwareTier(tier_id=_id_of(tier_id)), HardwareTierDocument)


async def _shown(
    call: Call, tier_id: str, *, after: int | None = None
) -> Enveloped[wire.TierEnvelope]:
    question = GetHardwareTier(tier_id=tier_id)
    tier = translate.from_tier(await call.ask(question, HardwareTierDocument, after=after))
    return enveloped(call, wire.TierEnvelope(hardwareTier=tier, metadata=metadata(call)))


_TAG = "HardwareTier"
_MANY = "/api/hardwaretiers/v1/hardwaretiers"
_ONE = f"{_MANY}/{{hardwareTierId:str}}"

HANDLERS = (
    *operation(
        "GET",
        _MANY,
        get_tiers,
        summary="Get all hardware tiers",
        tag=_TAG,
        query=wire.TierQuery,
        refusals=READ,
        operation_id="getAllHardwareTiers",
    ),
    *operation(
        "POST",
        _MANY,
        create_tier,
        summary="Create a hardware tier",
        tag=_TAG,
        body=wire.NewTier,
        refusals=WRITE,
        operation_id="createHardwareTier",
    ),
    *operation(
        "PUT",
        _MANY,
        update_tier,
        summary="Change a hardware tier",
        tag=_TAG,
        body=wire.ChangedTier,
        refusals=WRITE,
        operation_id="updateHardwareTier",
    ),
    *operation(
        "GET",
        _ONE,
        get_tier,
        summary="Get a hardware tier",
        tag=_TAG,
        refusals=READ,
        operation_id="getHardwareTierById",
    ),
    *operation(
        "DELETE",
        _ONE,
        archive_tier,
        summary="Archive a hardware tier",
        tag=_TAG,
        refusals=WRITE,
        operation_id="archiveHardwareTier",
    ),
)
