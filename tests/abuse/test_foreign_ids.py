"""A5: by another tenant's id, in path, query, filter or body, one is told what one is told of an id
that nobody has; lists hold nothing of his, and nothing is written in his part of the log."""

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from functools import partial
from http import HTTPStatus

import pytest

from tests.abuse.operations import (
    INVITING,
    NO_TENANTS,
    NOT_MADE,
    QUERIES,
    Operation,
    Pick,
    operations,
)
from tests.abuse.tenants import CANARY, Tenants, without_owner
from tests.support.outpost import Answer, Outpost, call

pytestmark = [pytest.mark.stack, pytest.mark.slow]

OPERATIONS = operations()
WITH_IDS = [op for op in OPERATIONS if "{" in op.path and op.path not in NO_TENANTS]
WITHOUT_IDS = [op for op in OPERATIONS if "{" not in op.path]
BELOW = [op for op in WITH_IDS if len(op.parameters) > 1 and not op.path.endswith(INVITING)]
LISTS = [op for op in WITHOUT_IDS if op.method == "GET"]
WRITES = [op for op in WITHOUT_IDS if op.method != "GET" and op.body is not None]
STREAM = "/ops/v1/events/stream"
# Answers whose being there says nothing of whose it is: a handle is public (DESIGN 4.1).
PUBLIC = {"project", "namespace"}


def asked(who: Outpost, op: Operation, path: str, body: object) -> Answer:
    url = who.stack.gateway_url + path
    return call(url, method=op.method, token=who.token, body=body, seconds=10)


def told(answer: Answer, *spellings: str) -> tuple[int, str | None, str]:
    """What an answer says, but for the request it answers and the id that was asked for."""
    body = json.dumps(answer.body, sort_keys=True)
    if isinstance(answer.body, dict):
        error = answer.body.get("error", answer.body)
        body = body.replace(str(error.get("request_id")), "REQUEST")
    for spelling in spellings:
        body = body.replace(spelling, "ID")
    return answer.status, answer.headers.get("content-type"), body


def spelled(tenants: Tenants, op: Operation) -> Iterator[tuple[Pick, str]]:
    """Pickers of beta's things: all by id, then all by handle where they have one."""
    most = max(len(tenants.foreign.get(kind, ())) for _, kind in op.parameters)
    for number in range(most):

        def pick(kind: str, number: int = number) -> str:
            known = tenants.foreign.get(kind) or (without_owner("0" * 24),)
            return known[min(number, len(known) - 1)]

        yield pick, "id" if number == 0 else "handle"


def absent_like(tenants: Tenants, pick: Pick) -> Pick:
    return lambda kind: without_owner(pick(kind))


@pytest.mark.parametrize("op", WITH_IDS, ids=str)
def test_a_foreign_id_is_answered_like_one_that_nobody_has(tenants: Tenants, op: Operation) -> None:
    kinds = [kind for _, kind in op.parameters]
    at = partial(op.filled, head=tenants.head)
    for pick, how in spelled(tenants, op):
        absent = absent_like(tenants, pick)
        if op.surface == "outpost":
            # The namespace is public; what is in it is not.
            path, other = (
                at((pick,) * len(kinds)),
                at((pick, absent)[: len(kinds)]),
            )
        else:
            path, other = (
                at((pick,) * len(kinds)),
                at((absent,) * len(kinds)),
            )
        theirs = asked(tenants.acme, op, path, op.body_with(pick))
        nobodys = asked(tenants.acme, op, other, op.body_with(absent))
        names = [pick(kind) for kind in kinds] + [absent(kind) for kind in kinds]
        assert theirs.status in (400, 403, 404), (how, theirs)
        assert CANARY not in told(theirs, *names)[2]
        if how == "handle" and PUBLIC & set(kinds):
            continue
        assert told(theirs, *names) == told(nobodys, *names), (how, theirs, nobodys)


@pytest.mark.parametrize("op", BELOW, ids=str)
def test_a_foreign_id_below_ones_own_is_an_absent_one(tenants: Tenants, op: Operation) -> None:
    kinds = [kind for _, kind in op.parameters]

    def own(kind: str) -> str:
        return tenants.own[kind][0]

    at = partial(op.filled, head=tenants.head)
    for pick, how in spelled(tenants, op):
        absent = absent_like(tenants, pick)
        theirs = asked(tenants.acme, op, at((own, pick)), op.body_with(own))
        nobodys = asked(tenants.acme, op, at((own, absent)), op.body_with(own))
        # A position is nobody's: what is asked of it is looked for in one's own part of the log.
        assert theirs.status in (400, 403, 404) or kinds[1] == "position", (how, theirs)
        names = (pick(kinds[1]), absent(kinds[1]))
        assert told(theirs, *names) == told(nobodys, *names), how


