"""Answers about projects as architectures. A project out of sight is absent: by its handle, which
others may guess, the answer is that of a handle nobody has."""

from pathlib import Path

from services.query.asked import Asked, Row
from services.query.paging import limits, page_of
from services.query.view import View
from services.query.views.microvisualizer import documents
from services.query.views.microvisualizer.projection import project
from services.query.views.microvisualizer.sight import services_of
from shared.access.state import Project
from shared.domain.rejections import NotFound
from shared.queries.microvisualizer import (
    ChangePage,
    GetChange,
    GetProjectCard,
    GetShare,
    GetSnapshot,
    GetSnapshotById,
    ListChanges,
    ListPins,
    ListProjectCards,
    ListShared,
    ListSnapshots,
    PinList,
    ProjectCard,
    ProjectCardPage,
    ShareDocument,
    SnapshotDocument,
    SnapshotPage,
    SnapshotPair,
)

# Well below what the bus carries in one message, whatever else the answer holds.
PAGE_BYTES = 240 * 1024
PAGE_ROWS = 500


async def get_project(question: GetProjectCard, asked: Asked) -> ProjectCard | NotFound:
    found = (
        _visible(question.key, "project.read", asked)
        if question.by_id
        else _of_handle(question.key, "project.read", asked)
    )
    if isinstance(found, NotFound):
        return found
    rows = await _projects(asked, ListProjectCards(size=1), everything=False, ids=[found.id])
    if rows[0][1] is None:
        return NotFound(kind="project", key=question.key)
    people = await documents.people_of(documents.actors_of_project(rows[0][1:]), asked)
    return documents.project(rows[0][1:], people, asked)


async def list_projects(question: ListProjectCards, asked: Asked) -> ProjectCardPage:
    ids = asked.index.visible_projects(asked.asker.id)
    rows = await _projects(asked, question, everything=ids is None, ids=sorted(ids or ()))
    shown = [row[1:] for row in rows if row[1] is not None]
    actors = [actor for row in shown for actor in documents.actors_of_project(row)]
    people = await documents.people_of(actors, asked)
    items, total = page_of(rows, lambda row: documents.project(row, people, asked))
    return ProjectCardPage(items=items, total=total)


async def _projects(
    asked: Asked, question: ListProjectCards, *, everything: bool, ids: list[str]
) -> list[Row]:
    return await asked.rows(
        "list_projects",
        me=asked.asker.id,
        until=asked.moment.position,
        everything=everything,
        ids=ids,
        hidden=_hidden(asked),
        pinned=question.pinned,
        archived=question.archived,
        created_by=_actor(question.created_by, asked),
        name_part=question.name_part,
        **limits(question.page + 1, question.size),
    )


def _hidden(asked: Asked) -> list[str]:
    """A project that was removed answers at no moment, so it is left out of the past too."""
    return [p.id for p in asked.index.projects.values() if not asked.index.live_project(p.id)]


def _actor(member: str | None, asked: Asked) -> str | None:
    """As the log names a member given by id or by handle; nobody's name matches nothing."""
    if member is None:
        return None
    principal = asked.index.principals.get(member)
    if principal is None:
        home = asked.index.project_of_handle(member)
        principal = asked.index.principals.get(home.account_id) if home else None
    if principal is None:
        return f"nobody:{member}"
    kind = "user" if principal.kind == "user" else "service_account"
    return f"{kind}:{principal.id}"


async def list_pins(question: ListPins, asked: Asked) -> PinList:
    ids = asked.index.visible_projects(asked.asker.id)
    rows = await asked.rows(
        "list_pins",
        me=asked.asker.id,
        everything=ids is None,
        ids=sorted(ids or ()),
        hidden=_hidden(asked),
    )
    return PinList(items=tuple(documents.pin(row) for row in rows))


async def get_snapshot(question: GetSnapshot, asked: Asked) -> SnapshotDocument | NotFound:
    seen = await services_of(question.project, asked)
    if isinstance(seen, NotFound):
        return seen
    row = await asked.row("get_snapshot", project_id=seen.project.id, slug=question.slug)
    if row is None or not seen.holds(row[0]):
        return NotFound(kind="service", key=question.slug)
    return await _snapshot(row, asked)


async def get_snapshot_by_id(
    question: GetSnapshotById, asked: Asked
) -> SnapshotDocument | NotFound:
    row = await asked.row("get_snapshot_by_id", service_id=question.service_id)
    if row is None or not asked.may("service.read", row[1], row[0]):
        return NotFound(kind="service", key=question.service_id)
    return await _snapshot(row, asked)


async def list_snapshots(question: ListSnapshots, asked: Asked) -> SnapshotPage | NotFound:
    seen = await services_of(question.project, asked)
    if isinstance(seen, NotFound):
        return seen
    return await _snapshots(seen.project.id, question.after, asked, only=seen.filter)


