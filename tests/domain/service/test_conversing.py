"""The conversation facet: active names, versions that exist, sets that stay, tests that hold."""

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.claim import release, take
from shared.domain.facts import Facts, RecordFacts
from shared.domain.rejections import Conflicting, Incompatible, Invalid, NotFound
from shared.domain.service.commands import (
    DeleteVersionSet,
    LinkUnitTest,
    PutVersionSet,
    RegisterService,
    ReviseConversation,
    UnlinkUnitTest,
)
from shared.domain.service.decide_conversation import records_of
from shared.domain.service.events import ConversationRevised, ServiceRegistered, ServiceRevised
from shared.domain.service.facets.conversation import Conversation, VersionSet
from shared.domain.service.state import Absent, evolve
from tests.support.given import KIND_FACTS, PROJECT_ID, given

ID, AGENT, MACHINE, OTHER, TEST = "0c" * 12, "0d" * 12, "0e" * 12, "0f" * 12, "1a" * 12
WHERE: dict[str, Any] = {"service_id": ID, "project_id": PROJECT_ID}
CONVERSATION = Conversation(agent_id=AGENT, state_machine_id=MACHINE, is_active=True)
INACTIVE = replace(CONVERSATION, is_active=False)
AGENT_FACTS = RecordFacts(kind="agent", project_id=PROJECT_ID, versions=2, is_deprecated=False)
MACHINE_FACTS = replace(AGENT_FACTS, kind="state_machine")
KNOWN = replace(KIND_FACTS, records={AGENT: AGENT_FACTS, MACHINE: MACHINE_FACTS})
CLOSED = replace(KNOWN, registry_is_open=False)


def registered(conversation: Conversation | None = CONVERSATION, **said: Any) -> ServiceRegistered:
    fields: dict[str, Any] = {
        "name": "Coach",
        "slug": "coach-0c0c0c0c0c0c",
        "description": "Talks",
        "labels": (),
        "workload": None,
        **said,
    }
    return ServiceRegistered(**WHERE, conversation=conversation, **fields)


def register(conversation: Conversation = CONVERSATION, name: str = "Coach") -> RegisterService:
    return RegisterService(
        **WHERE,
        deployment_id=OTHER,
        name=name,
        description="Talks",
        naming="tailed",
        conversation=conversation,
    )


def revise(**changes: Any) -> ReviseConversation:
    return ReviseConversation(**WHERE, **changes)


def conversation_after(conversation: Conversation, *changed: str) -> ConversationRevised:
    return ConversationRevised(service_id=ID, conversation=conversation, changed=changed)


def named(name: str, *changed: str, **said: Any) -> ServiceRevised:
    fields = {"slug": "coach-0c0c0c0c0c0c", "description": "Talks", "labels": (), **said}
    return ServiceRevised(service_id=ID, name=name, changed=changed or ("name",), **fields)


def active(name: str) -> tuple[Any, str]:
    return ("active_name", f"{PROJECT_ID}:{name}")


# -- active names


def test_an_active_service_claims_its_name_and_an_inactive_one_does_not() -> None:
    slug = take("slug", f"{PROJECT_ID}:coach-0c0c0c0c0c0c")
    given().when(register()).then(registered()).then_claimed(slug, take(*active("Coach")))
    given().when(register(INACTIVE)).then_claimed(slug)


def test_activation_takes_the_name_and_deactivation_frees_it() -> None:
    on = given(registered(INACTIVE)).when(revise(is_active=True))
    on.then(conversation_after(CONVERSATION, "is_active")).then_claimed(take(*active("Coach")))
    off = given(registered()).when(revise(is_active=False))
    off.then(conversation_after(INACTIVE, "is_active")).then_claimed(release(*active("Coach")))
    off.then_again_nothing_happens()


def test_a_renamed_active_service_moves_its_claim() -> None:
    given(registered()).when(revise(name="New")).then(named("New")).then_claimed(
        release(*active("Coach")), take(*active("New"))
    )


def test_who_becomes_inactive_under_a_new_name_never_claims_it() -> None:
    decided = given(registered()).when(revise(name="New", is_active=False))
    decided.then(conversation_after(INACTIVE, "is_active"), named("New"))
    decided.then_claimed(release(*active("Coach")))


def test_who_becomes_active_under_a_new_name_claims_only_that() -> None:
    decided = given(registered(INACTIVE)).when(revise(name="New", is_active=True))
    decided.then_claimed(take(*active("New")))


# -- what an update changes


