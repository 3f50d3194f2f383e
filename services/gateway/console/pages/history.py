"""What happened to a service, newest first; each row unfolds what it changed. And the diff of two
moments, as words or as a JSON Patch."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import orjson
from litestar import Response
from litestar.handlers import HTTPRouteHandler

from services.gateway.console.moments import typed
from services.gateway.console.page import page, rendered
from services.gateway.console.pages.listing import word_of
from services.gateway.console.pages.one_service import OneService, one_service
from services.gateway.console.pages.service import missing
from services.gateway.console.visit import Visit, text_of
from services.gateway.console.words import is_person, tone_of
from services.gateway.moments import Moment
from services.gateway.refusals import CommandRejected
from shared.domain.rejections import Invalid, NotFound
from shared.queries.audit import AuditEvent, Change, DiffDocument, GetDiff, Instant

SHOWN_MAX = 200
KINDS = ("all", "people", "deploys", "failures", "replicas")
FORMS = ("words", "patch")
FOLDED_FROM = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Events that stand together; machine noise is folded, a failure never."""

    events: tuple[AuditEvent, ...]
    is_folded: bool


async def history(visit: Visit) -> Response[bytes]:
    one = await one_service(visit)
    if one is None:
        return missing(visit)
    kind = word_of(visit, "kind", KINDS)
    text = visit.query.get("q", "").strip().lower()
    upto = [event for event in one.events if event.position <= visit.position]
    found = [event for event in upto if _is(kind, event) and _has(text, event)]
    shown = found[::-1][:SHOWN_MAX]
    return rendered(
        visit,
        "history.html",
        one=one,
        tab="history",
        runs=_runs(shown, fold=kind == "all" and not text),
        kind=kind,
        kinds=KINDS,
        text=text,
        found=len(found),
        shown=len(shown),
    )


def _is(kind: str, event: AuditEvent) -> bool:
    match kind:
        case "people":
            return is_person(event)
        case "deploys":
            return event.type.startswith("service.rollout_")
        case "failures":
            return tone_of(event) in ("bad", "warn")
        case "replicas":
            return event.type.startswith("replica.")
        case _:
            return True


def _has(text: str, event: AuditEvent) -> bool:
    told = (event.words, event.actor_name, event.reason or "", event.type, *event.changed)
    return not text or any(text in each.lower() for each in told)


def _runs(events: Sequence[AuditEvent], *, fold: bool) -> tuple[Run, ...]:
    runs: list[Run] = []
    for is_noise, group in groupby(events, _is_noise):
        together = tuple(group)
        if fold and is_noise and len(together) >= FOLDED_FROM:
            runs.append(Run(events=together, is_folded=True))
        else:
            runs += [Run(events=(event,), is_folded=False) for event in together]
    return tuple(runs)


def _is_noise(event: AuditEvent) -> bool:
    is_machines = event.type.startswith("replica.")
    return is_machines and not is_person(event) and tone_of(event) not in ("bad", "warn")


async def diff(visit: Visit) -> Response[bytes]:
    one = await one_service(visit)
    if one is None:
        return missing(visit)
    form = word_of(visit, "form", FORMS)
    start, end = _ends(visit, one)
    question = GetDiff(kind="service", id=one.id, start=_instant(start), end=_instant(end))
    found: DiffDocument | None = None
    try:
        found = await visit.ask_now(question, DiffDocument)
    except CommandRejected as rejected:
        rejection = rejected.rejection
        if isinstance(rejection, Invalid):
            visit.problems["with"] = f"The moment {rejection.message}."
        elif isinstance(rejection, NotFound):
            visit.problems["with"] = "There was no such service at either moment."
        else:
            raise
    changes = found.changes if found is not None else ()
    return rendered(
        visit,
        "diff.html",
        one=one,
        tab="diff",
        form=form,
        found=found,
        people=tuple(change for change in changes if not _by_machine(change)),
        machines=tuple(change for change in changes if _by_machine(change)),
        patch=_patch(changes),
        a_text=text_of(start) or "now",
        b_text=text_of(end) or "now",
    )


def _ends(visit: Visit, one: OneService) -> tuple[Moment, Moment]:
    """`as_of` and `with`; where no start is given, the state before the last change by a person."""
    other = typed(visit.query.get("with", ""), now=visit.now, zone=visit.zone)
    if other is None:
        visit.problems["with"] = "Type a time such as 14:02, -2h, tue 14:00, or a log position."
        other = Moment()
    if visit.is_then:
        return Moment(position=visit.position), other
    last = next((e for e in reversed(one.events) if is_person(e)), one.events[-1])
    # One command may have made several events: before all of them.
    first = next(e for e in one.events if e.command_id == last.command_id)
    return Moment(position=max(0, first.position - 1)), other


def _instant(moment: Moment) -> Instant:
    return Instant(position=moment.position, time=moment.time)


def _by_machine(change: Change) -> bool:
    return change.path.startswith(("/replicas/", "/deployment", "/serving"))


def _patch(changes: Sequence[Change]) -> list[str]:
    operations = [
        {"op": change.op, "path": change.path}
        | ({} if change.op == "remove" else {"value": change.after})
        for change in changes
    ]
    return orjson.dumps(operations, option=orjson.OPT_INDENT_2).decode().split("\n")


_ONE = "/console/p/{handle:str}/s/{service:str}"

HANDLERS: tuple[HTTPRouteHandler, ...] = (
    page(f"{_ONE}/history", history),
    page(f"{_ONE}/diff", diff),
)
