"""What a real server refuses, and how: `published.json` holds the answers of version 0.98.0, word
for word but for the places of its files and links. Ours must be the same."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from shared.domain.rejections import NotFound
from shared.kernel.ids import to_uuid
from shared.queries.registrations import (
    GetRegistration,
    GetScope,
    ListRegistrations,
    RegistrationPage,
    ScopeDocument,
)
from tests.surfaces.stubs import MOMENT, PROJECT_ID, TOKEN, Gateway

CASES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "published.json").read_text())
DEFAULT = ScopeDocument(
    id=PROJECT_ID,
    handle="default",
    name="Default",
    description="",
    created_at=MOMENT,
    updated_at=MOMENT,
)
# pydantic words these differently from version to version, or prints a whole object.
_WORDED = (
    (re.compile(r", input_value=.*?(\])"), r"\1"),
    (re.compile(r"<GenericFilterOps\.[A-Z_]*: ('[a-z]*')>"), r"\1"),
    (re.compile(r"expected an optional prefix of `urn:uuid:` followed by \[0-9a-fA-F-\], "), ""),
    (re.compile(r"(found `.`) at \d+"), r"\1"),
    (re.compile(r"expected length 32 for simple format, "), ""),
)


def known(question: Any) -> Any:
    key = question.project
    if key in (None, "default", PROJECT_ID):
        return DEFAULT if isinstance(question, GetScope) else RegistrationPage(items=(), total=0)
    return NotFound(kind="project", key=key)


def worded(value: Any) -> Any:
    text = json.dumps(value, ensure_ascii=False).replace(str(to_uuid(PROJECT_ID)), "<project>")
    for pattern, instead in _WORDED:
        text = pattern.sub(instead, text)
    return text


def _name(case: dict[str, Any]) -> str:
    return f"{case['method']} {case['path']} {case['body'] or ''}"[:90]


@pytest.mark.parametrize("case", CASES, ids=_name)
async def test_a_refusal_is_the_published_one(gateway: Gateway, case: dict[str, Any]) -> None:
    gateway.dispatch.answers |= {
        GetScope: known,
        ListRegistrations: known,
        GetRegistration: lambda q: NotFound(kind="service", key=q.service_id),
    }
    headers = {}
    if case["authorization"]:
        good = f"Bearer {TOKEN}"
        headers["Authorization"] = (
            good if case["authorization"] == "good" else case["authorization"]
        )
    body = case["body"]
    if body is not None:
        body = body.replace("<project>", str(to_uuid(PROJECT_ID)))
        headers["Content-Type"] = case["type"]
    answer = await gateway.client.request(
        case["method"], case["path"], headers=headers, content=body
    )
    assert answer.status_code == case["status"], answer.text
    assert answer.headers.get("www-authenticate") == case["www_authenticate"]
    assert worded(answer.json()) == worded(case["answer"])
    assert gateway.dispatch.sent == []
