"""Every operation of every surface, by somebody outside and by somebody who may only look.

From outside, what is another's answers as what nobody has; from inside, a viewer's writes are
refused as that dialect refuses. Neither writes a thing. Last, the owner makes the same requests:
else a request that is refused for its form would prove nothing."""

import json

import pytest

from tests.abuse.attempts import Attempt, absent_things, attempts
from tests.abuse.premises import NAME, Premises, make_premises
from tests.fuzz.scene import Things
from tests.support.outpost import Answer
from tests.support.stack import Stack

pytestmark = [pytest.mark.stack, pytest.mark.slow]

ATTEMPTS = attempts()
# A public operation takes no credential, so nobody's is foreign there.
GUARDED = [each for each in ATTEMPTS if not each.is_public]
ENDLESS = "/stream"
# What of all events is another's, test_foreign_ids.py reads.
ASKED = [each for each in GUARDED if not each.path.endswith("/events/stream")]
WRITES = [each for each in ASKED if each.method != "GET"]
# What is removed is removed last, the inner things before what holds them.
IN_ORDER = sorted(ASKED, key=lambda each: (each.method == "DELETE", -len(each.path)))
FORM = (400, 405, 415, 422)
REFUSED = (403, 404)
# Whoever has signed in makes things of his own by these, and sees what is the installation's.
ANYBODY = frozenset(
    {
        "POST /v1/projects",
        "POST /api/organizations/v1/organizations",
        "POST /v1/billing/portal-session",
        "POST /v1/billing/subscription/switch-cycle",
    }
)
OF_THE_INSTALLATION = ("hardware-tiers", "hardwaretiers", "/api/v1/stacks/{stack_id}")
# What a viewer may: marks of his own, tags as Domino publishes it, sums without effect. A chat
# without a model behind it is 402 to everybody.
VIEWERS_MAY = frozenset(
    {
        "POST /ops/v1/services/{service}/what-if",
        "DELETE /ops/v1/sessions/current",
        "POST /v1/pinned",
        "DELETE /v1/pinned/{projectId}",
        "POST /api/jobs/v1/jobs/{jobId}/tags",
        "DELETE /api/jobs/v1/jobs/{jobId}/tags/{tagId}",
        "POST /v1/projects/{projectId}/ai/chat",
    }
)
# People, robots, keys and webhooks of an account are out of sight of who only looks into projects.
HIDDEN = (
    "/ops/v1/users/{",
    "/ops/v1/service-accounts/{",
    "/ops/v1/api-keys",
    "/ops/v1/grants",
    "/ops/v1/webhooks/{",
    "/ops/v1/subscriptions/{",
    "/ops/v1/vault/{",
    "/ops/v1/services/{service}/environment",
)
# What cannot be at all is told before what one may not do: to him who may read it anyway.
IMPOSSIBLE_FIRST = ("/restore", "/rollback")


@pytest.fixture(scope="module")
def premises(stack: Stack) -> Premises:
    return make_premises(stack)


def told(answer: Answer, *asked: Things) -> str:
    """What an answer says, but for the request it answers and the ids that were asked for."""
    body = answer.body
    if isinstance(body, dict):
        ids = {"request_id", "requestId", "timestamp", "correlationId"}
        body = _without(body, ids)
    text = json.dumps([answer.status, answer.headers.get("content-type"), body], sort_keys=True)
    values = {value for things in asked for value in things.values()}
    for value in sorted(values, key=len, reverse=True):
        text = text.replace(value, "ID")
    return text


def _without(value: object, names: set[str]) -> object:
    if isinstance(value, dict):
        return {k: _without(v, names) for k, v in value.items() if k not in names}
    return [_without(each, names) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize("attempt", IN_ORDER, ids=str)
def test_from_outside_it_is_not_there(premises: Premises, attempt: Attempt) -> None:
    things, outsider = premises.things, premises.outsider
    is_open = attempt.label in ANYBODY or any(each in attempt.path for each in OF_THE_INSTALLATION)
    if is_open or not attempt.names_anything(things):
        return  # What lists hold is for test_foreign_ids.py and the dialects' own tests.
    before = premises.events_elsewhere(outsider)
    # Handles are public where a path begins with one; what is below them is not.
    handle = {"handle"} if attempt.surface in ("outpost", "amigo") else set()
    gone = absent_things(things, lambda kind: kind in handle)
    theirs = attempt.make(outsider, things)
    nobodys = attempt.make(outsider, gone)
    assert theirs.status in REFUSED or attempt.method == "GET", theirs
    assert told(theirs, things, gone) == told(nobodys, things, gone)
    assert NAME not in told(theirs, things)
    assert premises.events_elsewhere(outsider) == before


@pytest.mark.parametrize("attempt", [each for each in IN_ORDER if each in WRITES], ids=str)
def test_who_may_only_look_changes_nothing(premises: Premises, attempt: Attempt) -> None:
    if attempt.label in ANYBODY:
        return
    before = premises.events_elsewhere(premises.viewer)
    answer = attempt.make(premises.viewer, premises.things)
    if attempt.label in VIEWERS_MAY:
        assert answer.status < 300 or answer.status == 402, answer
        return
    assert premises.events_elsewhere(premises.viewer) == before
    expected = {403}
    if attempt.path.startswith(HIDDEN):
        expected.add(404)
    if attempt.path.endswith(IMPOSSIBLE_FIRST):
        expected.add(409)
    assert answer.status in expected, answer


def test_the_owner_is_answered(premises: Premises) -> None:
    """Else all of the above would pass on a gateway that refuses everybody."""
    refused = [
        str(attempt)
        for attempt in IN_ORDER
        if attempt.method != "DELETE"
        and not attempt.path.endswith(ENDLESS)
        and attempt.make(premises.owner, premises.things).status in (401, *REFUSED, *FORM)
    ]
    assert len(refused) * 5 < len(IN_ORDER), refused
