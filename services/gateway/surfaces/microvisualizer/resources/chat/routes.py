"""Questions about the architecture, answered by a model that the operator has named."""

import asyncio
from http import HTTPStatus
from typing import Any

from litestar import Request, Response
from litestar.params import FromPath

from services.gateway.answer import answered
from services.gateway.assistant import Assistant
from services.gateway.call import Call, call_of
from services.gateway.limits import Rate
from services.gateway.operation import operation
from services.gateway.refusals import RateLimited, Refused
from services.gateway.surfaces.microvisualizer.auth import project_of
from services.gateway.surfaces.microvisualizer.errors import insufficient_ai_credits, respond
from services.gateway.surfaces.microvisualizer.graphs.landscape import landscape_of
from services.gateway.surfaces.microvisualizer.reading import all_snapshots, body_of
from services.gateway.surfaces.microvisualizer.resources.chat import translate, wire
from services.gateway.surfaces.microvisualizer.statuses import ALWAYS

# Each costs the operator money and a while.
CHATS = Rate(per_minute=20, burst_per_second=5)


async def chat(projectId: FromPath[str], request: Request[Any, Any, Any]) -> Response[Any]:
    call = call_of(request)
    card = await project_of(call, projectId)
    body = body_of(call, wire.AiChatRequest)
    assistant = Assistant.of(call.parts.settings)
    if assistant is None:
        return respond(
            insufficient_ai_credits(
                "No AI is set up here; an operator sets CHRONOPLANE_AI_ENDPOINT."
            )
        )
    _count(call)
    snapshots = await all_snapshots(call, card.handle)
    messages = await asyncio.to_thread(lambda: translate.to_messages(body, landscape_of(snapshots)))
    said = wire.Said(role="assistant", content=await assistant.answer(messages))
    return answered(wire.AiChatResponse(message=said))


def _count(call: Call) -> None:
    allowance = call.parts.limits.take("ai_chat", call.signed_in.key_id, CHATS)
    if allowance.retry_after_seconds is not None:
        raise Refused(RateLimited(retry_after_seconds=allowance.retry_after_seconds))


HANDLERS = operation(
    "POST",
    "/v1/projects/{projectId:str}/ai/chat",
    chat,
    summary="Ask about the project's architecture",
    tag="AI",
    status=HTTPStatus.OK,
    body=wire.AiChatRequest,
    answer=wire.AiChatResponse,
    refusals=(*ALWAYS, 402, 404, 413),
    operation_id="chatProject",
)
