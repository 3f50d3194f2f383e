"""The published OpenAPI file as JSON Schema: what each answer must be, by operation and status."""

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
OPERATIONS: tuple[tuple[str, str], ...] = tuple(
    (method.upper(), path)
    for path, item in PUBLISHED["paths"].items()
    for method in item
    if method != "parameters"
)


def schema_of(node: Any) -> Any:
    """OpenAPI 3.0 to JSON Schema: references resolved, `nullable` spelled out, and an `allOf` of
    closed objects put together, since by the letter nothing could ever satisfy two of them."""
    if isinstance(node, list):
        return [schema_of(item) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        resolved = schema_of(SCHEMAS[node["$ref"].rpartition("/")[2]])
        return {"anyOf": [resolved, {"type": "null"}]} if node.get("nullable") else resolved
    if "allOf" in node:
        parts = [schema_of(part) for part in node["allOf"]]
        return {
            "type": "object",
            "additionalProperties": False,
            "required": [name for part in parts for name in part.get("required", ())],
            "properties": {k: v for part in parts for k, v in part["properties"].items()},
        }
    plain = {key: schema_of(value) for key, value in node.items() if key != "nullable"}
    if node.get("nullable") is True:
        return {"anyOf": [plain, {"type": "null"}]} if "type" in plain else plain
    return plain


def published_answer(method: str, path: str, status: int) -> Any:
    """What the file says of this answer; None where it does not list the status."""
    answer = PUBLISHED["paths"][path][method.lower()]["responses"].get(str(status))
    if answer is not None and "$ref" in answer:
        answer = PUBLISHED["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    return answer


@cache
def path_of(url_path: str) -> str:
    """The published path that this one is an instance of."""
    for path in sorted(PUBLISHED["paths"], key=lambda p: p.count("{")):
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), url_path):
            return str(path)
    raise AssertionError(f"{url_path} is not published")


def check(response: httpx.Response) -> None:
    """The answer is as published for its status, or one of the three error objects."""
    request = response.request
    if request.url.path.startswith("/v1/public/"):
        return  # Ours.
    answer = published_answer(request.method, path_of(request.url.path), response.status_code)
    media_type = response.headers.get("content-type", "").partition(";")[0]
    if answer is None:
        assert response.status_code >= 400, (request.url, response.status_code)
        errors = {400: "ValidationError", 429: "RateLimitError"}
        body = response.json()
        is_other = "violations" in body or "retryAfter" in body
        conforms(body, errors[response.status_code] if is_other else "ErrorResponse")
        return
    if "content" not in answer:
        assert response.content == b""
        return
    assert media_type in answer["content"], (media_type, request.url)
    if media_type == "application/json":
        schema = schema_of(answer["content"][media_type]["schema"])
        jsonschema_rs.validate(schema, response.json(), validate_formats=True)


def conforms(value: Any, name: str) -> None:
    jsonschema_rs.validate(schema_of(SCHEMAS[name]), value, validate_formats=True)
