"""Limits on the wire."""

from pydantic import BaseModel


class LimitsGet(BaseModel):
    currentProjects: int
    maxProjects: int