@pytest.mark.parametrize("op", [op for op in WITH_IDS if op.method == "GET"], ids=str)
def test_its_owner_is_answered(tenants: Tenants, op: Operation) -> None:
    """Else the tests above would pass on a surface that refuses everybody."""
    kinds = [kind for _, kind in op.parameters]
    if NOT_MADE & set(kinds) or "proofs" in op.path:
        pytest.skip("nobody has one of these here")
    picks = (lambda kind: tenants.foreign[kind][0],) * len(kinds)
    path = op.filled(picks, head=tenants.head)
    if op.path.endswith("/stream"):
        assert _opens(tenants.beta, path)
        return
    answer = asked(tenants.beta, op, path, None)
    assert answer.status in (200, 404 if op.path.endswith("/timeline") else 200), answer


@pytest.mark.parametrize("op", LISTS, ids=str)
def test_no_list_holds_anything_of_another_tenant(tenants: Tenants, op: Operation) -> None:
    theirs = {spelling for kind in tenants.foreign.values() for spelling in kind} - {
        tenants.foreign["position"][0]
    }
    filters = [name for name in op.queries if name in QUERIES]
    for query in ("", *(f"{name}={{}}" for name in filters)):
        name = query.partition("=")[0]
        spellings = tenants.foreign[QUERIES[name]] if name else ("",)
        for spelling in spellings:
            text = _text(tenants.acme, op, query.format(spelling))
            seen = [each for each in theirs if each in text and each != spelling]
            assert seen == []
            assert name or CANARY not in text


@pytest.mark.parametrize("op", LISTS, ids=str)
def test_a_filter_by_a_foreign_id_is_one_by_an_absent_id(tenants: Tenants, op: Operation) -> None:
    for name in (name for name in op.queries if name in QUERIES):
        foreign = tenants.foreign[QUERIES[name]][0]
        absent = without_owner(foreign)
        if op.path == STREAM:
            continue  # An endless answer: the test above reads of it what there is.
        theirs = asked(tenants.acme, op, f"{op.path}?{name}={foreign}", None)
        nobodys = asked(tenants.acme, op, f"{op.path}?{name}={absent}", None)
        assert told(theirs, foreign, absent) == told(nobodys, foreign, absent)


@pytest.mark.parametrize("op", WRITES, ids=str)
def test_a_foreign_id_in_a_body_is_one_that_nobody_has(tenants: Tenants, op: Operation) -> None:
    named: set[str] = set()

    def foreign(kind: str) -> str:
        named.add(tenants.foreign[kind][0])
        return tenants.foreign[kind][0]

    body = op.body_with(foreign)
    theirs = asked(tenants.acme, op, op.path, body)
    nobodys = asked(
        tenants.acme, op, op.path, op.body_with(lambda k: without_owner(tenants.foreign[k][0]))
    )
    assert theirs.status >= 400, theirs
    absent = {without_owner(name) for name in named}
    assert told(theirs, *named, *absent) == told(nobodys, *named, *absent)


def test_nothing_was_written_in_another_tenants_part_of_the_log(tenants: Tenants) -> None:
    assert tenants.events_of_acme_outside() == []


def _opens(who: Outpost, path: str) -> bool:
    """Whether an endless answer begins."""
    request = urllib.request.Request(
        f"{who.stack.gateway_url}{path}", headers={"Authorization": f"Bearer {who.token}"}
    )
    with urllib.request.urlopen(request, timeout=10.0) as answer:
        return bool(answer.status == HTTPStatus.OK)


def _text(who: Outpost, op: Operation, query: str) -> str:
    url = f"{who.stack.gateway_url}{op.path}?{query}"
    if op.path != STREAM:
        return str(call(url, token=who.token).body)
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {who.token}"})
    text = b""
    try:
        with urllib.request.urlopen(request, timeout=1.0) as answer:
            while line := answer.readline():
                text += line
    except urllib.error.HTTPError as refused:
        return refused.read().decode()
    except (TimeoutError, http.client.HTTPException):
        pass  # It goes on as long as one listens; what had come by then is looked at.
    return text.decode()
