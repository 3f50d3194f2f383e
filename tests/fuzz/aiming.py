"""Cases of an operation, aimed at the things of the scene."""

from typing import Any

from hypothesis import strategies as st
from schemathesis import GenerationMode

from tests.fuzz.fencing import AnyCase, AnyOperation, items_of
from tests.fuzz.naming import FIELDS, named_in_path, right_body
from tests.fuzz.scene import Things


def aimed(surface: str, operation: AnyOperation, things: Things) -> st.SearchStrategy[AnyCase]:
    """Half of them keep the document's schema, a third break it, the rest go astray."""
    kept = _at_things(surface, operation, things, GenerationMode.POSITIVE)
    broken = _at_things(surface, operation, things, GenerationMode.NEGATIVE)
    astray = operation.as_strategy(GenerationMode.POSITIVE)
    return _named(st.one_of(kept, kept, kept, broken, broken, astray), surface, things)


def well_formed(
    surface: str, operation: AnyOperation, things: Things
) -> st.SearchStrategy[AnyCase]:
    return _named(_at_things(surface, operation, things, GenerationMode.POSITIVE), surface, things)


def right(surface: str, operation: AnyOperation, things: Things) -> AnyCase | None:
    """The request that succeeds, for the few operations that say what it is."""
    body = right_body(operation.label, things)
    if body is None:
        return None
    named = {name: things[kind] for name, kind in named_in_path(surface, operation.path)}
    media_type = next(iter(operation.definition.raw["requestBody"]["content"]))
    return operation.Case(path_parameters=named, body=body, media_type=media_type)


def _at_things(
    surface: str, operation: AnyOperation, things: Things, mode: GenerationMode
) -> st.SearchStrategy[AnyCase]:
    named = {name: things[kind] for name, kind in named_in_path(surface, operation.path)}
    fixed: Any = {"path_parameters": named} if named else {}
    return operation.as_strategy(mode, **fixed)


def _named(
    cases: st.SearchStrategy[AnyCase], surface: str, things: Things
) -> st.SearchStrategy[AnyCase]:
    @st.composite
    def naming(draw: st.DrawFn) -> AnyCase:
        case = draw(cases)
        if draw(st.sampled_from((True, True, False))):
            point_at_things(case, surface, things)
        return case

    return naming()


def point_at_things(case: AnyCase, surface: str, things: Things) -> None:
    """In place."""
    fields = {name: things[kind] for name, kind in FIELDS[surface].items()}
    for holder in (case.query, case.headers, case.body):
        _name_things(holder, fields)


def _name_things(holder: Any, fields: Things) -> None:
    for name, value in items_of(holder):
        if name in fields and isinstance(value, str):
            holder[name] = fields[name]
        else:
            _name_things(value, fields)