def test_an_empty_update_leaves_no_trace() -> None:
    given(registered()).when(revise()).then_nothing_happened()
    same = revise(name="Coach", description="Talks", agent_id=AGENT, tags=(), is_active=True)
    given(registered()).when(same).then_nothing_happened()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"description": ""}, "description"),
        ({"agent_id": "a"}, "agent_id"),
        ({"keyterms": ("Big",)}, "keyterms"),
        ({"keyterms": ("a",) * 21}, "keyterms"),
        ({"tags": (("a:b", None),)}, "tags"),
        ({"tags": (("a", "x" * 201),)}, "tags"),
        ({"tags": tuple((f"k{n}", None) for n in range(21))}, "tags"),
    ],
)
def test_a_field_that_is_wrong_is_named(changes: dict[str, Any], field: str) -> None:
    given(registered()).when(revise(**changes)).then_rejected(Invalid, field=field)


def test_a_service_without_a_conversation_gets_one_only_where_that_is_asked() -> None:
    plain = registered(None, description="")
    whole = {"agent_id": AGENT, "state_machine_id": MACHINE, "is_active": True}
    given(plain).when(revise(**whole)).then_rejected(NotFound, kind="service")
    attached = given(plain).when(revise(**whole, attach=True))
    attached.then(conversation_after(CONVERSATION, "agent_id", "is_active", "state_machine_id"))
    attached.then_claimed(take(*active("Coach")))
    half = revise(agent_id=AGENT, attach=True)
    given(plain).when(half).then_rejected(Invalid, field="conversation")


# -- agents and state machines


def test_a_decision_asks_for_the_records_it_names() -> None:
    state = evolve(Absent(), registered())
    assert records_of(register(), Absent()) == (AGENT, MACHINE)
    assert records_of(revise(agent_id=OTHER), state) == (OTHER, MACHINE)
    put = PutVersionSet(**WHERE, version_set_name="b", version_set=VersionSet())
    assert records_of(put, state) == (AGENT, MACHINE)
    assert records_of(DeleteVersionSet(**WHERE, version_set_name="b"), state) == ()


def test_an_open_registry_accepts_ids_that_nobody_declared_and_a_closed_one_does_not() -> None:
    closed = replace(KIND_FACTS, registry_is_open=False)
    given().when(register()).then(registered())
    given().when(register(), closed).then_rejected(NotFound, kind="agent", key=AGENT)
    given().when(register(), CLOSED).then(registered())
    changed = revise(state_machine_id=OTHER)
    given(registered()).when(changed, CLOSED).then_rejected(NotFound, kind="state_machine")


@pytest.mark.parametrize(
    "wrong",
    [replace(AGENT_FACTS, project_id=OTHER), replace(AGENT_FACTS, kind="state_machine")],
)
def test_a_record_of_another_project_or_kind_is_nobodys(wrong: RecordFacts) -> None:
    facts = replace(CLOSED, records={**CLOSED.records, AGENT: wrong})
    given().when(register(), facts).then_rejected(NotFound, kind="agent")


def test_what_has_no_version_serves_nowhere() -> None:
    facts = replace(KNOWN, records={AGENT: replace(AGENT_FACTS, versions=0)})
    given().when(register(), facts).then_rejected(Incompatible, fields=("agent_id",))


def test_nothing_begins_with_what_is_deprecated_and_what_runs_goes_on() -> None:
    facts = replace(KNOWN, records={AGENT: replace(AGENT_FACTS, is_deprecated=True)})
    given().when(register(), facts).then_rejected(Incompatible)
    given().when(register(INACTIVE), facts).then(registered(INACTIVE))
    activate = revise(is_active=True)
    given(registered(INACTIVE)).when(activate, facts).then_rejected(Incompatible)
    given(registered()).when(revise(keyterms=("sleep",)), facts).then(
        conversation_after(replace(CONVERSATION, keyterms=("sleep",)), "keyterms")
    )


@pytest.mark.parametrize("number", [0, 3])
@pytest.mark.parametrize("field", ["agent_version", "state_machine_version"])
def test_a_version_set_names_versions_that_exist(field: str, number: int) -> None:
    named: dict[str, Any] = {field: number}
    version_set = VersionSet(**named)
    sets = {**CONVERSATION.version_sets, "release": version_set}
    made = register(replace(CONVERSATION, version_sets=sets))
    given().when(made, KNOWN).then_rejected(Incompatible)
    put = PutVersionSet(**WHERE, version_set_name="b", version_set=version_set)
    given(registered()).when(put, KNOWN).then_rejected(Incompatible)


