"""A field of a workload is wherever workloads are written and read in fields."""

from dataclasses import fields

from services.cli.wanted import FIELDS, IN_PLACE, ROLLING
from services.gateway.surfaces.ops.resources.facets import wire as facets
from services.gateway.surfaces.ops.resources.services import wire as services
from services.gateway.surfaces.outpost.resources.services import wire as outpost
from services.gateway.surfaces.outpost.resources.services.translate import field_name
from shared.domain.service.workload import STILL_FIELDS, Workload
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


def test_a_plan_of_the_command_says_what_is_changed_in_place_and_what_restarts() -> None:
    changed = outpost.UpdateService.model_fields.keys()
    assert not (odd := IN_PLACE ^ changed), f"IN_PLACE of services/cli/wanted.py: {odd}"
    still = {field_name(name) for name in STILL_FIELDS}
    assert not (odd := ROLLING ^ (IN_PLACE - still)), f"ROLLING of services/cli/wanted.py: {odd}"
