"""The catalogs, the aggregates and the permissions name the same things."""

from itertools import pairwise

import pytest

from shared.access.actions import ACTIONS, PROCESS_COMMANDS, ROLE_ACTIONS, ROLES, need_of
from shared.bus.subjects import PROCESSES
from shared.domain.catalog import COMMANDS, EVENTS, REJECTIONS
from shared.domain.descriptor import Aggregate
from shared.domain.rejections import Rejection
from shared.kernel.secrets import SecretRef
from shared.queries.catalog import PROCESS_QUESTIONS, QUESTIONS
from shared.registry import AGGREGATES
from tests.contracts.examples import example_of

BY_TYPE = {aggregate.stream_type: aggregate for aggregate in AGGREGATES}
SAID_BY_PROCESSES = {cls for classes in PROCESS_COMMANDS.values() for cls in classes}


@pytest.mark.parametrize("aggregate", AGGREGATES, ids=lambda aggregate: aggregate.stream_type)
def test_an_aggregates_commands_and_events_are_those_the_catalog_files_under_it(
    aggregate: Aggregate,
) -> None:
    prefix = f"{aggregate.stream_type}."
    commands = {cls for name, cls in COMMANDS.items() if name.startswith(prefix)}
    events = {cls for name, (cls, _) in EVENTS.items() if name.startswith(prefix)}
    odd = f"name it {prefix}<word> in shared/domain/catalog.py, and put it into the union of its"
    assert not (wrong := set(aggregate.commands) ^ commands), f"{odd} commands.py: {wrong}"
    assert not (wrong := set(aggregate.events) ^ events), f"{odd} events.py: {wrong}"
    assert set(aggregate.creating) <= set(aggregate.commands)


def test_no_stream_type_is_used_twice() -> None:
    assert len(BY_TYPE) == len(AGGREGATES)


@pytest.mark.parametrize("name", [*COMMANDS, *EVENTS])
def test_the_name_begins_with_a_stream_type_and_fits_into_a_subject(name: str) -> None:
    stream_type, _, word = name.partition(".")
    assert stream_type in BY_TYPE
    assert word.replace("_", "").isalpha() and word == word.lower()


def test_every_rejection_has_a_name() -> None:
    assert set(REJECTIONS.values()) == set(Rejection.__args__)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_need_or_is_said_by_processes_alone(name: str) -> None:
    need = need_of(example_of(COMMANDS[name]))
    if need is None:
        assert COMMANDS[name] in SAID_BY_PROCESSES, (
            "give it a case of `need_of` in shared/access/actions.py (what a person needs for it), "
            "or put it there into PROCESS_COMMANDS of the process that alone may say it"
        )
    else:
        assert need.action in ACTIONS


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_lands_on_the_stream_its_own_field_names(name: str) -> None:
    aggregate = BY_TYPE[name.partition(".")[0]]
    command = example_of(COMMANDS[name])
    of_services = dict.fromkeys(("scaling", "watch", "custom_domain"), "service_id")
    of_others = {
        "api_key": "key_id",
        "vault": "owner_id",
        "quota": "project_id",
        "hardware_tier": "tier_id",
        "node": "name",
    }
    field = {**of_others, **of_services}.get(aggregate.stream_type, f"{aggregate.stream_type}_id")
    assert aggregate.subject(command).id == getattr(command, field)


def test_only_processes_that_exist_may_say_or_ask_anything() -> None:
    assert set(PROCESS_COMMANDS) <= set(PROCESSES)
    assert {name for names in PROCESS_QUESTIONS.values() for name in names} <= set(PROCESSES)
    assert set(PROCESS_QUESTIONS) <= set(QUESTIONS.values())


def test_each_role_may_all_that_the_one_below_it_may() -> None:
    for lower, higher in pairwise(ROLES):
        assert ROLE_ACTIONS[lower] < ROLE_ACTIONS[higher]


@pytest.mark.parametrize("aggregate", AGGREGATES, ids=lambda aggregate: aggregate.stream_type)
def test_a_commands_secrets_are_gone_once_it_is_sealed(aggregate: Aggregate) -> None:
    for cls in aggregate.commands:
        command = example_of(cls)
        refs = {
            name: SecretRef(secret_id="d" * 24, mac="e" * 64)
            for _, name, _ in aggregate.secrets(command, aggregate.initial)
        }
        assert aggregate.secrets(aggregate.sealed(command, refs), aggregate.initial) == ()
        assert bool(refs) is ("PlainText" in repr(command))
