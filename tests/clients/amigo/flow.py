"""What a user of amigo-sdk 2.5.0 does, run inside the client's own environment.

Arguments: base URL, organization, key, key id, user id. Prints what it saw as JSON."""

import json
import sys
from collections.abc import Callable
from typing import Any

from amigo_sdk.errors import AmigoError
from amigo_sdk.generated.model import (
    GetServicesParametersQuery,
    ServiceCreateServiceRequest,
    ServiceUpdateServiceRequest,
    ServiceUpsertServiceVersionSetRequest,
    VersionSetInput,
)
from amigo_sdk.sdk_client import AmigoClient

AGENT, MACHINE = "a1" * 12, "b2" * 12


def client_of(key: str) -> AmigoClient:
    base_url, organization, _, key_id, user_id = sys.argv[1:6]
    return AmigoClient(
        api_key=key,
        api_key_id=key_id,
        user_id=user_id,
        organization_id=organization,
        base_url=base_url,
    )


def new(name: str, *, is_active: bool) -> ServiceCreateServiceRequest:
    return ServiceCreateServiceRequest(
        service_hierarchical_state_machine_id=MACHINE,
        agent_id=AGENT,
        name=name,
        description="Talks to members",
        is_active=is_active,
        release_version_set=None,
        keyterms=["sleep well"],
        tags={},
    )


def refused(call: Callable[..., object], *arguments: object) -> list[Any] | None:
    """(name of the error's class, its status) of what must not work."""
    try:
        call(*arguments)
    except AmigoError as error:
        return [type(error).__name__, error.status_code, str(error)]
    return None


seen: dict[str, Any] = {}
with client_of(sys.argv[3]) as client:
    services = client.services
    first = services.create_service(new("Coach", is_active=True)).id
    second = services.create(new("Coach", is_active=False)).id
    seen["ids"] = [first, second]
    seen["twice"] = refused(services.create_service, new("Coach", is_active=True))
    activate = ServiceUpdateServiceRequest(is_active=True)
    seen["activated"] = refused(services.update_service, second, activate)
    services.update_service(second, ServiceUpdateServiceRequest(name="Nurse", is_active=True))
    # Asks for the newest of both: the client drops the keys that are null.
    newest = VersionSetInput(
        agent_version_number=None,
        service_hierarchical_state_machine_version_number=None,
        llm_model_preferences={},
    )
    put = ServiceUpsertServiceVersionSetRequest(version_set=newest)
    services.upsert_version_set(first, "beta", put)
    seen["edge"] = refused(services.upsert_version_set, first, "edge", put)
    one = services.get_services(GetServicesParametersQuery(id=[first])).services
    seen["sets"] = sorted(one[0].version_sets)
    services.delete_version_set(first, "beta")
    seen["release"] = refused(services.delete_version_set, first, "release")
    seen["gone"] = refused(services.delete_version_set, first, "beta")
    everything = services.get_services()
    seen["filter_values"] = everything.filter_values.tags
    names: list[str] = []
    token: int | None = 0
    while token is not None:
        page = services.list(
            GetServicesParametersQuery(
                is_active=True, sort_by=["-name"], limit=1, continuation_token=token
            )
        )
        names += [service.name for service in page.services]
        token = page.continuation_token
    seen["names"] = names
    seen["shown"] = json.loads(one[0].model_dump_json())
with client_of("w" * 40) as stranger:
    seen["stranger"] = refused(stranger.services.get_services)
print(json.dumps(seen))
