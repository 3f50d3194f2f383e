"""What a service names, in ZenML's spelling: as much as its client needs to read it. Pure."""

from uuid import NAMESPACE_OID, uuid5

from services.gateway.surfaces.zenml.ids import shown
from services.gateway.surfaces.zenml.resources.services import wire
from services.gateway.surfaces.zenml.times import time
from shared.queries.registrations import ReferenceDocument


def model_version(reference: ReferenceDocument, project_id: str) -> wire.ModelVersion:
    """The model itself is no record of its own: it has the version's name and an id after it."""
    id_ = shown(reference.id)
    times = {"created": time(reference.created_at), "updated": time(reference.updated_at)}
    return wire.ModelVersion(
        body=wire.ModelVersionBody(
            **times,
            project_id=project_id,
            number=max(1, reference.versions),
            model=wire.Model(
                body=wire.ModelBody(**times, project_id=project_id),
                id=str(uuid5(NAMESPACE_OID, f"model of {id_}")),
                name=reference.name,
            ),
        ),
        id=id_,
        name=reference.name,
    )


def pipeline_run(reference: ReferenceDocument, project_id: str) -> wire.PipelineRun:
    return wire.PipelineRun(
        body=wire.PipelineRunBody(
            created=time(reference.created_at),
            updated=time(reference.updated_at),
            project_id=project_id,
            index=max(1, reference.versions),
        ),
        id=shown(reference.id),
        name=reference.name,
    )
