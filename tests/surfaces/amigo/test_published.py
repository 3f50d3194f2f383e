"""Our document against the vendor's: paths, methods, statuses, fields."""

from typing import Any

import pytest

from tests.surfaces.amigo.office import published
from tests.surfaces.stubs import Gateway

# Offered by the vendor, not here (README of the surface).
UNCOVERED = {("/v1/{organization}/simulation/unit_test/{simulation_unit_test_id}/", "post")}
OPERATIONS = [
    (path, method)
    for path, item in published()["paths"].items()
    for method in item
    if (path, method) not in UNCOVERED
]


async def ours(gateway: Gateway) -> dict[str, Any]:
    document: dict[str, Any] = (await gateway.client.get("/amigo/openapi.json")).json()
    return document


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
async def test_every_published_operation_is_there_with_its_statuses_and_parameters(
    gateway: Gateway, path: str, method: str
) -> None:
    theirs = published()["paths"][path][method]
    mine = (await ours(gateway))["paths"][path][method]
    assert set(theirs["responses"]) <= set(mine["responses"])
    assert mine["operationId"] == theirs["operationId"]

    def named(operation: dict[str, Any], place: str) -> set[str]:
        return {p["name"] for p in operation["parameters"] if p["in"] == place}

    for place in ("path", "query"):
        assert named(theirs, place) <= named(mine, place)


@pytest.mark.parametrize(
    ("schema", "model"),
    [
        ("src__app__endpoints__service__get_services__Response", "ServiceList"),
        ("ServiceInstance", "ServiceInstance"),
        ("VersionSet-Output", "ShownVersionSet"),
        ("src__app__endpoints__user__sign_in_with_api_key__Response", "SignedIn"),
        ("SimulationUnitTestInstance", "UnitTestInstance"),
        ("src__app__endpoints__service__create_service__Request", "CreateService"),
        ("src__app__endpoints__service__update_service__Request", "UpdateService"),
        (
            "src__app__endpoints__simulation__create_simulation_unit_test__Request",
            "CreateUnitTest",
        ),
    ],
)
async def test_every_published_field_is_there(gateway: Gateway, schema: str, model: str) -> None:
    theirs = published()["components"]["schemas"][schema]["properties"]
    schemas = (await ours(gateway))["components"]["schemas"]
    mine = next(value for key, value in schemas.items() if key.rpartition("_")[2] == model)
    assert set(theirs) == set(mine["properties"])
