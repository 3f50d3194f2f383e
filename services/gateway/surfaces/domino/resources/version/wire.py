"""The version on the wire."""

from pydantic import BaseModel


class Version(BaseModel):
    version: str
