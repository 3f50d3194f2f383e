"""Webhooks of git servers: signed with the installation's webhook secret, no other credential.

A push only says "look again": the scheduler reads the branch itself (THREATS row 19)."""

from http import HTTPStatus
from typing import Any

from litestar import Request

from services.gateway.answer import Answer, answered
from services.gateway.call import call_of
from services.gateway.operation import operation
from services.gateway.parameters import read_body, read_json
from services.gateway.surfaces.ops.resources.hooks import translate, wire


async def hear_push(request: Request[Any, Any, Any]) -> Answer[wire.Heard]:
    call = call_of(request)
    translate.check_signature(call.header(b"x-hub-signature-256"), call.body, call.parts.webhook)
    heard = translate.from_push(read_body(read_json(call.body), wire.Push))
    await call.parts.dispatch.hint_pushed(heard.repository)
    return answered(heard, status=HTTPStatus.ACCEPTED)


HANDLERS = operation(
    "POST",
    "/ops/v1/hooks/git",
    hear_push,
    summary="A git server's push webhook, signed with X-Hub-Signature-256",
    tag="hooks",
    status=HTTPStatus.ACCEPTED,
    body=wire.Push,
    headers=("X-Hub-Signature-256",),
    is_public=True,
    refusals=(400, 401, 413, 429, 500, 503),
)
