"""The published contract as JSON Schema: what each answer must be, by operation and status."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs

PUBLISHED: dict[str, Any] = json.loads(
    (Path(__file__).parent / "published.openapi.json").read_text(encoding="utf-8")
)
SCHEMAS: dict[str, Any] = PUBLISHED["components"]["schemas"]
# operation id -> (method, path)
OPERATIONS: dict[str, tuple[str, str]] = {
    operation["operationId"]: (method.upper(), path)
    for path, item in PUBLISHED["paths"].items()
    for method, operation in item.items()
}


def schema_of(node: Any) -> Any:
    """References resolved; parts of an `allOf` are open objects, so they stay as they are."""
    if isinstance(node, list):
        return [schema_of(item) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        kind, name = node["$ref"].split("/")[-2:]
        return schema_of(PUBLISHED["components"][kind][name])
    return {
        key: schema_of(value)
        for key, value in node.items()
        if not key.startswith("x-") and key != "examples"
    }


def published_answer(method: str, path: str, status: int) -> Any:
    """What the contract says of this answer; None where it does not list the status."""
    answer = PUBLISHED["paths"][path][method.lower()]["responses"].get(str(status))
    return None if answer is None else schema_of(answer)


@cache
def path_of(url_path: str) -> str | None:
    """The published path that this one is an instance of."""
    for path in sorted(PUBLISHED["paths"], key=lambda p: p.count("{")):
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), url_path):
            return str(path)
    return None


def check(response: httpx.Response) -> None:
    request = response.request
    check_answer(request.method, request.url.path, response.status_code, response.json())


def check_answer(method: str, url_path: str, status: int, body: Any) -> None:
    """The answer is as published for its status, or a failure in the one shape of failures."""
    path = path_of(url_path)
    assert path is not None, f"{url_path} is not published"
    answer = published_answer(method, path, status)
    if answer is None:
        assert status in (405, 409, 413, 429, 503), (method, url_path, status, body)
        jsonschema_rs.validate(schema_of(SCHEMAS["FailureEnvelopeV1"]), body)
        return
    schema = answer["content"]["application/json"]["schema"]
    jsonschema_rs.validate(schema, body, validate_formats=True)
    _check_names(schema, body)


def _check_names(schema: Any, value: Any) -> None:
    """Nothing that has no name in the contract is sent, but for the alias it asks for."""
    if isinstance(value, list):
        for item in value:
            _check_names(schema.get("items", {}), item)
    elif isinstance(value, dict) and "properties" in schema and "oneOf" not in schema:
        known = dict(schema["properties"])
        for part in schema.get("allOf", ()):
            known |= part.get("properties", {})
        for name, item in value.items():
            assert name in known or name == "internalTags", f"{name} is not published"
            _check_names(known.get(name, {}), item)
