"""A surface's document for people: one page of plain HTML, no script, nothing from elsewhere."""

from html import escape
from typing import Any


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
