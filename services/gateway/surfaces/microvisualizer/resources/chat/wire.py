"""The chat on the wire."""

from pydantic import BaseModel

from services.gateway.parameters import Body


class AiChatMessage(Body):
    role: str
    content: str


class AiChatRequest(Body):
    messages: list[AiChatMessage]


class Said(BaseModel):
    role: str
    content: str


class AiChatResponse(BaseModel):
    message: Said
