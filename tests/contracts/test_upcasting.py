"""Old shapes come forward step by step; what nobody can bring forward is never guessed at."""

import pytest

from shared.envelope.upcast import Json, UnknownShape, Upcaster, Upcasters


def _add_range(data: Json) -> Json:
    return {"replicas_min": data["replicas"], "replicas_max": data["replicas"]}


def _nest(data: Json) -> Json:
    return {"scaling": data}


STEPS = (
    Upcaster(type="registered", from_version=1, cast=_add_range),
    Upcaster(type="registered", from_version=2, cast=_nest),
)
NEWEST = (("registered", 3), ("retired", 1))


@pytest.mark.parametrize(
    ("version", "data"),
    [
        (1, {"replicas": 2}),
        (2, {"replicas_min": 2, "replicas_max": 2}),
        (3, {"scaling": {"replicas_min": 2, "replicas_max": 2}}),
    ],
)
def test_every_version_becomes_the_newest(version: int, data: Json) -> None:
    upcasters = Upcasters(STEPS, NEWEST)
    assert upcasters.upcast("registered", version, data) == {
        "scaling": {"replicas_min": 2, "replicas_max": 2}
    }


@pytest.mark.parametrize(("kind", "version"), [("registered", 4), ("registered", 0), ("new", 1)])
def test_an_unknown_shape_is_said(kind: str, version: int) -> None:
    with pytest.raises(UnknownShape):
        Upcasters(STEPS, NEWEST).upcast(kind, version, {})


def test_a_missing_a_double_and_a_needless_step_are_found_at_start() -> None:
    for steps, newest in (
        (STEPS[:1], NEWEST),
        ((*STEPS, STEPS[0]), NEWEST),
        (STEPS, (("registered", 2),)),
    ):
        with pytest.raises(ValueError, match="upcasters"):
            Upcasters(steps, newest)
