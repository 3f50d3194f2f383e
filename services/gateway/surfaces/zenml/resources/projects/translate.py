"""Projects in ZenML's spelling: a handle is its name. Pure."""

from services.gateway.surfaces.zenml.ids import shown
from services.gateway.surfaces.zenml.resources.projects import wire
from services.gateway.surfaces.zenml.times import time
from shared.queries.registrations import ScopeDocument


def from_scope(scope: ScopeDocument, *, hydrate: bool) -> wire.Project:
    return wire.Project(
        body=wire.ProjectBody(
            created=time(scope.created_at),
            updated=time(scope.updated_at),
            display_name=scope.name,
        ),
        metadata=wire.ProjectMetadata(description=scope.description) if hydrate else None,
        id=shown(scope.id),
        name=scope.handle,
    )
