"""Shares on the wire."""

from pydantic import BaseModel


class PublicShareToken(BaseModel):
    token: str
    createdAt: str
