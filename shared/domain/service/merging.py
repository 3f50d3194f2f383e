"""What a client gives, merged over what is there; a merge that changes nothing leaves no trace."""

from dataclasses import fields, replace
from typing import Any, TypeVar

from shared.domain.service.events import ServiceRevised
from shared.domain.service.facets.conversation import Conversation
from shared.domain.service.facets.participation import Participation
from shared.domain.service.facets.registration import Registration
from shared.domain.service.state import Live
from shared.kernel.unset import Unset

Facet = TypeVar("Facet", Registration, Conversation, Participation)


def merged(before: Facet | None, command: Any, cls: type[Facet]) -> tuple[Facet, tuple[str, ...]]:
    """The facet after the command, and the names of what changed."""
    names = {field.name for field in fields(cls)} & {field.name for field in fields(command)}
    given = {
        name: value for name in names if not isinstance(value := getattr(command, name), Unset)
    }
    if before is None:
        return cls(**given), tuple(sorted(given)) or ("attached",)
    after = replace(before, **given)
    return after, tuple(sorted(n for n in given if getattr(after, n) != getattr(before, n)))


def revised(state: Live, **given: Any) -> tuple[ServiceRevised, ...]:
    """What all facets share (name, slug, description, labels), where any of it changes."""
    after = {name: value for name, value in given.items() if not isinstance(value, Unset)}
    changed = tuple(sorted(name for name, value in after.items() if getattr(state, name) != value))
    if not changed:
        return ()
    return (
        ServiceRevised(
            service_id=state.service_id,
            name=after.get("name", state.name),
            slug=after.get("slug", state.slug),
            description=after.get("description", state.description),
            labels=after.get("labels", state.labels),
            changed=changed,
        ),
    )
