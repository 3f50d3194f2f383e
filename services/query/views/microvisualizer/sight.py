"""Which services of a project the asker may see: all of them, or those that grants name one by one.

A project out of sight is absent: by its handle, which others may guess, the answer is that of a
handle nobody has."""

from dataclasses import dataclass

from services.query.asked import Asked
from shared.access.state import Project
from shared.domain.rejections import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """`only` are ids of services, also of removed ones; None is every one."""

    project: Project
    only: tuple[str, ...] | None

    def holds(self, service_id: str) -> bool:
        return self.only is None or service_id in self.only

    @property
    def filter(self) -> list[str] | None:
        """For the SQL, so that it comes before paging and counting."""
        return None if self.only is None else list(self.only)


async def services_of(handle: str, asked: Asked) -> Seen | NotFound:
    project = asked.index.project_of_handle(handle)
    if project is None:
        return NotFound(kind="project", key=handle)
    if asked.may("service.read", project.id):
        return Seen(project=project, only=None)
    granted = asked.granted("service.read")
    if granted:
        rows = await asked.rows("list_granted", project_id=project.id, service_ids=granted)
        if rows:
            return Seen(project=project, only=tuple(row[0] for row in rows))
    return NotFound(kind="project", key=handle)
