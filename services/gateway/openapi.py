"""The published document of a surface.

Litestar gives paths and their parameters; bodies, queries, answers and refusals come from each
operation's own models, as pydantic reads and writes them. Two models of one name in a dialect
would get long names: rename one of them."""

from http import HTTPStatus
from typing import Any, get_args, get_origin

from litestar import Litestar, Response
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from services.gateway.operation import OPERATION, Documented
from services.gateway.parameters import without_null
from services.gateway.surface import Surface

_REF = "#/components/schemas/{model}"
_JSON = "application/json"

_AS_OF = {
    "name": "as_of",
    "in": "query",
    "required": False,
    "description": "A past moment: RFC 3339, or a position in the log.",
    "schema": {"type": "string"},
}
_IF_POSITION = {
    "name": "If-Position",
    "in": "header",
    "required": False,
    "description": "Answer only once the view has passed this log position.",
    "schema": {"type": "integer", "minimum": 0},
}
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key and request again give the first answer again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}
_REASON = {
    "name": "X-Reason",
    "in": "header",
    "required": False,
    "description": "Why, for the history; at most 500 characters.",
    "schema": {"type": "string", "maxLength": 500},
}


def document_of(surface: Surface) -> dict[str, Any]:
    config = OpenAPIConfig(title=surface.title, version="1", description=surface.description)
    described = Litestar(
        route_handlers=list(surface.handlers), openapi_config=config, logging_config=None
    )
    document: dict[str, Any] = described.openapi_schema.to_schema()
    operations = list(_operations(surface))
    schemas = _Schemas(surface, operations)
    for documented, handler in operations:
        for path in handler.paths:
            item = document["paths"][path.replace(":str}", "}")]
            for method in handler.http_methods - {"OPTIONS"}:
                _describe(item[method.lower()], documented, schemas, surface.error_media_type)
    document["components"] = {
        "schemas": schemas.components,
        "securitySchemes": {
            "bearer": {"type": "http", "scheme": "bearer"},
            "api_key": {
                "type": "apiKey",
                "in": "header",
                "name": "Authorization",
                "description": "`API-Key <name>$<secret>`",
            },
        },
    }
    document["paths"] = {
        path if surface.is_spelled(path) else f"{path}/": item
        for path, item in document["paths"].items()
    }
    document["security"] = [{"bearer": []}, {"api_key": []}]
    if surface.key_header is not None:
        document["components"]["securitySchemes"]["key"] = {
            "type": "apiKey",
            "in": "header",
            "name": surface.key_header,
        }
        document["security"].append({"key": []})
    return document


_Operations = list[tuple[Documented, HTTPRouteHandler]]


def _operations(surface: Surface) -> _Operations:
    return [
        (documented, handler)
        for handler in surface.handlers
        if (documented := handler.opt.get(OPERATION)) is not None
    ]


class _Schemas:
    """Of all models of a surface at once, so that no name stands for two of them."""

    def __init__(self, surface: Surface, operations: _Operations) -> None:
        kinds: dict[tuple[Any, JsonSchemaMode], None] = {
            (surface.error_model, "serialization"): None
        }
        self._answers: dict[int, Any] = {}
        for documented, handler in operations:
            if documented.body is not None:
                kinds[documented.body, "validation"] = None
            answer = documented.answer or _model_of(handler)
            self._answers[id(documented)] = answer
            if answer is not None:
                kinds[answer, "serialization"] = None
        inputs: list[tuple[Any, JsonSchemaMode, TypeAdapter[Any]]] = [
            (kind, mode, TypeAdapter(kind)) for kind, mode in kinds
        ]
        made, rest = TypeAdapter.json_schemas(inputs, ref_template=_REF)
        self._made = made
        self._error: Any = surface.error_model
        self.components: dict[str, Any] = rest.get("$defs", {})

    @property
    def refusal(self) -> dict[str, Any]:
        return self._made[self._error, "serialization"]

    def body(self, documented: Documented) -> dict[str, Any]:
        body: Any = documented.body
        return self._made[body, "validation"]

    def answer(self, documented: Documented) -> dict[str, Any]:
        answer = self._answers[id(documented)]
        return {} if answer is None else self._made[answer, "serialization"]


def _model_of(handler: HTTPRouteHandler) -> Any:
    """Of `Answer[Model]` and its like: the model; an operation whose handler answers bytes says
    itself what is in them."""
    annotation = handler.fn.__annotations__.get("return")
    origin = get_origin(annotation)
    if not (isinstance(origin, type) and issubclass(origin, Response)):
        return None
    (content,) = get_args(annotation)
    return content if isinstance(content, type) and issubclass(content, BaseModel) else None


def _describe(
    operation: dict[str, Any], documented: Documented, schemas: _Schemas, error_media_type: str
) -> None:
    # The request itself is a parameter of the handler, not of the client.
    parameters = [p for p in operation.get("parameters", []) if p["name"] != "request"]
    parameters += [_KEY, _REASON] if documented.is_keyed else [_AS_OF, _IF_POSITION]
    parameters += [_needed(name) for name in documented.headers]
    if documented.query is not None:
        parameters += _in_query(documented.query)
    operation["parameters"] = parameters
    if documented.body is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {documented.body_type: {"schema": schemas.body(documented)}},
        }
    if documented.is_public:
        operation["security"] = []
    for status, answer in operation["responses"].items():
        answer.pop("content", None)
        if status != str(HTTPStatus.NO_CONTENT.value):
            answer["content"] = {documented.answer_type: {"schema": schemas.answer(documented)}}
    for code in sorted(documented.statuses):
        operation["responses"][str(code)] = {
            "description": HTTPStatus(code).phrase,
            "content": {error_media_type: {"schema": schemas.refusal}},
        }


def _needed(name: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}


def _in_query(query: type[BaseModel]) -> list[dict[str, Any]]:
    schema = query.model_json_schema(ref_template=_REF)
    required = schema.get("required", [])
    return [
        {
            "name": name,
            "in": "query",
            "required": name in required,
            "description": field.pop("description", ""),
            "schema": without_null(field),
        }
        for name, field in schema["properties"].items()
    ]
