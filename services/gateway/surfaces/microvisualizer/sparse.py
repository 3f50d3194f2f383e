"""Answers without what is absent: most objects of this dialect are closed and know no null."""

from typing import Any, TypeVar

from pydantic import BaseModel

from services.gateway.answer import Answer

M = TypeVar("M", bound=BaseModel)


class Sparse(Answer[M]):
    def render(self, content: Any, media_type: str, enc_hook: Any = None) -> bytes:
        if isinstance(content, BaseModel):
            return content.model_dump_json(exclude_none=True).encode()
        return super().render(content, media_type, enc_hook)


class SparseList(Answer[Any]):
    """A bare array of such objects."""

    def render(self, content: Any, media_type: str, enc_hook: Any = None) -> bytes:
        return (
            b"[" + b",".join(i.model_dump_json(exclude_none=True).encode() for i in content) + b"]"
        )


def sparse(content: M) -> Sparse[M]:
    return Sparse(content, status_code=200, media_type="application/json")


def sparse_list(content: list[Any]) -> SparseList:
    return SparseList(content, status_code=200, media_type="application/json")
