"""Roles of members and collaborators; what each may do is in shared/access/actions.py."""

from typing import Literal

Role = Literal["owner", "admin", "member", "viewer"]
