"""Imports on the wire: a body of any length in parts, and the answer when it is in the log."""

import hashlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.domain.importing.commands import BeginImport
from shared.domain.rejections import Forbidden
from shared.queries.integrity import (
    GetImport,
    GetImportedPosition,
    ImportDocument,
    ImportedPosition,
    ImportPage,
    ListImports,
)
from tests.surfaces.stubs import MOMENT, Gateway, gateway_of

PATH = "/ops/v1/import"
PART = 256 * 1024
FILE = b"x" * (2 * PART + 5)
DONE = ImportDocument(
    id="ab" * 12, state="done", begun_at=MOMENT, of_account="cd" * 12, events=7, streams=2,
    first_position=6, last_position=12, sha256=hashlib.sha256(FILE).hexdigest(), key="5f",
    trust="by the key you gave",
)  # fmt: skip


def refused(code: str, *, line: int | None = None, is_conflict: bool = False) -> ImportDocument:
    return ImportDocument(
        id="ab" * 12, state="refused", begun_at=MOMENT, code=code, message="it is so", line=line,
        position=line, is_conflict=is_conflict,
    )  # fmt: skip


@pytest.fixture
def imports(gateway: Gateway) -> Gateway:
    gateway.dispatch.answers[GetImport] = DONE
    return gateway


async def chunked() -> AsyncIterator[bytes]:
    for start in range(0, len(FILE), 1000):
        yield FILE[start : start + 1000]


async def test_a_body_longer_than_a_message_goes_in_parts(imports: Gateway) -> None:
    answer = await imports.ask("POST", f"{PATH}?deploy=false&key=a+b+c", content=chunked())
    assert answer.status_code == 201, answer.text
    *parts, (word, end) = imports.dispatch.parts
    assert [(number, len(body)) for number, body in parts] == [("0", PART), ("1", PART), ("2", 5)]
    assert b"".join(body for _, body in parts) == FILE
    assert (word, json.loads(end)) == (
        "finish",
        {
            "parts": 3, "bytes": len(FILE), "sha256": DONE.sha256, "deploys": False,
            "key": "a+b+c",
        },
    )  # fmt: skip
    command = imports.dispatch.sent[-1].command
    assert isinstance(command, BeginImport) and command.account_id == "dd" * 12
    assert answer.headers["log-position"] == "12"
    assert answer.json()["state"] == "done" and answer.json()["first_position"] == 6


async def test_it_is_answered_when_it_has_ended(
    imports: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    from services.gateway.surfaces.ops.resources.imports import routes

    monkeypatch.setattr(routes, "LOOK_SECONDS", (0.001, 0.001))
    states = ["receiving", "checking", "checking", "done"]
    imports.dispatch.answers[GetImport] = lambda question: (
        DONE if (state := states.pop(0)) == "done" else _under_way(state)
    )
    assert (await imports.ask("POST", PATH, content=b"x")).status_code == 201
    assert states == []


def _under_way(state: str) -> ImportDocument:
    return ImportDocument(id="ab" * 12, state=state, begun_at=MOMENT)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("document", "status"),
    [
        (refused("changed", line=812), 422),
        (refused("unsigned"), 422),
        (refused("stream_taken", is_conflict=True), 409),
    ],
)
async def test_a_refusal_says_which_line_and_why(
    imports: Gateway, document: ImportDocument, status: int
) -> None:
    imports.dispatch.answers[GetImport] = document
    answer = await imports.ask("POST", PATH, content=b"x")
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, document.code)
    assert "it is so" in problem["detail"] and "Nothing was taken in" in problem["detail"]
    if document.line is not None:
        assert problem["errors"] == [{"field": "line 812", "message": "it is so"}]
        assert problem["detail"].startswith("Line 812")


async def test_who_may_not_is_told_before_anything_is_kept(imports: Gateway) -> None:
    imports.dispatch.rejection = Forbidden(action="log.import", resource="*")
    answer = await imports.ask("POST", PATH, content=FILE)
    assert answer.status_code == 403
    assert imports.dispatch.parts == []
    nobody = await imports.ask("POST", PATH, content=b"x", headers={"Authorization": "Bearer no"})
    assert nobody.status_code == 401


async def test_an_empty_body_and_a_part_that_is_refused_give_the_import_up(
    imports: Gateway,
) -> None:
    assert (await imports.ask("POST", PATH)).status_code == 400
    imports.dispatch.part_problem = "the import is not open"
    answer = await imports.ask("POST", PATH, content=FILE)
    assert answer.status_code == 400 and "is not open" in answer.json()["detail"]
    assert [word for word, _ in imports.dispatch.parts] == ["abandon", "0", "abandon"]


async def test_a_body_over_the_limit_is_refused(keys_dir: Path) -> None:
    gateway = gateway_of(keys_dir, import_bytes_max=PART)
    answer = await gateway.ask("POST", PATH, content=chunked())
    assert answer.status_code == 413
    assert gateway.dispatch.parts[-1][0] == "abandon"


async def test_the_same_key_is_answered_the_same_and_another_file_is_not(
    imports: Gateway,
) -> None:
    imports.dispatch.replayed = "ab" * 12
    again = await imports.ask("POST", PATH, content=FILE, headers={"Idempotency-Key": "k"})
    assert (again.status_code, again.headers["idempotency-replayed"]) == (201, "true")
    other = await imports.ask("POST", PATH, content=b"other", headers={"Idempotency-Key": "k"})
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    assert imports.dispatch.parts == []


async def test_imports_are_listed_and_positions_found_again(imports: Gateway) -> None:
    imports.dispatch.answers[ListImports] = ImportPage(items=(DONE, refused("cut")), total=2)
    listed = (await imports.ask("GET", "/ops/v1/imports")).json()
    assert [(item["state"], item["code"]) for item in listed["data"]] == [
        ("done", None),
        ("refused", "cut"),
    ]
    shown = await imports.ask("GET", f"/ops/v1/imports/{DONE.id}")
    assert shown.json()["of_account"] == DONE.of_account
    imports.dispatch.answers[GetImportedPosition] = ImportedPosition(origin=40, position=9)
    path = f"/ops/v1/imports/{DONE.id}/positions"
    assert (await imports.ask("GET", f"{path}/40")).json() == {"origin": 40, "position": 9}
    assert (await imports.ask("GET", f"{path}/x")).status_code == 400
