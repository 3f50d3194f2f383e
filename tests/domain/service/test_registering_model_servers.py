"""A registry's services: free names, one config per account, references that exist."""

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.claim import release, take
from shared.domain.facts import RecordFacts
from shared.domain.rejections import Invalid, NotFound
from shared.domain.service.commands import RegisterService, RemoveService, ReviseRegistration
from shared.domain.service.decide_registration import with_digest
from shared.domain.service.events import (
    RegistrationRevised,
    ServiceRegistered,
    ServiceRemoved,
    ServiceRevised,
)
from shared.domain.service.facets.registration import Registration, url_to_watch
from tests.domain.service.office import SERVICE_ID, registered
from tests.support.given import KIND_FACTS, PROJECT_ID, aggregate_of, given

RUN, VERSION = "3a" * 12, "3b" * 12
MLFLOW = Registration(
    service_type={"type": "model-serving", "flavor": "mlflow"},
    config={"pipeline_name": "train", "pipeline_step_name": "deploy", "port": 1},
)
STORED = with_digest(MLFLOW)
SLUG = take("slug", f"{PROJECT_ID}:scorer-{SERVICE_ID[-12:]}")
FACTS = replace(
    KIND_FACTS,
    records={
        VERSION: RecordFacts(
            kind="model_version", project_id=PROJECT_ID, versions=0, is_deprecated=False
        ),
        RUN: RecordFacts(
            kind="pipeline_run", project_id=PROJECT_ID, versions=0, is_deprecated=False
        ),
    },
)


def registering(name: str = "scorer", **changes: Any) -> RegisterService:
    return RegisterService(
        service_id=SERVICE_ID,
        project_id=PROJECT_ID,
        deployment_id="d1" * 12,
        name=name,
        naming="tailed",
        registration=replace(MLFLOW, **changes),
    )


def revising(**changes: Any) -> ReviseRegistration:
    return ReviseRegistration(service_id=SERVICE_ID, project_id=PROJECT_ID, **changes)


def born(**changes: Any) -> ServiceRegistered:
    return replace(
        registered("scorer", f"scorer-{SERVICE_ID[-12:]}"),
        workload=None,
        registration=replace(STORED, **changes),
    )


def test_a_config_is_claimed_by_its_text_in_key_order() -> None:
    given().when(registering()).then(born()).then_claimed(
        SLUG, take("config", STORED.config_digest)
    )
    turned = with_digest(replace(MLFLOW, config=dict(reversed(MLFLOW.config.items()))))
    assert turned.config_digest != STORED.config_digest


def test_the_names_of_pipeline_and_step_are_copied_out_of_the_config() -> None:
    assert (STORED.pipeline_name, STORED.pipeline_step_name) == ("train", "deploy")


def test_names_are_free_up_to_their_length() -> None:
    assert isinstance(given().when(registering("")).answer, tuple)
    assert isinstance(given().when(registering("ü " * 127)).answer, tuple)
    given().when(registering("n" * 256)).then_rejected(Invalid, field="name")
    given(born()).when(revising(name="n" * 256)).then_rejected(Invalid, field="name")


@pytest.mark.parametrize("kind", ["pipeline_run", "model_version"])
def test_a_reference_names_a_record_of_its_kind_in_the_project(kind: str) -> None:
    right, wrong = (RUN, VERSION) if kind == "pipeline_run" else (VERSION, RUN)
    field = f"{kind}_id"
    assert isinstance(given().when(registering(**{field: right}), FACTS).answer, tuple)
    for id_ in (wrong, "4c" * 12, "4f0ec9fe-0b5c-4b4b-a2c7-f3a1c3f6c6b5"):
        given().when(registering(**{field: id_}), FACTS).then_rejected(NotFound, kind=kind, key=id_)
    record = replace(FACTS.records[right], project_id="0c" * 12)
    foreign = replace(FACTS, records={right: record})
    given().when(registering(**{field: right}), foreign).then_rejected(NotFound, kind=kind)


def test_a_revision_checks_the_model_version_that_it_names() -> None:
    given(born()).when(revising(model_version_id=RUN), FACTS).then_rejected(NotFound, key=RUN)
    revised = RegistrationRevised(
        service_id=SERVICE_ID,
        registration=replace(STORED, model_version_id=VERSION),
        changed=("model_version_id",),
    )
    given(born()).when(revising(model_version_id=VERSION), FACTS).then(revised)


def test_the_records_a_command_refers_to_are_read_for_it() -> None:
    command = registering(pipeline_run_id=RUN, model_version_id=VERSION)
    records = aggregate_of(command).records
    initial = aggregate_of(command).initial
    assert records(command, initial) == (RUN, VERSION)
    assert records(revising(model_version_id=VERSION), initial) == (VERSION,)
    assert records(revising(model_version_id=None), initial) == ()


def test_a_status_whose_state_is_no_state_is_refused_whole() -> None:
    for status in ({"state": "zzz"}, {"state": 5}, {"state": ["active"]}):
        given().when(registering(status=status)).then_rejected(Invalid, field="status.state")
        given(born()).when(revising(status=status)).then_rejected(Invalid, field="status.state")
    given().when(registering(admin_state="zzz")).then_rejected(Invalid, field="admin_state")


def test_a_revision_replaces_what_it_gives_and_keeps_the_rest() -> None:
    named = ServiceRevised(
        service_id=SERVICE_ID,
        name="other",
        slug=f"scorer-{SERVICE_ID[-12:]}",
        description="",
        labels=(("a", "b"),),
        changed=("labels", "name"),
    )
    revised = RegistrationRevised(
        service_id=SERVICE_ID,
        registration=replace(STORED, status={"state": "active"}),
        changed=("status",),
    )
    command = revising(name="other", labels=(("a", "b"),), status={"state": "active"})
    given(born()).when(command).then(named, revised).then_claimed()


def test_a_revision_that_changes_nothing_is_still_said() -> None:
    said = RegistrationRevised(service_id=SERVICE_ID, registration=STORED, changed=())
    given(born()).when(revising()).then(said).then_claimed()


def test_a_facet_without_a_config_claims_none() -> None:
    workload = registered("scorer")
    command = revising(status={"state": "active"})
    given(workload).when(command).then(
        RegistrationRevised(
            service_id=SERVICE_ID,
            registration=Registration(status={"state": "active"}),
            changed=("status",),
        )
    ).then_claimed()


def test_the_config_is_free_again_when_the_service_is_gone() -> None:
    removing = RemoveService(service_id=SERVICE_ID, project_id=PROJECT_ID)
    given(born()).when(removing).then(
        ServiceRemoved(service_id=SERVICE_ID, force=False)
    ).then_claimed(
        release("slug", SLUG.key),
        release("config", STORED.config_digest),
    )


def test_only_a_label_makes_a_foreign_service_watched() -> None:
    asked = (("chronoplane.watch", "true"),)
    url = "http://models.example/healthz"
    assert url_to_watch(url, None, asked) == url
    assert url_to_watch(None, url, asked) == url
    assert url_to_watch(None, None, asked) is None
    assert url_to_watch(url, None, (("watch", "true"),)) is None
