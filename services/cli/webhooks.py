"""`chronoplane webhooks`: where events are posted to, what arrived, and what was given up."""

import argparse
from typing import Any
from urllib.parse import quote

from services.cli import cells, options
from services.cli.output import Output
from services.cli.server import Server
from services.cli.table import Cell, Column, Table
from services.cli.then import say_then
from services.cli.verb import Exit, Verb

LIST_EXAMPLES = """\
  chronoplane webhooks
  chronoplane webhooks list --account acme --watch"""
CREATE_EXAMPLES = """\
  chronoplane webhooks create https://receiver.example/hook --types 'service.*'
  chronoplane webhooks create https://receiver.example/hook --project acme > secret

The secret that signs deliveries goes to stdout, alone; it is shown this once."""
SET_EXAMPLES = """\
  chronoplane webhooks set ID --pause
  chronoplane webhooks set ID --resume --types 'service.*,replica.*'"""
DELIVERIES_EXAMPLES = """\
  chronoplane webhooks deliveries ID
  chronoplane webhooks deliveries ID --state dead
  chronoplane webhooks replay ID 201871          the position, as deliveries shows it"""

_COLUMNS = (
    Column("ID"),
    Column("URL", shrinks=True),
    Column("STATE"),
    Column("EVENTS", shrinks=True),
    Column("PENDING", is_number=True),
    Column("DEAD", is_number=True),
    Column("CHANGED", shrinks=True),
)
_DELIVERIES = (
    Column("POSITION", is_number=True),
    Column("EVENT", shrinks=True),
    Column("STATE"),
    Column("TRIES", is_number=True),
    Column("LAST", shrinks=True),
    Column("NEXT", shrinks=True),
    Column("ANSWERED", is_number=True),
    Column("SAYS", shrinks=True),
)
_TONES = {"delivered": ("✓", "ok"), "pending": ("◐", "busy"), "dead": ("✕", "bad")}
_MANY = "/ops/v1/webhooks"


def _path(chosen: argparse.Namespace) -> str:
    return f"{_MANY}/{quote(chosen.webhook, safe='')}"


