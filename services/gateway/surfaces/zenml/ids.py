"""ZenML's ids: ours, as UUIDs. A UUID that is not ours is passed on as it is: it finds nothing."""

import uuid

from shared.kernel.ids import from_uuid, is_id, to_uuid


def shown(id_: str) -> str:
    """An id in ZenML's spelling; what is no id of ours (a key that found nothing) as it came."""
    return str(to_uuid(id_)) if is_id(id_) else id_


def meant(value: uuid.UUID) -> str:
    return from_uuid(value) or str(value)


def named_or_meant(text: str | None) -> str | None:
    """A project's id where the text is a UUID, else its name; empty is none."""
    if not text:
        return None
    try:
        return meant(uuid.UUID(text))
    except ValueError:
        return text
