"""Our document against the contract: operations, statuses, parameters, bodies and answers."""

from functools import cache
from typing import Any

import pytest

from services.gateway.openapi import document_of
from services.gateway.surfaces.domino.surface import DOMINO
from tests.surfaces.domino.contract import OPERATIONS, PUBLISHED, schema_of
from tests.surfaces.domino.uncovered import ALLOWED, UNCOVERED

LISTED = frozenset().union(*UNCOVERED.values())
COVERED = sorted(OPERATIONS.keys() - LISTED)
OURS = {"getVersion"}


@cache
def ours() -> dict[str, Any]:
    return document_of(DOMINO)


def routed() -> dict[str, tuple[str, str]]:
    return {
        operation["operationId"]: (method.upper(), path)
        for path, item in ours()["paths"].items()
        for method, operation in item.items()
    }


def test_every_published_operation_is_routed_or_listed_as_uncovered() -> None:
    assert OPERATIONS.keys() >= LISTED, "a listed one is not published"
    offered = {name: place for name, place in routed().items() if name not in OURS}
    assert offered == {name: OPERATIONS[name] for name in COVERED}
    assert len(LISTED) <= ALLOWED, "the list may only shrink"


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        found: dict[str, Any] = ours()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return found
    return schema


@pytest.mark.parametrize("name", COVERED)
def test_statuses_and_parameters_are_there(name: str) -> None:
    method, path = OPERATIONS[name]
    theirs = PUBLISHED["paths"][path][method.lower()]
    mine = ours()["paths"][path][method.lower()]
    assert set(theirs["responses"]) <= set(mine["responses"])

    def named(operation: dict[str, Any], place: str) -> dict[str, bool]:
        parameters = operation.get("parameters", [])
        return {p["name"]: p["required"] for p in parameters if p["in"] == place}

    for place in ("path", "query"):
        for parameter, is_required in named(theirs, place).items():
            assert parameter in named(mine, place)
            assert named(mine, place)[parameter] == is_required, parameter


@pytest.mark.parametrize("name", COVERED)
def test_every_published_field_of_a_body_is_read(name: str) -> None:
    method, path = OPERATIONS[name]
    body = PUBLISHED["paths"][path][method.lower()].get("requestBody")
    mine = ours()["paths"][path][method.lower()].get("requestBody")
    if body is None:
        assert mine is None
        return
    theirs = schema_of(body["content"]["application/json"]["schema"])
    read = _resolved(mine["content"]["application/json"]["schema"])
    # Where a body is several parts together, each of them is read.
    parts = theirs.get("allOf", [theirs])
    assert {name for part in parts for name in part["properties"]} <= set(read["properties"])
    needed = {name for part in parts for name in part.get("required", ())}
    assert needed == set(read.get("required", ()))


@pytest.mark.parametrize("name", COVERED)
def test_every_needed_field_of_an_answer_is_described(name: str) -> None:
    method, path = OPERATIONS[name]
    theirs = PUBLISHED["paths"][path][method.lower()]["responses"]
    status = next(code for code in theirs if code.startswith("2"))
    mine = ours()["paths"][path][method.lower()]["responses"][status]
    content = schema_of(theirs[status]).get("content")
    if content is None:
        return
    needed = content["application/json"]["schema"].get("required", ())
    assert set(needed) <= set(_resolved(mine["content"]["application/json"]["schema"])["required"])
