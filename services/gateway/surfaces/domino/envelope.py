"""Answers of this dialect: wrapped in an envelope with metadata, and without what is absent."""

from typing import Any, Final, TypeVar

from pydantic import BaseModel

from services.gateway.answer import Answer
from services.gateway.call import Call
from services.gateway.surfaces.domino.enums import PASCAL
from services.gateway.surfaces.domino.wire import Metadata, PageMetadata, PageQuery, Pagination

M = TypeVar("M", bound=BaseModel)

BEHIND: Final = "What is shown may be older than what was written last."


class Enveloped(Answer[M]):
    """Optional fields are no nulls here: they are left out."""

    def render(self, content: Any, media_type: str, enc_hook: Any = None) -> bytes:
        if isinstance(content, BaseModel):
            return _dumped(content, is_pascal=False)
        return super().render(content, media_type, enc_hook)


class _Pascal(Enveloped[M]):
    def render(self, content: Any, media_type: str, enc_hook: Any = None) -> bytes:
        if isinstance(content, BaseModel):
            return _dumped(content, is_pascal=True)
        return super().render(content, media_type, enc_hook)


def _dumped(content: BaseModel, *, is_pascal: bool) -> bytes:
    text = content.model_dump_json(exclude_none=True, by_alias=True, context={PASCAL: is_pascal})
    return text.encode()


def enveloped(call: Call, content: M) -> Enveloped[M]:
    """Every success of this dialect: 200, creations too."""
    is_pascal = call.parts.settings.domino_enum_case == PASCAL
    kind = _Pascal if is_pascal else Enveloped
    return kind(content, status_code=200, media_type="application/json")


def metadata(call: Call) -> Metadata:
    return Metadata(requestId=call.request_id, notices=_notices(call))


def page_metadata(call: Call, query: PageQuery, total: int) -> PageMetadata:
    page = Pagination(offset=query.offset, limit=query.limit, totalCount=total)
    return PageMetadata(
        requestId=call.request_id,
        notices=_notices(call),
        offset=page.offset,
        limit=page.limit,
        totalCount=page.totalCount,
        pagination=page,
    )


def _notices(call: Call) -> list[str]:
    return [BEHIND] if (b"chronoplane-stale", b"true") in call.answer_headers else []
