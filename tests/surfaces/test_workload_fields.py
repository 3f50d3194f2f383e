"""A field of a workload is wherever workloads are written and read in fields."""

from dataclasses import fields

from services.cli.wanted import FIELDS
from services.gateway.surfaces.ops.resources.facets import wire as facets
from services.gateway.surfaces.ops.resources.services import wire as services
from services.gateway.surfaces.outpost.resources.services import wire as outpost
from shared.domain.service.workload import Workload
from shared.queries.services import WorkloadDocument

WORKLOAD = {field.name for field in fields(Workload)}
# Named by operations of its own: whoever names one has been seen to see it.
APART = {"environment"}


def test_ops_takes_and_shows_every_field() -> None:
    taken, shown = facets.Workload.model_fields.keys(), services.ServiceWorkload.model_fields.keys()
    resources = "services/gateway/surfaces/ops/resources"
    assert not (odd := taken ^ (WORKLOAD - APART)), f"Workload of {resources}/facets/wire.py: {odd}"
    assert not (odd := shown ^ WORKLOAD), f"ServiceWorkload of {resources}/services/wire.py: {odd}"


def test_the_document_has_every_field() -> None:
    shown = {field.name for field in fields(WorkloadDocument)}
    assert not (odd := shown ^ WORKLOAD), f"WorkloadDocument of shared/queries/services.py: {odd}"


def test_a_file_of_the_command_may_name_every_field_of_a_creation() -> None:
    taken = outpost.CreateService.model_fields.keys() - {"name"}
    assert not (odd := FIELDS.keys() ^ taken), f"FIELDS of services/cli/wanted.py: {odd}"
