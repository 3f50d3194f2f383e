"""Where a question looks, and what of it the asker may see: filters go into the SQL, before paging.

An organization's handle is public (DESIGN 4.1): who has nothing to do with it is refused, and who
may read some of its services sees those."""

from dataclasses import dataclass

from services.query.asked import Asked
from shared.access.state import Project
from shared.domain.rejections import Forbidden, NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """`visible` are ids of services; None is every one."""

    project: Project
    is_member: bool
    visible: tuple[str, ...] | None


def organization(handle: str, asked: Asked) -> Project | NotFound:
    """The home project, whose handle is its owner's."""
    project = asked.index.project_of_handle(handle)
    owner = None if project is None else asked.index.principals.get(project.account_id)
    if project is None or owner is None or owner.handle != handle:
        return NotFound(kind="organization", key=handle)
    return project


async def place(handle: str, asked: Asked) -> Place | NotFound | Forbidden:
    project = organization(handle, asked)
    if isinstance(project, NotFound):
        return project
    is_member = asked.may("project.read", project.id)
    if asked.may("service.read", project.id):
        return Place(project=project, is_member=is_member, visible=None)
    granted = asked.granted("service.read")
    rows = (
        await asked.rows("list_granted", project_id=project.id, service_ids=granted)
        if granted
        else []
    )
    if not rows and not is_member:
        return Forbidden(action="service.read", resource=f"project:{handle}")
    return Place(project=project, is_member=is_member, visible=tuple(row[0] for row in rows))