def test_another_agent_must_have_the_versions_that_are_pinned() -> None:
    pinned = {**CONVERSATION.version_sets, "beta": VersionSet(agent_version=2)}
    before = registered(replace(CONVERSATION, version_sets=pinned))
    young = replace(AGENT_FACTS, versions=1)
    facts = replace(KNOWN, records={OTHER: young, MACHINE: MACHINE_FACTS})
    given(before).when(revise(agent_id=OTHER), facts).then_rejected(Incompatible)
    old = replace(KNOWN, records={OTHER: AGENT_FACTS, MACHINE: MACHINE_FACTS})
    after = replace(CONVERSATION, version_sets=pinned, agent_id=OTHER)
    given(before).when(revise(agent_id=OTHER), old).then(conversation_after(after, "agent_id"))


def test_an_undeclared_thing_has_versions_from_one_on() -> None:
    put = PutVersionSet(**WHERE, version_set_name="b", version_set=VersionSet(agent_version=0))
    given(registered()).when(put).then_rejected(Incompatible)


# -- version sets and the tests that use them


def put(name: str, **said: Any) -> PutVersionSet:
    return PutVersionSet(**WHERE, version_set_name=name, version_set=VersionSet(**said))


def delete(name: str) -> DeleteVersionSet:
    return DeleteVersionSet(**WHERE, version_set_name=name)


def with_sets(**sets: VersionSet) -> Conversation:
    return replace(CONVERSATION, version_sets={**CONVERSATION.version_sets, **sets})


def test_edge_never_changes_and_release_never_goes() -> None:
    given(registered()).when(put("edge")).then_rejected(Conflicting, state="fixed")
    given(registered()).when(delete("edge")).then_rejected(Conflicting, state="fixed")
    given(registered()).when(delete("release")).then_rejected(Conflicting, state="fixed")
    released = with_sets(release=VersionSet(agent_version=1))
    given(registered()).when(put("release", agent_version=1)).then(
        conversation_after(released, "version_sets.release")
    ).then_again_nothing_happens()


def test_other_sets_come_and_go() -> None:
    beta = with_sets(beta=VersionSet())
    given(registered()).when(put("beta")).then(conversation_after(beta, "version_sets.beta"))
    given(registered(beta)).when(delete("beta")).then(
        conversation_after(CONVERSATION, "version_sets.beta")
    )
    given(registered()).when(delete("beta")).then_rejected(NotFound, kind="version_set")


@pytest.mark.parametrize("name", ["", "be ta", "x" * 41, "ä"])
def test_a_set_has_a_name_of_plain_signs(name: str) -> None:
    given(registered()).when(put(name)).then_rejected(Invalid, field="version_set_name")


def test_a_preference_names_a_model() -> None:
    for preference in ({}, {"llm_name": 7}, {"llm_name": ""}, "openai"):
        command = put("beta", llm_preferences={"reply": preference})
        given(registered()).when(command).then_rejected(Invalid, field="llm_preferences")


def test_a_service_has_a_bounded_number_of_sets() -> None:
    many = with_sets(**{f"s{n}": VersionSet() for n in range(98)})
    given(registered(many)).when(put("one-more")).then_rejected(Incompatible)
    given(registered(many)).when(put("s1", agent_version=1)).then(
        conversation_after(
            replace(many, version_sets={**many.version_sets, "s1": VersionSet(agent_version=1)}),
            "version_sets.s1",
        )
    )


def test_a_linked_test_keeps_its_set_and_the_service_active() -> None:
    link = LinkUnitTest(**WHERE, version_set_name="beta", unit_test_id=TEST)
    before = with_sets(beta=VersionSet())
    linked = replace(before, unit_tests={"beta": (TEST,)})
    decided = given(registered(before)).when(link)
    decided.then(conversation_after(linked, "version_sets.beta")).then_again_nothing_happens()
    given(registered(linked)).when(delete("beta")).then_rejected(Conflicting, state="used")
    off = revise(is_active=False)
    given(registered(linked)).when(off).then_rejected(Conflicting, state="used")
    unlink = UnlinkUnitTest(**WHERE, unit_test_id=TEST)
    gone = given(registered(linked)).when(unlink)
    gone.then(conversation_after(before, "version_sets.beta")).then_again_nothing_happens()


def test_a_test_cannot_use_a_set_that_is_not_there() -> None:
    link = LinkUnitTest(**WHERE, version_set_name="beta", unit_test_id=TEST)
    given(registered()).when(link).then_rejected(NotFound, kind="version_set")


def test_of_two_tests_of_one_set_the_other_stays_linked() -> None:
    both = replace(with_sets(beta=VersionSet()), unit_tests={"beta": (TEST, OTHER)})
    unlink = UnlinkUnitTest(**WHERE, unit_test_id=TEST)
    given(registered(both)).when(unlink).then(
        conversation_after(replace(both, unit_tests={"beta": (OTHER,)}), "version_sets.beta")
    )


def test_facts_default_to_an_open_registry() -> None:
    assert Facts().registry_is_open
