"""The table of subjects: who may publish and hear what, and that nobody gets more than his rows."""

import pytest

from shared.access.actions import PROCESS_COMMANDS
from shared.bus.subjects import (
    COMMAND_QUEUE,
    JETSTREAM_GRANTS,
    PROCESSES,
    QUESTION_QUEUE,
    SERVER_ASKS,
    SERVER_GRANTS,
    SUBJECTS,
    Row,
    ack_subject,
    acks_of,
    command_subject,
    event_subject,
    events_of,
    events_of_account,
    frame_subject,
    health_subject,
    inbox_prefix,
    listenable,
    next_of,
    publishable,
    question_subject,
)
from shared.queries.catalog import PROCESS_QUESTIONS


def matches(pattern: str, subject: str) -> bool:
    """NATS's rule: `*` is one token, `>` the rest."""
    wanted, given = pattern.split("."), subject.split(".")
    for place, token in enumerate(wanted):
        if token == ">":
            return len(given) > place
        if place >= len(given) or token not in ("*", given[place]):
            return False
    return len(wanted) == len(given)


def may_publish(process: str, subject: str) -> bool:
    return any(matches(pattern, subject) for pattern in publishable(process))


def may_hear(process: str, subject: str) -> bool:
    return any(matches(pattern, subject) for pattern in listenable(process))


def test_the_names_of_processes_are_one_token() -> None:
    assert all(process.isalpha() for process in PROCESSES)
    assert COMMAND_QUEUE in PROCESSES and QUESTION_QUEUE in PROCESSES


@pytest.mark.parametrize("row", SUBJECTS, ids=lambda row: row.subject)
def test_every_row_names_processes_and_a_meaning(row: Row) -> None:
    assert set(row.publishers) <= set(PROCESSES) and row.publishers
    assert set(row.listeners) <= set(PROCESSES) and row.listeners
    assert row.meaning


def test_no_two_rows_overlap() -> None:
    for row in SUBJECTS:
        for other in SUBJECTS:
            if row is not other:
                assert not matches(row.subject, other.subject.replace(">", "x")), (row, other)


@pytest.mark.parametrize("process", PROCESSES)
@pytest.mark.parametrize("publisher", PROCESSES)
def test_nobody_speaks_commands_or_questions_in_anothers_name(process: str, publisher: str) -> None:
    for subject in (command_subject(publisher, "service"), question_subject(publisher, "services")):
        assert not may_publish(process, subject) or process == publisher


@pytest.mark.parametrize("process", PROCESSES)
def test_only_command_hears_commands_and_only_query_questions(process: str) -> None:
    assert may_hear(process, command_subject("gateway", "service")) is (process == "command")
    assert may_hear(process, question_subject("gateway", "services")) is (process == "query")


@pytest.mark.parametrize("process", PROCESSES)
def test_only_command_publishes_events(process: str) -> None:
    subject = event_subject("a" * 24, "service", "b" * 24, "registered")
    assert may_publish(process, subject) is (process == "command")
    assert matches(events_of("service"), subject)
    assert not matches(events_of("replica"), subject)


@pytest.mark.parametrize("process", PROCESSES)
def test_nobody_reads_anothers_inbox_and_everybody_his_own(process: str) -> None:
    for other in PROCESSES:
        assert may_hear(process, f"{inbox_prefix(other)}.x") is (process == other)
    assert not may_hear(process, "_INBOX.x")


@pytest.mark.parametrize("process", PROCESSES)
def test_every_process_is_asked_for_its_health_by_the_gateway_alone(process: str) -> None:
    assert may_hear(process, health_subject(process))
    assert may_publish(process, health_subject("query")) is (process == "gateway")


@pytest.mark.parametrize("process", PROCESSES)
def test_only_edges_ack_and_frame(process: str) -> None:
    for subject in (ack_subject("node-8081"), frame_subject("node-8081")):
        assert may_publish(process, subject) is (process == "edge")


@pytest.mark.parametrize("process", PROCESSES)
def test_nobody_is_granted_everything(process: str) -> None:
    for pattern in publishable(process) + listenable(process):
        assert pattern.split(".")[0] not in (">", "*"), pattern
        of_the_server = SERVER_GRANTS.get(process, ()) + SERVER_ASKS.get(process, ())
        assert not pattern.startswith("$SYS") or pattern in of_the_server
    for grant in JETSTREAM_GRANTS[process]:
        assert grant.startswith(("$JS.API.", "$JS.FC.", "$KV.")), grant


def test_only_the_callout_speaks_with_the_server_and_only_of_subscribers() -> None:
    assert SERVER_GRANTS == {
        "callout": ("$SYS.REQ.ACCOUNT.TENANTS.CONNZ", "$SYS.REQ.SERVER.*.KICK")
    }
    assert SERVER_ASKS == {"callout": ("$SYS.REQ.USER.AUTH",)}


def test_the_callout_makes_no_consumer_without_a_filter_and_reads_no_event() -> None:
    for subject in (
        "$JS.API.CONSUMER.CREATE.EVENTS",
        "$JS.API.CONSUMER.CREATE.EVENTS.sub_a",
        "$JS.API.CONSUMER.CREATE.KV_routes.sub_a.$KV.routes.>",
        "$JS.API.CONSUMER.DURABLE.CREATE.EVENTS.sub_a",
        next_of("sub_a"),
        f"{acks_of('sub_a')}.1.1.1.1.0",
    ):
        assert not may_publish("callout", subject)
    assert may_publish("callout", f"$JS.API.CONSUMER.CREATE.EVENTS.sub_a.{events_of_account('b')}")


@pytest.mark.parametrize("process", ["gateway", "prober"])
def test_who_needs_no_jetstream_has_none(process: str) -> None:
    assert not may_publish(process, "$JS.API.INFO")


@pytest.mark.parametrize("process", PROCESSES)
def test_who_may_not_rewrite_the_log_has_no_grant_for_it(process: str) -> None:
    for verb in ("PURGE", "DELETE", "UPDATE", "CREATE"):
        allowed = may_publish(process, f"$JS.API.STREAM.{verb}.EVENTS")
        assert allowed is (process == "command")


def test_who_has_commands_or_questions_of_its_own_has_the_subject_for_them() -> None:
    for publisher in PROCESS_COMMANDS:
        if publisher != "command":  # It gives its own without a bus.
            assert may_publish(publisher, command_subject(publisher, "x"))
    for publishers in PROCESS_QUESTIONS.values():
        for publisher in publishers:
            assert may_publish(publisher, question_subject(publisher, "x"))
