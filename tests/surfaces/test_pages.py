"""The gateway's own pages, and the documents of its surfaces."""

import pytest

from services.gateway.operation import OPERATION
from services.gateway.registry import SURFACES
from services.gateway.surface import Surface
from tests.surfaces.stubs import Gateway


async def test_the_stack_is_ready_when_every_process_is(gateway: Gateway) -> None:
    response = await gateway.client.get("/ready")
    assert (response.status_code, response.json()["ready"]) == (200, True)
    gateway.stack.answer = {"ready": False, "waiting_for": ["query"], "processes": {}}
    response = await gateway.client.get("/ready")
    assert response.status_code == 503
    assert response.json()["waiting_for"] == ["query"]


async def test_the_index_leads_to_every_surface_and_runs_no_script(gateway: Gateway) -> None:
    response = await gateway.client.get("/")
    assert response.status_code == 200
    assert "script" not in response.text
    assert "default-src 'none'" in response.headers["content-security-policy"]
    for surface in SURFACES:
        assert f"/{surface.name}/docs" in response.text
        page = await gateway.client.get(f"/{surface.name}/docs")
        assert page.status_code == 200
        assert "<script" not in page.text
        assert "https://" not in page.text


async def test_requests_are_counted_by_surface_and_status(gateway: Gateway) -> None:
    await gateway.ask("GET", "/acme/service/a")
    await gateway.ask("BREW", "/ops/v1/nothing")
    text = (await gateway.client.get("/metrics")).text
    series = 'chronoplane_gateway_requests_total{method="GET",status="200",surface="outpost"} 1.0'
    assert series in text
    assert 'method="other"' in text
    assert "BREW" not in text


@pytest.mark.parametrize("surface", SURFACES, ids=lambda surface: surface.name)
async def test_every_operation_is_published_with_its_statuses(
    gateway: Gateway, surface: Surface
) -> None:
    response = await gateway.client.get(f"/{surface.name}/openapi.json")
    assert response.status_code == 200
    document = response.json()
    published = 0
    for handler in surface.handlers:
        documented = handler.opt.get(OPERATION)
        if documented is None:
            continue
        for path in handler.paths:
            named = path.replace(":str}", "}")
            item = document["paths"][named if surface.is_spelled(named) else f"{named}/"]
            method = next(m for m in handler.http_methods if m != "OPTIONS").lower()
            operation = item[method]
            published += 1
            assert {str(status) for status in documented.statuses} < set(operation["responses"])
            assert all(parameter["name"] != "request" for parameter in operation["parameters"])
            if documented.body is not None:
                assert "requestBody" in operation
    assert published == sum(len(item) for item in document["paths"].values())


async def test_the_eight_operations_of_the_seed_are_all_published(gateway: Gateway) -> None:
    document = (await gateway.client.get("/outpost/openapi.json")).json()
    assert {
        (method.upper(), path) for path, item in document["paths"].items() for method in item
    } == {
        ("GET", "/{namespace}/services"),
        ("GET", "/{namespace}/service/{name}"),
        ("GET", "/{namespace}/service/{name}/logs"),
        ("GET", "/{namespace}/service/{name}/analytics"),
        ("POST", "/auth/v1/seed/{namespace}/services"),
        ("PUT", "/auth/v1/seed/{namespace}/services/{name}"),
        ("POST", "/auth/v1/seed/{namespace}/services/{name}/redeploy"),
        ("DELETE", "/auth/v1/seed/{namespace}/services/{name}"),
    }


async def test_a_body_in_the_document_is_as_strict_as_the_reader(gateway: Gateway) -> None:
    document = (await gateway.client.get("/outpost/openapi.json")).json()
    schema = document["components"]["schemas"]["CreateService"]
    assert schema["required"] == ["name", "gpu"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["name"]["pattern"] == "^[A-Za-z0-9_-]{1,64}$"
    assert schema["properties"]["repo"]["type"] == "string"
    assert {"type": "null"} in schema["properties"]["custom_domain"]["anyOf"]
    assert schema["properties"]["gpu_count"]["enum"] == [1, 2, 4, 8]


@pytest.mark.parametrize("surface", SURFACES, ids=lambda surface: surface.name)
async def test_no_name_in_a_document_stands_for_two_models(
    gateway: Gateway, surface: Surface
) -> None:
    document = (await gateway.client.get(f"/{surface.name}/openapi.json")).json()
    # Where a name is taken twice, pydantic writes `Name-Input` or the whole path of the module.
    long = [name for name in document["components"]["schemas"] if not name.isalnum()]
    assert long == []


@pytest.mark.parametrize("surface", SURFACES, ids=lambda surface: surface.name)
async def test_every_answer_in_a_document_says_what_is_in_it(
    gateway: Gateway, surface: Surface
) -> None:
    document = (await gateway.client.get(f"/{surface.name}/openapi.json")).json()
    for item in document["paths"].values():
        for operation in item.values():
            for status, answer in operation["responses"].items():
                assert ("content" in answer) == (status != "204"), operation["operationId"]
                for described in answer.get("content", {}).values():
                    assert described["schema"], operation["operationId"]


async def test_what_asks_for_no_credential_says_so(gateway: Gateway) -> None:
    document = (await gateway.client.get("/zenml/openapi.json")).json()
    public = {
        path
        for path, item in document["paths"].items()
        for operation in item.values()
        if operation.get("security") == []
    }
    assert public == {"/api/v1/info", "/api/v1/login"}


@pytest.mark.parametrize(
    "path", ["/", "/outpost/docs", "/metrics", "/console/sign-in", "/console/no"]
)
async def test_a_text_names_its_charset_once(gateway: Gateway, path: str) -> None:
    kind = (await gateway.client.get(path)).headers["content-type"]
    assert kind.startswith("text/")
    assert kind.count("charset=utf-8") == 1


# Writes that send no command, or none that a key would repeat.
WITHOUT_COMMAND = {
    "createPortalSession",
    "switchBillingCycle",
    "chatProject",
    "close_session",
}


@pytest.mark.parametrize("surface", SURFACES, ids=lambda surface: surface.name)
async def test_every_write_says_that_its_idempotency_key_may_be_taken(
    gateway: Gateway, surface: Surface
) -> None:
    document = (await gateway.client.get(f"/{surface.name}/openapi.json")).json()
    silent = [
        operation["operationId"]
        for item in document["paths"].values()
        for method, operation in item.items()
        if method != "get"
        and operation.get("security") != []
        and "409" not in operation["responses"]
        and operation["operationId"] not in WITHOUT_COMMAND
    ]
    assert silent == []
