"""Roles of members and collaborators; what each may do is in shared/access/actions.py.

`launcher` only starts jobs, `importer` only uses what a project gives; both see little of it."""

from typing import Literal

Role = Literal["owner", "admin", "member", "viewer", "launcher", "importer"]
