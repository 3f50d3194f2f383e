"""Answers: a wire model as JSON, written by pydantic's own serializer in one pass."""

from typing import Any, TypeVar

from litestar import Response
from pydantic import BaseModel

M = TypeVar("M", bound=BaseModel)


class Answer(Response[M]):
    def render(self, content: Any, media_type: str, enc_hook: Any = None) -> bytes:
        if isinstance(content, BaseModel):
            return content.model_dump_json().encode()
        return super().render(content, media_type, enc_hook)


def answered(content: M, *, status: int = 200) -> Answer[M]:
    return Answer(content, status_code=int(status), media_type="application/json")


def nothing() -> Response[None]:
    return Response(None, status_code=204)
