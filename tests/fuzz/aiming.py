"""Cases of an operation, aimed at the things of the scene."""

import re
from collections.abc import MutableMapping
from typing import Any

from hypothesis import strategies as st
from schemathesis import GenerationMode

from tests.fuzz.judging import AnyCase, AnyOperation
from tests.fuzz.naming import FIELDS, named_in_path
from tests.fuzz.scene import Things

_FOREIGN_URL = re.compile(r"(https?://)[^/?#]*")


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


def _at_things(
    surface: str, operation: AnyOperation, things: Things, mode: GenerationMode
) -> st.SearchStrategy[AnyCase]:
    named = {name: things[kind] for name, kind in named_in_path(surface, operation.path)}
    fixed: Any = {"path_parameters": named} if named else {}
    return operation.as_strategy(mode, **fixed)


def _named(
    cases: st.SearchStrategy[AnyCase], surface: str, things: Things
) -> st.SearchStrategy[AnyCase]:
    fields = {name: things[kind] for name, kind in FIELDS[surface].items()}

    @st.composite
    def naming(draw: st.DrawFn) -> AnyCase:
        case = draw(cases)
        _within_reach(case, int(things["position"]))
        for holder in (case.query, case.headers, case.body):
            _name_things(draw, holder, fields)
        return case

    return naming()


def _within_reach(case: AnyCase, position: int) -> None:
    """A view is waited for and then, as published, a 503 tells that it is not there yet: of a
    position nobody has written that is the only answer, and a slow one."""
    given = str(case.headers.get("If-Position", ""))
    if given.isdigit() and int(given) > position:
        case.headers["If-Position"] = str(position)


def _name_things(draw: st.DrawFn, holder: Any, fields: Things) -> None:
    if isinstance(holder, list):
        for item in holder:
            _name_things(draw, item, fields)
    if not isinstance(holder, MutableMapping):
        return
    for name, value in holder.items():
        if name in fields and isinstance(value, str):
            holder[name] = draw(st.sampled_from((fields[name], fields[name], value)))
        elif isinstance(value, str):
            # Nothing here is to be fetched from anywhere.
            holder[name] = _FOREIGN_URL.sub(r"\1fuzz.invalid", value)
        else:
            _name_things(draw, value, fields)
