"""Everything that crosses the bus comes out as it went in: all fields, UNSET and None apart."""

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.catalog import COMMANDS, EVENTS, REJECTIONS
from shared.domain.principal.commands import RevisePrincipal
from shared.domain.project.commands import ReviseProject
from shared.domain.service.commands import RegisterService, ReviseWorkload
from shared.domain.service.workload import EnvVar, Workload
from shared.envelope.codec import Undecodable, class_of, decode, encode, name_of
from shared.envelope.event import EventEnvelope, from_cloud_event, to_cloud_event
from shared.envelope.messages import (
    Accepted,
    Answered,
    Broken,
    CommandEnvelope,
    QuestionEnvelope,
    Rejected,
    decode_command,
    decode_question,
    decode_reply,
    encode_command,
    encode_question,
    encode_reply,
)
from shared.kernel.actor import Actor
from shared.kernel.secrets import PlainText, SecretRef
from shared.kernel.unset import UNSET
from shared.queries.catalog import DOCUMENTS, QUESTIONS, view_of
from tests.contracts.examples import MOMENT, example_of

TYPES: dict[str, type] = {
    **COMMANDS,
    **{name: cls for name, (cls, _) in EVENTS.items()},
    **REJECTIONS,
    **QUESTIONS,
    **DOCUMENTS,
}
ACTOR = Actor(kind="user", id="65f0c1a2b3c4d5e6f7a8b9c0", credential_id="65f0c1a2b3c4d5e6f7a8b9c1")
IDS: dict[str, Any] = {"service_id": "a" * 24, "project_id": "b" * 24, "deployment_id": "c" * 24}


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("absent", [False, True], ids=["full", "sparse"])
def test_every_type_comes_out_as_it_went_in(name: str, absent: bool) -> None:
    value = example_of(TYPES[name], absent=absent)
    assert decode(TYPES[name], encode(value)) == value


@pytest.mark.parametrize("name", TYPES)
def test_every_type_has_one_name_and_every_name_one_type(name: str) -> None:
    assert class_of(name) is TYPES[name]
    assert name_of(example_of(TYPES[name])) == name


def test_no_name_is_used_twice() -> None:
    names = [*COMMANDS, *EVENTS, *REJECTIONS, *QUESTIONS, *DOCUMENTS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "command",
    [
        ReviseWorkload(**IDS),
        ReviseWorkload(**IDS, custom_domain=None),
        ReviseWorkload(**IDS, branch="main"),
        ReviseWorkload(**IDS, env=()),
        ReviseWorkload(**IDS, env=(EnvVar(name="A", value=PlainText(text="x")),)),
        RevisePrincipal(principal_id="a" * 24),
        RevisePrincipal(principal_id="a" * 24, email=None),
        RevisePrincipal(principal_id="a" * 24, password=PlainText(text="secret")),
        ReviseProject(project_id="b" * 24, description=""),
    ],
    ids=repr,
)
def test_what_an_update_does_not_mention_stays_unmentioned(command: Any) -> None:
    assert decode(type(command), encode(command)) == command


def test_unset_is_never_written_down() -> None:
    assert b"unset" not in encode(ReviseWorkload(**IDS, branch="main"))
    assert decode(ReviseWorkload, encode(ReviseWorkload(**IDS))).branch is UNSET


@pytest.mark.parametrize(
    "value", [PlainText(text="s3cret"), SecretRef(secret_id="d" * 24, mac="e" * 64)]
)
def test_a_secret_and_its_reference_are_never_taken_for_one_another(
    value: PlainText | SecretRef,
) -> None:
    workload = Workload(repo="acme/api", env=(EnvVar(name="A", value=value),))
    command = RegisterService(**IDS, name="api", workload=workload)
    assert decode(RegisterService, encode(command)) == command


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("absent", [False, True], ids=["full", "sparse"])
def test_a_command_travels_in_its_envelope(name: str, absent: bool) -> None:
    envelope = CommandEnvelope(
        command_id="c-1",
        actor=ACTOR,
        surface="outpost",
        correlation_id="r-1",
        causation_id=None if absent else "w-1",
        reason=None if absent else "because",
        fingerprint=None if absent else "ab" * 32,
        epoch=None if absent else 3,
        command=example_of(COMMANDS[name], absent=absent),
    )
    assert decode_command(encode_command(envelope)) == envelope


@pytest.mark.parametrize("name", QUESTIONS)
@pytest.mark.parametrize("absent", [False, True], ids=["full", "sparse"])
def test_a_question_travels_in_its_envelope_and_knows_its_view(name: str, absent: bool) -> None:
    envelope = QuestionEnvelope(
        asker=ACTOR,
        correlation_id="r-1",
        after=17,
        as_of_time=None if absent else MOMENT,
        as_of_position=None if absent else 12,
        question=example_of(QUESTIONS[name], absent=absent),
    )
    assert decode_question(encode_question(envelope)) == envelope
    assert view_of(envelope.question) == name.partition(".")[0]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_travels_in_its_answer(name: str) -> None:
    answer = Answered(document=example_of(DOCUMENTS[name]), position=12, stale=True)
    assert decode_reply(encode_reply(answer)) == answer


@pytest.mark.parametrize("name", REJECTIONS)
def test_a_rejection_travels_in_its_reply(name: str) -> None:
    reply = Rejected(rejection=example_of(REJECTIONS[name]))
    assert decode_reply(encode_reply(reply)) == reply


@pytest.mark.parametrize(
    "reply",
    [
        Accepted(position=3, version=2, subject_id="a" * 24, replayed=True),
        Accepted(position=0),
        Broken(what="an accident"),
    ],
)
def test_the_other_replies_travel_too(reply: Accepted | Broken) -> None:
    assert decode_reply(encode_reply(reply)) == reply


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_travels_as_a_cloud_event(name: str) -> None:
    cls, version = EVENTS[name]
    envelope = EventEnvelope(
        position=42,
        at=MOMENT,
        account_id="a" * 24,
        stream=f"{name.partition('.')[0]}-{'b' * 24}",
        version=3,
        event_id="e-1",
        type=name,
        schema_version=version,
        command_id="c-1",
        correlation_id="r-1",
        causation_id="w-1",
        actor="user:" + "c" * 24,
        credential_id="d" * 24,
        surface="outpost",
        reason="because",
        data=encode(example_of(cls)).decode(),
    )
    arrived = from_cloud_event(to_cloud_event(envelope))
    assert arrived == envelope
    assert arrived.decoded() == example_of(cls)
    bare = replace(envelope, causation_id=None, credential_id=None, reason=None)
    assert from_cloud_event(to_cloud_event(bare)) == bare


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b"null", b'{"sequence":"x"}', b"\xff", b'{"type":1}']
)
def test_what_is_no_event_is_refused_as_undecodable(body: bytes) -> None:
    with pytest.raises(Undecodable):
        from_cloud_event(body)


def test_an_undecodable_message_is_refused_without_repeating_what_it_held() -> None:
    with pytest.raises(Undecodable) as refused:
        decode(RegisterService, b'{"service_id": 5, "name": ["canary"], "deployment_id": "x"}')
    assert "service_id: string_type" in str(refused.value)
    assert "canary" not in str(refused.value)


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(Undecodable, match=r"no message is called 'os\.system'"):
        class_of("os.system")
