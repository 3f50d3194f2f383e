"""What the tests of ZenML's surface share: one service, its owner, its project."""

from dataclasses import replace
from typing import Any

from shared.domain.rejections import NotFound
from shared.kernel.ids import to_uuid
from shared.queries.registrations import (
    GetRegistration,
    GetScope,
    GetSelf,
    ListRegistrations,
    ListScopes,
    PersonDocument,
    RegistrationDocument,
    RegistrationFacet,
    RegistrationPage,
    ScopeDocument,
    ScopePage,
    SeenState,
)
from tests.surfaces.stubs import CALLER, MOMENT, PROJECT_ID, SERVICE_ID, Gateway

SERVICES = "/api/v1/services"
UUID = str(to_uuid(SERVICE_ID))
ONE = f"{SERVICES}/{UUID}"
PROJECT = str(to_uuid(PROJECT_ID))
KEY = "0b0a0908-0706-4504-8302-010000000000"
SCOPE = ScopeDocument(
    id=PROJECT_ID,
    handle="acme",
    name="Acme",
    description="All of it",
    created_at=MOMENT,
    updated_at=MOMENT,
)
ANN = PersonDocument(
    id=CALLER.principal_id,
    kind="user",
    name="ann",
    full_name="Ann",
    email="ann@example.net",
    is_admin=True,
    created_at=MOMENT,
    updated_at=MOMENT,
    default_project_id=PROJECT_ID,
)
FACET = RegistrationFacet(
    service_type={"type": "model-serving", "flavor": "mlflow"},
    service_source=None,
    admin_state="active",
    config={"b": 1, "a": [None, 1.5]},
    status={"state": "error", "last_error": "out of memory"},
    endpoint=None,
    prediction_url="",
    health_check_url="",
    model_version_id=None,
    pipeline_run_id=None,
)
REGISTRATION = RegistrationDocument(
    id=SERVICE_ID,
    project_id=PROJECT_ID,
    project_handle="acme",
    name="scorer",
    slug="scorer-cccccccccccc",
    labels=(("team", "ml"),),
    type="model-serving",
    flavor="mlflow",
    registration=FACET,
    seen=None,
    owner=replace(ANN, default_project_id=None),
    created_at=MOMENT,
    updated_at=MOMENT,
)
SEEN = SeenState(
    status="running", reason="", message="", replicas_ready=2, health_check_path="/healthz"
)
WORKLOAD = replace(
    REGISTRATION, slug="scorer", type="workload", flavor="chronoplane", registration=None, seen=SEEN
)
CREATE: dict[str, Any] = {
    "project": PROJECT,
    "name": "scorer",
    "service_type": {"type": "model-serving", "flavor": "mlflow", "more": "is dropped"},
    "config": {"b": 1, "a": 2},
}


def furnished(gateway: Gateway, document: Any = REGISTRATION) -> Gateway:
    """A gateway whose bus knows the service above."""

    def scope(question: GetScope) -> Any:
        is_known = question.project in (None, "default", "acme", PROJECT_ID)
        return SCOPE if is_known else NotFound(kind="project", key=question.project or "")

    gateway.dispatch.answers |= {
        GetRegistration: document,
        ListRegistrations: RegistrationPage(items=(document,), total=1),
        GetScope: scope,
        ListScopes: ScopePage(items=(SCOPE,), total=1),
        GetSelf: ANN,
    }
    return gateway
