"""The conversation facet: an agent and a state machine that talk to people (seed 001, Amigo).

`edge` always means the newest of both and never changes; `release` may change and never goes; any
other version set comes and goes, unless a unit test uses it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.domain.rejections import Invalid
from shared.kernel.ids import is_id

VERSION_SET_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}\Z")
KEYTERM = re.compile(r"[a-z-]+( [a-z-]+){0,2}\Z")
TAG = re.compile(r"[\w\s]+\Z")
KEYTERMS_MAX = 20
TAGS_MAX = 20
TAG_LENGTH_MAX = 200
NAME_MAX = 255
VERSION_SETS_MAX = 100
LLM_NAME_LENGTH_MAX = 200
EDGE, RELEASE = "edge", "release"


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionSet:
    """A None number means the newest. `llm_preferences`: interaction -> {llm_name, params}."""

    agent_version: int | None = None
    state_machine_version: int | None = None
    llm_preferences: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    agent_id: str
    state_machine_id: str
    is_active: bool
    tags: tuple[tuple[str, str | None], ...] = ()
    keyterms: tuple[str, ...] = ()
    version_sets: Mapping[str, VersionSet] = field(
        default_factory=lambda: {EDGE: VersionSet(), RELEASE: VersionSet()}
    )
    # Version set -> ids of the unit tests that use it.
    unit_tests: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def conversation_rejection(conversation: Conversation) -> Invalid | None:
    for name in ("agent_id", "state_machine_id"):
        if not is_id(getattr(conversation, name)):
            return Invalid(field=name, message="must be 24 hexadecimal digits")
    if len(conversation.keyterms) > KEYTERMS_MAX:
        return Invalid(field="keyterms", message=f"must have at most {KEYTERMS_MAX} terms")
    if not all(KEYTERM.match(term) for term in conversation.keyterms):
        return Invalid(field="keyterms", message="must be one to three words of a-z and '-'")
    if len(conversation.tags) > TAGS_MAX:
        return Invalid(field="tags", message=f"must have at most {TAGS_MAX} tags")
    for key, value in conversation.tags:
        if not TAG.match(key) or (value is not None and not TAG.match(value)):
            return Invalid(field="tags", message="must be letters, digits, '_' and spaces")
        if max(len(key), len(value or "")) > TAG_LENGTH_MAX:
            return Invalid(field="tags", message=f"must have at most {TAG_LENGTH_MAX} characters")
    for version_set in conversation.version_sets.values():
        if not all(_is_preference(value) for value in version_set.llm_preferences.values()):
            return Invalid(field="llm_preferences", message="must name a model for each use")
    return None


def _is_preference(value: object) -> bool:
    name = value.get("llm_name") if isinstance(value, dict) else None
    return isinstance(name, str) and 1 <= len(name) <= LLM_NAME_LENGTH_MAX
