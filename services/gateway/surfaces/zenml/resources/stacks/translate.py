"""The one stack there is: ZenML's client does not start without it. Pure.

It says where a ZenML pipeline would run (on the client's own machine); nothing of it is ours."""

from uuid import NAMESPACE_URL, uuid5

from services.gateway.surfaces.zenml.resources.stacks import wire

NAME = "default"
# Whenever somebody asks, it has always been there.
_SINCE = "2025-01-01T00:00:00"


def _id(of: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"chronoplane:zenml:{of}"))


STACK_ID = _id("stack")


def stack(*, hydrate: bool) -> wire.Stack:
    return wire.Stack(
        body=wire.StackBody(created=_SINCE, updated=_SINCE),
        metadata=wire.StackMetadata(components=_components()) if hydrate else None,
        id=STACK_ID,
    )


def _components() -> dict[str, list[wire.Component]]:
    return {
        kind: [
            wire.Component(
                body=wire.ComponentBody(created=_SINCE, updated=_SINCE, type=kind), id=_id(kind)
            )
        ]
        for kind in ("artifact_store", "orchestrator")
    }
