"""The published document of a surface, and a page that shows it without a script or a CDN.

Litestar gives paths and answers; bodies, queries and refusals come from each operation's own
models, as pydantic describes them (Litestar 2.25 loses `pattern` on the way)."""

from html import escape
from http import HTTPStatus
from typing import Any

from litestar import Litestar
from litestar.openapi import OpenAPIConfig
from pydantic import BaseModel

from services.gateway.operation import OPERATION, Documented
from services.gateway.parameters import Body
from services.gateway.surface import Surface

_REF = "#/components/schemas/{model}"

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
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    _add_schema(schemas, surface.error_model)
    for handler in surface.handlers:
        documented = handler.opt.get(OPERATION)
        if documented is None:
            continue
        for path in handler.paths:
            item = document["paths"][_published(path)]
            for method in handler.http_methods:
                if method != "OPTIONS":
                    operation = item[method.lower()]
                    _describe(operation, documented, schemas)
                    _add_refusals(operation, documented, surface)
    document["components"]["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer"},
        "api_key": {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`API-Key <name>$<secret>`",
        },
    }
    document["paths"] = {
        path if surface.is_spelled(path) else f"{path}/": item
        for path, item in document["paths"].items()
    }
    document["security"] = [{"bearer": []}, {"api_key": []}]
    return document


def _published(path: str) -> str:
    return path.replace(":str}", "}")


def _describe(operation: dict[str, Any], documented: Documented, schemas: dict[str, Any]) -> None:
    # The request itself is a parameter of the handler, not of the client.
    parameters = [p for p in operation.get("parameters", []) if p["name"] != "request"]
    parameters += [_KEY, _REASON] if documented.is_keyed else [_AS_OF, _IF_POSITION]
    if documented.query is not None:
        schema = documented.query.model_json_schema(ref_template=_REF)
        required = schema.get("required", [])
        parameters += [
            {
                "name": name,
                "in": "query",
                "required": name in required,
                "description": field.pop("description", ""),
                "schema": _without_null(field),
            }
            for name, field in schema["properties"].items()
        ]
    operation["parameters"] = parameters
    if documented.body is not None:
        _add_schema(schemas, documented.body)
        reference = {"$ref": _REF.format(model=documented.body.__name__)}
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": reference}},
        }


def _add_refusals(operation: dict[str, Any], documented: Documented, surface: Surface) -> None:
    reference = {"$ref": _REF.format(model=surface.error_model.__name__)}
    for status in sorted(documented.statuses):
        operation["responses"][str(status)] = {
            "description": HTTPStatus(status).phrase,
            "content": {surface.error_media_type: {"schema": reference}},
        }


def _add_schema(schemas: dict[str, Any], model: type[BaseModel]) -> None:
    schema = model.model_json_schema(ref_template=_REF)
    schemas.update(schema.pop("$defs", {}))
    if issubclass(model, Body):
        for name, field in schema.get("properties", {}).items():
            if name not in model.nullable:
                schema["properties"][name] = _without_null(field)
    schemas[model.__name__] = schema


def _without_null(field: dict[str, Any]) -> dict[str, Any]:
    """Absent is allowed, null is not: pydantic has one spelling for both."""
    kinds = field.get("anyOf")
    if kinds is None:
        return field
    rest = [kind for kind in kinds if kind != {"type": "null"}]
    plain = {key: value for key, value in field.items() if key not in ("anyOf", "default")}
    return {**rest[0], **plain} if len(rest) == 1 else {**plain, "anyOf": rest}


def page_of(document: dict[str, Any], document_path: str) -> str:
    """The document for people: plain HTML, no script."""
    title = escape(document["info"]["title"])
    sections = "".join(
        _section(path, method, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if isinstance(operation, dict)
    )
    schemas = "".join(
        f'<h3 id="{escape(name)}">{escape(name)}</h3>{_fields(schema)}'
        for name, schema in sorted(document["components"]["schemas"].items())
    )
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title>{STYLE}"
        f"<main><h1>{title}</h1><p>{escape(document['info'].get('description', ''))}</p>"
        f'<p><a href="{escape(document_path)}">OpenAPI document</a></p>'
        f"{sections}<h2>Schemas</h2>{schemas}</main></html>"
    )


def _section(path: str, method: str, operation: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(p['name'])}</code><td>{escape(p['in'])}"
        f"<td>{escape(_kind(p.get('schema', {})))}<td>{escape(p.get('description') or '')}"
        for p in operation.get("parameters", [])
    )
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    takes = f"<p>Body: {_link(body['schema'])}</p>" if body else ""
    statuses = ", ".join(sorted(operation["responses"]))
    return (
        f"<h2><code>{method.upper()} {escape(path)}</code></h2>"
        f"<p>{escape(operation.get('summary') or '')}</p>{takes}"
        f"<table>{rows}</table><p>Answers: {escape(statuses)}</p>"
    )


def _fields(schema: dict[str, Any]) -> str:
    required = schema.get("required", [])
    rows = "".join(
        f"<tr><td><code>{escape(name)}</code><td>{'required' if name in required else ''}"
        f"<td>{escape(_kind(field))}<td>{escape(field.get('description') or '')}"
        for name, field in schema.get("properties", {}).items()
    )
    return f"<table>{rows}</table>"


def _kind(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    options = schema.get("anyOf") or schema.get("oneOf")
    if options:
        return " or ".join(_kind(option) for option in options)
    kind = str(schema.get("type", "any"))
    low, high = schema.get("minimum"), schema.get("maximum")
    bounds = f" {'' if low is None else low}..{'' if high is None else high}"
    default = f", else {schema['default']}" if schema.get("default") is not None else ""
    return kind + ("" if low is None and high is None else bounds) + default


def _link(schema: dict[str, Any]) -> str:
    name = _kind(schema)
    return f'<a href="#{escape(name)}">{escape(name)}</a>'


STYLE = (
    "<style>body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;"
    "padding:0 1rem;"
    "color:#222;background:#fff}code{font-size:.9em;background:#f2f2f2;padding:.1em .3em}"
    "table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #ddd;padding:.3rem;"
    "text-align:left;vertical-align:top}h2{margin-top:2rem}"
    "@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}code{background:#2a2a2a}"
    "a{color:#8ab4f8}td,th{border-color:#444}}</style>"
)