async def list_shared(question: ListShared, asked: Asked) -> SnapshotPage | NotFound:
    row = await asked.row("find_share", digest=question.digest)
    if row is None or asked.index.live_project(row[0]) is None:
        return NotFound(kind="share", key="")
    return await _snapshots(row[0], question.after, asked, only=None)


async def list_changes(question: ListChanges, asked: Asked) -> ChangePage | NotFound:
    seen = await services_of(question.project, asked)
    if isinstance(seen, NotFound):
        return seen
    rows = await asked.rows(
        "list_changes",
        project_id=seen.project.id,
        until=asked.moment.position,
        only=seen.filter,
        **limits(question.page + 1, question.size),
    )
    people = await documents.people_of((row[5] for row in rows if row[5] is not None), asked)
    items, total = page_of(rows, lambda row: documents.change(row, people, asked))
    return ChangePage(items=items, total=total)


async def get_change(question: GetChange, asked: Asked) -> SnapshotPair | NotFound:
    seen = await services_of(question.project, asked)
    if isinstance(seen, NotFound):
        return seen
    row = await asked.row(
        "get_change",
        project_id=seen.project.id,
        change_id=question.change_id,
        until=asked.moment.position,
    )
    if row is None or not seen.holds(row[0]):
        return NotFound(kind="change", key=question.change_id)
    service_id, first, last = row
    before = await asked.row("get_snapshot_before", service_id=service_id, position=first)
    after = await asked.row("get_snapshot_after", service_id=service_id, position=last)
    return SnapshotPair(
        before=None if before is None else await _snapshot(before, asked),
        after=None if after is None else await _snapshot(after, asked),
    )


async def get_share(question: GetShare, asked: Asked) -> ShareDocument | NotFound:
    found = _of_handle(question.project, "project.read", asked)
    if isinstance(found, NotFound):
        return found
    nothing = NotFound(kind="share", key=question.project)
    row = await asked.row("get_share", project_id=found.id)
    if row is None:
        return nothing
    account_id, secret_id, shared_at = row
    token = (await asked.secrets.open(account_id, [secret_id]))[secret_id]
    # Erased for good: nobody can be shown what he could share.
    return nothing if token is None else ShareDocument(token=token, shared_at=shared_at)


def _of_handle(handle: str, action: str, asked: Asked) -> Project | NotFound:
    found = asked.project(handle, action)
    return found if isinstance(found, Project) else NotFound(kind="project", key=handle)


def _visible(project_id: str, action: str, asked: Asked) -> Project | NotFound:
    found = asked.index.live_project(project_id)
    if found is None or not asked.may(action, project_id):
        return NotFound(kind="project", key=project_id)
    return found


async def _snapshot(row: Row, asked: Asked) -> SnapshotDocument:
    people = await documents.people_of(documents.actors_of_snapshot(row), asked)
    return documents.snapshot(row, people, asked)


async def _snapshots(
    project_id: str, after: str, asked: Asked, *, only: list[str] | None
) -> SnapshotPage:
    after_slug, _, after_id = after.partition("/")
    rows = await asked.rows(
        "list_snapshots",
        project_id=project_id,
        after_slug=after_slug,
        after_id=after_id,
        only=only,
        limit=PAGE_ROWS + 1,  # One more tells whether there is a next page.
    )
    shown = _fitting(rows[:PAGE_ROWS])
    actors = [actor for row in shown for actor in documents.actors_of_snapshot(row)]
    people = await documents.people_of(actors, asked)
    items = tuple(documents.snapshot(row, people, asked) for row in shown)
    cursor = f"{items[-1].slug}/{items[-1].service_id}" if len(shown) < len(rows) else None
    return SnapshotPage(items=items, next_after=cursor)


def _fitting(rows: list[Row]) -> list[Row]:
    """As many as one message carries; one at least, whose event has fit into one as well."""
    size = 0
    for count, row in enumerate(rows):
        size += documents.size_of_snapshot(row)
        if count and size > PAGE_BYTES:
            return rows[:count]
    return rows


MICROVISUALIZER = View(
    name="microvisualizer",
    sql=Path(__file__).parent / "sql",
    streams=("service", "project"),
    tables=("snapshot", "service_change", "project_profile", "pin", "share"),
    looks_up=(
        "snapshot_pkey",
        "snapshot_now",
        "service_change_pkey",
        "project_profile_now",
        "pin_pkey",
        "share_pkey",
    ),
    project=project,
    reads=("microvisualizer", "identity"),
    answers={
        GetProjectCard: get_project,
        ListProjectCards: list_projects,
        ListPins: list_pins,
        GetSnapshot: get_snapshot,
        GetSnapshotById: get_snapshot_by_id,
        ListSnapshots: list_snapshots,
        ListChanges: list_changes,
        GetChange: get_change,
        GetShare: get_share,
        ListShared: list_shared,
    },
)
