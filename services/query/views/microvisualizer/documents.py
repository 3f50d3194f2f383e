"""Rows of the microvisualizer view as documents. The order of columns is that of the SQL files."""

from collections.abc import Iterable, Mapping

from services.query.asked import Asked, Row
from shared.access.actions import ACTIONS
from shared.domain.service.facets.participation import Participation
from shared.envelope.codec import decode
from shared.queries.microvisualizer import (
    ActorName,
    ChangeDocument,
    Pin,
    ProjectCard,
    SnapshotDocument,
)

OURSELVES = "chronoplane"

People = Mapping[str, str]


async def people_of(actors: Iterable[str], asked: Asked) -> People:
    """Names of members by id."""
    ids = {id_ for kind, _, id_ in (actor.partition(":") for actor in actors) if kind != "process"}
    rows = await asked.rows("list_people", ids=sorted(ids)) if ids else []
    return {row[0]: row[1] for row in rows}


def actor_name(actor: str, credential_id: str | None, people: People, asked: Asked) -> ActorName:
    """A key by its own name; who signed in, by his. What our processes did, we did."""
    key = asked.index.keys.get(credential_id) if credential_id else None
    if key is not None and not key.is_session:
        return ActorName(name=key.name, is_key=True)
    kind, _, id_ = actor.partition(":")
    if kind == "process":
        return ActorName(name=OURSELVES, is_key=True)
    return ActorName(name=people.get(id_, id_), is_key=False)


def actors_of_project(row: Row) -> tuple[str, str]:
    return row[8], row[11]


def project(row: Row, people: People, asked: Asked) -> ProjectCard:
    may = tuple(sorted(action for action in ACTIONS if asked.may(action, row[0])))
    return ProjectCard(
        id=row[0],
        account_id=row[1],
        handle=row[2],
        name=row[3],
        description=row[4],
        archived=row[5],
        pinned_at=row[6],
        service_count=row[7],
        is_owner="project.remove" in may,
        created_by=actor_name(row[8], row[9], people, asked),
        created_at=row[10],
        updated_by=actor_name(row[11], row[12], people, asked),
        updated_at=row[13],
        may=may,
    )


def pin(row: Row) -> Pin:
    return Pin(handle=row[0], pinned_at=row[1])


def actors_of_snapshot(row: Row) -> tuple[str, str]:
    return row[6], row[9]


def size_of_snapshot(row: Row) -> int:
    """Roughly, in bytes of its JSON: a character may take three."""
    return 500 + 3 * (len(row[3]) + len(row[4]) + len(row[5] or ""))


def snapshot(row: Row, people: People, asked: Asked) -> SnapshotDocument:
    # A snapshot of the past is shown as of its moment, where its end may lie in the future.
    return SnapshotDocument(
        service_id=row[0],
        project_id=row[1],
        slug=row[2],
        name=row[3],
        description=row[4],
        participation=Participation() if row[5] is None else decode(Participation, row[5]),
        created_by=actor_name(row[6], row[7], people, asked),
        created_at=row[8],
        updated_by=actor_name(row[9], row[10], people, asked),
        valid_from=row[11],
        valid_until=row[12],
    )


def change(row: Row, people: People, asked: Asked) -> ChangeDocument:
    return ChangeDocument(
        id=row[0],
        slug=row[1],
        name=row[2],
        kind=row[3],
        actor=actor_name(row[4], row[5], people, asked),
        at=row[6],
    )