def _one(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("webhook", metavar="ID", help="as the list shows it")


def _list_arguments(parser: argparse.ArgumentParser) -> None:
    options.reading(parser)
    options.watching(parser)
    parser.add_argument("--account", metavar="HANDLE", help="of this user or organization")


def _list(chosen: argparse.Namespace, output: Output) -> Exit:
    server = Server.of(chosen)
    query = {"account": chosen.account}
    say_then(server, server.get(_MANY, {**query, "per_page": 1}), output)
    found = list(server.items(_MANY, query))
    output.table(found, Table(_COLUMNS, [_row(one) for one in found]), empty="no webhooks")
    return Exit.DONE


def _row(one: dict[str, Any]) -> tuple[Cell, ...]:
    state = Cell("✓ on", "ok", "on") if one["is_enabled"] else Cell("○ paused", "off", "paused")
    return (
        Cell(one["id"]),
        cells.text(one["url"]),
        state,
        cells.text(", ".join(one["types"]) or "every event"),
        Cell(str(one["pending"])),
        Cell(str(one["dead"]), "bad" if one["dead"] else ""),
        cells.when(one["updated_at"]),
    )


def _create_arguments(parser: argparse.ArgumentParser) -> None:
    options.writing(parser)
    parser.add_argument("target", metavar="URL", help="where they are posted to")
    parser.add_argument("--account", metavar="HANDLE", help="whose events; else your own")
    parser.add_argument("--project", metavar="HANDLE", help="only what happens in it")
    _types(parser)
    parser.add_argument("--description", metavar="TEXT")


def _types(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--types", metavar="TYPES", type=_types_of, help="with commas; service.* is all of one"
    )


def _types_of(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]


def _given(chosen: argparse.Namespace, *names: str) -> dict[str, Any]:
    told = {name: getattr(chosen, name) for name in names}
    return {name: value for name, value in told.items() if value is not None}


def _create(chosen: argparse.Namespace, output: Output) -> Exit:
    given = _given(chosen, "account", "project", "types", "description")
    body = {"url": chosen.target, **given}
    made = Server.of(chosen).send("POST", _MANY, body).document
    if made["secret"] is None:
        output.error(
            "the webhook was made, but its secret got lost on the way",
            next_step=f"chronoplane webhooks rotate {made['id']} gives it another",
        )
        return Exit.FAILED
    output.note(f"webhook {made['id']}; its secret is shown this once:")
    output.document(made, made["secret"])
    return Exit.DONE


def _set_arguments(parser: argparse.ArgumentParser) -> None:
    options.writing(parser)
    _one(parser)
    parser.add_argument("--to", metavar="URL", dest="target", help="post to another URL")
    _types(parser)
    parser.add_argument("--description", metavar="TEXT")
    state = parser.add_mutually_exclusive_group()
    state.add_argument("--pause", action="store_true", help="events wait for it")
    state.add_argument("--resume", action="store_true")


def _set(chosen: argparse.Namespace, output: Output) -> Exit:
    body = _given(chosen, "types", "description")
    if chosen.target:
        body["url"] = chosen.target
    if chosen.pause or chosen.resume:
        body["is_enabled"] = chosen.resume
    after = Server.of(chosen).send("PATCH", _path(chosen), body).document
    output.document(after, "\n".join(output.lines_of(Table(_COLUMNS, [_row(after)]))))
    return Exit.DONE


def _delete_arguments(parser: argparse.ArgumentParser) -> None:
    options.writing(parser)
    _one(parser)
    parser.add_argument("--yes", action="store_true", help="do not ask")


def _delete(chosen: argparse.Namespace, output: Output) -> Exit:
    if not chosen.yes and not output.confirmed(f"Delete {chosen.webhook}, and what waits for it?"):
        return Exit.FAILED
    Server.of(chosen).send("DELETE", _path(chosen))
    output.document({"id": chosen.webhook, "deleted": True}, f"{chosen.webhook} is deleted")
    return Exit.DONE


def _rotate_arguments(parser: argparse.ArgumentParser) -> None:
    options.writing(parser)
    _one(parser)
    parser.add_argument(
        "--overlap-seconds",
        type=options.count,
        metavar="N",
        help="the former signs on (1 day)",
    )


def _rotate(chosen: argparse.Namespace, output: Output) -> Exit:
    body = _given(chosen, "overlap_seconds")
    after = Server.of(chosen).send("POST", f"{_path(chosen)}/secret", body).document
    if after["secret"] is None:
        output.error("its new secret got lost on the way", next_step="rotate it once more")
        return Exit.FAILED
    output.note("its new secret is shown this once:")
    output.document(after, after["secret"])
    return Exit.DONE


def _deliveries_arguments(parser: argparse.ArgumentParser) -> None:
    options.reading(parser)
    options.watching(parser)
    _one(parser)
    parser.add_argument("--state", choices=tuple(_TONES), help="only those that are so")
    parser.add_argument("--before", type=options.count, metavar="POSITION", help="older ones")
    parser.add_argument("--limit", type=options.count, default=50, help="so many, 200 at most (50)")


def _deliveries(chosen: argparse.Namespace, output: Output) -> Exit:
    server = Server.of(chosen)
    got = server.get(f"{_path(chosen)}/deliveries", _given(chosen, "state", "before", "limit"))
    say_then(server, got, output)
    found = got.document["data"]
    rows = [_delivery(one) for one in found]
    output.table(found, Table(_DELIVERIES, rows), empty="nothing was to be delivered")
    return Exit.DONE


def _delivery(one: dict[str, Any]) -> tuple[Cell, ...]:
    icon, tone = _TONES.get(one["state"], ("·", "off"))
    return (
        Cell(f"{one['position']:,}", "", str(one["position"])),
        cells.text(one["event_type"]),
        Cell(f"{icon} {one['state']}", tone, one["state"]),
        Cell(str(one["attempts"])),
        cells.when(one["last_attempt_at"]),
        cells.when(one["next_attempt_at"]),
        cells.text(one["status"]),
        cells.text((one["reason"] or "").replace("_", " ")),
    )


def _replay_arguments(parser: argparse.ArgumentParser) -> None:
    options.writing(parser)
    _one(parser)
    parser.add_argument("position", type=options.count, metavar="POSITION", help="of the event")


def _replay(chosen: argparse.Namespace, output: Output) -> Exit:
    path = f"{_path(chosen)}/deliveries/{chosen.position}/replay"
    sent = Server.of(chosen).send("POST", path).document
    output.document(sent, f"event {sent['position']:,} is delivered again soon")
    return Exit.DONE


WEBHOOKS = Verb(
    name="webhooks",
    summary="Where events are posted to: list, create, set, delete, rotate, deliveries, replay.",
    actions=(
        Verb(name="list", summary="The webhooks of an account.", examples=LIST_EXAMPLES,
             add_arguments=_list_arguments, run=_list),
        Verb(name="create", summary="Have events posted to a URL.", examples=CREATE_EXAMPLES,
             add_arguments=_create_arguments, run=_create),
        Verb(name="set", summary="Change one, pause it, resume it.", examples=SET_EXAMPLES,
             add_arguments=_set_arguments, run=_set),
        Verb(name="delete", summary="Post nothing there any more.",
             add_arguments=_delete_arguments, run=_delete),
        Verb(name="rotate", summary="Give it a new secret; prints it.",
             add_arguments=_rotate_arguments, run=_rotate),
        Verb(name="deliveries", summary="What arrived, waits, or was given up.",
             examples=DELIVERIES_EXAMPLES, add_arguments=_deliveries_arguments, run=_deliveries),
        Verb(name="replay", summary="Deliver an event again.",
             add_arguments=_replay_arguments, run=_replay),
    ),
)  # fmt: skip
