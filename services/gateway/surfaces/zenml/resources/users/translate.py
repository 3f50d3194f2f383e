"""People in ZenML's spelling. Pure."""

from services.gateway.surfaces.zenml.ids import shown
from services.gateway.surfaces.zenml.resources.users import wire
from services.gateway.surfaces.zenml.times import time
from shared.queries.registrations import PersonDocument


def from_person(person: PersonDocument, *, hydrate: bool = False) -> wire.User:
    default = person.default_project_id
    return wire.User(
        body=wire.UserBody(
            created=time(person.created_at),
            updated=time(person.updated_at),
            full_name=person.full_name,
            is_service_account=person.kind == "service_account",
            is_admin=person.is_admin,
            default_project_id=None if default is None else shown(default),
        ),
        metadata=wire.UserMetadata(email=person.email) if hydrate else None,
        id=shown(person.id),
        name=person.name,
    )
