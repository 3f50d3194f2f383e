"""The participation facet: a service's place in an event-driven architecture (seed 002).

Limits are those of MicroVisualizer's published contract; None means absent, never empty text."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.domain.rejections import Invalid
from shared.kernel.names import slug_of

NAME_MAX, DESCRIPTION_MAX, LABEL_MAX, FLOW_MAX, TOPIC_MAX = 60, 200, 60, 100, 255
EXTRAS_MAX, EXTRA_KEY_MAX, EXTRA_VALUE_MAX = 20, 100, 500
TOPICS_MAX = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    name: str
    category: str | None = None
    owner: str | None = None
    flows: tuple[str, ...] | None = None
    extras: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Participation:
    category: str | None = None
    owner: str | None = None
    flows: tuple[str, ...] | None = None
    consumes: tuple[Topic, ...] = ()
    produces: tuple[Topic, ...] = ()
    extras: Mapping[str, str] | None = None


def name_rejection(name: str) -> Invalid | None:
    if slug_of(name) and len(name) <= NAME_MAX:
        return None
    return Invalid(
        field="name",
        message=f"must be between 1 and {NAME_MAX} characters, one letter or digit at least",
    )


def description_rejection(description: str) -> Invalid | None:
    if len(description) <= DESCRIPTION_MAX:
        return None
    return Invalid(field="description", message=f"must have at most {DESCRIPTION_MAX} characters")


def participation_rejection(participation: Participation) -> Invalid | None:
    fault = _shared_fault(participation)
    if fault is not None:
        return Invalid(field=fault[0], message=fault[1])
    for field in ("consumes", "produces"):
        topics: tuple[Topic, ...] = getattr(participation, field)
        if len(topics) > TOPICS_MAX:
            return Invalid(field=field, message=f"must have at most {TOPICS_MAX} topics")
        for number, topic in enumerate(topics):
            if not 1 <= len(topic.name) <= TOPIC_MAX:
                return Invalid(
                    field=f"{field}[{number}].name",
                    message=f"must be between 1 and {TOPIC_MAX} characters",
                )
            fault = _shared_fault(topic)
            if fault is not None:
                return Invalid(field=f"{field}[{number}].{fault[0]}", message=fault[1])
    return None


def _shared_fault(thing: Participation | Topic) -> tuple[str, str] | None:
    for field in ("category", "owner"):
        value = getattr(thing, field)
        if value is not None and not 1 <= len(value) <= LABEL_MAX:
            return field, f"must be between 1 and {LABEL_MAX} characters"
    for flow in thing.flows or ():
        if not 1 <= len(flow) <= FLOW_MAX:
            return "flows", f"each must be between 1 and {FLOW_MAX} characters"
    extras = thing.extras or {}
    if len(extras) > EXTRAS_MAX:
        return "extras", f"must have at most {EXTRAS_MAX} pairs"
    for key, value in extras.items():
        if len(key) > EXTRA_KEY_MAX or len(value) > EXTRA_VALUE_MAX:
            return (
                "extras",
                f"keys must have at most {EXTRA_KEY_MAX} and values {EXTRA_VALUE_MAX} characters",
            )
    return None
