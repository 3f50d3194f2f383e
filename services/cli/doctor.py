"""`chronoplane doctor`: what is well, what is not, and what to do about it.

From the outside in: the place, the gateway, every process behind it, the credential, the clock, the
log's seals, deliveries, this machine's disk. Nothing is changed."""

import argparse
import email.utils
import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

from services.cli import cells, server
from services.cli.output import Output
from services.cli.refused import Refused
from services.cli.server import Got, Server
from services.cli.table import Cell, Column, Table
from services.cli.verb import Exit, Verb

EXAMPLES = """\
  chronoplane doctor
  chronoplane doctor --context production --json

1 where something is wrong; what only deserves a look is 0."""

CLOCK_SECONDS: Final = 5.0
UNSEALED: Final = 5_000
DISK_FREE: Final = 2 * 1024**3
KEY_DAYS: Final = 14
LATENCY_MS: Final = 1_000.0

# What a check of a process says is wrong -> what to do.
REMEDIES: Final = {
    "database": "is Postgres there, and its disk not full? its log is data/postgres/log",
    "bus": "is the process there? the supervisor's output says why it ended;"
    " `chronoplane up` starts all",
    "stream": "a NATS whose data was removed is filled again from the log; wait a minute",
    "views": "a view that was rebuilt catches up by itself; /metrics says how far it is",
    "edges": "no edge is heard: look at the edge's and HAProxy's lines",
}
ELSE: Final = "look at the process's own lines; the supervisor restarts what ends"

State = Literal["ok", "warn", "bad", "skipped"]
_LOOKS: Final = {
    "ok": Cell("✓ ok", "ok", "ok"),
    "warn": Cell("! look", "warn", "warn"),
    "bad": Cell("✕ wrong", "bad", "bad"),
    "skipped": Cell("· not seen", "off", "skipped"),
}
_COLUMNS = (
    Column("CHECK"),
    Column("STATE"),
    Column("SAYS", shrinks=True),
    Column("DO", shrinks=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    check: str
    state: State
    says: str
    do: str = ""


def _run(chosen: argparse.Namespace, output: Output) -> Exit:
    findings = list(_findings(chosen))
    values = [
        {"check": one.check, "state": one.state, "says": one.says, "do": one.do} for one in findings
    ]
    rows = [
        (Cell(one.check), _LOOKS[one.state], cells.text(one.says), cells.text(one.do or None))
        for one in findings
    ]
    output.table(values, Table(_COLUMNS, rows), empty="")
    wrong = sum(one.state == "bad" for one in findings)
    output.note(f"{wrong} wrong" if wrong else "nothing is wrong", "bad" if wrong else "ok")
    return Exit.FAILED if wrong else Exit.DONE


def _findings(chosen: argparse.Namespace) -> Iterator[Finding]:
    yield from disk(Path(os.environ.get("CHRONOPLANE_DATA_DIR", ".chronoplane")))
    try:
        asking: Server | None = Server.of(chosen)
    except Refused as refused:
        yield Finding(check="credential", state="bad", says=refused.why, do=refused.next_step)
        asking = None
    asking = asking or Server.without_token(chosen)
    begun = datetime.now(UTC)
    try:
        got = asking.get("/ready", accept=(503,))
    except Refused as refused:
        yield Finding(
            check="gateway", state="bad", says=f"{refused.what}: {refused.why}",
            do=refused.next_step,
        )  # fmt: skip
        return
    took = (datetime.now(UTC) - begun).total_seconds() * 1000
    yield Finding(
        check="gateway", state="ok" if took < LATENCY_MS else "warn",
        says=f"{asking.url} answers in {took:.0f} ms",
        do="" if took < LATENCY_MS else "is the machine, or the way to it, overloaded?",
    )  # fmt: skip
    yield clock(got, datetime.now(UTC))
    if not isinstance(got.document, dict) or "processes" not in got.document:
        yield Finding(check="gateway", state="bad", says=f"{asking.url} is no Chronoplane",
                      do="name another with --url or --context")  # fmt: skip
        return
    yield from processes(got.document)
    if asking.token and got.document["ready"]:
        yield from _signed_in(asking)


def _signed_in(asking: Server) -> Iterator[Finding]:
    try:
        caller = asking.get("/ops/v1/whoami").document
    except Refused as refused:
        yield Finding(check="credential", state="bad", says=refused.what, do=refused.next_step)
        return
    yield credential(caller, datetime.now(UTC))
    log = asking.get("/ops/v1/integrity", accept=(403,))
    if log.status == 200:
        yield from seals(log.document)
    yield from deliveries(list(asking.items("/ops/v1/webhooks")))
    yield from troubled(list(asking.items("/ops/v1/services")))


def disk(folder: Path) -> Iterator[Finding]:
    """Only where the stack's data is on this machine."""
    if not folder.is_dir():
        return
    free = shutil.disk_usage(folder).free
    is_fine = free >= DISK_FREE
    yield Finding(
        check="disk", state="ok" if is_fine else "bad", says=f"{free / 1024**3:.1f} GiB free",
        do="" if is_fine else f"free some where {folder} lies: a full disk refuses every write",
    )  # fmt: skip
    token = folder / "keys" / "admin_token"
    try:
        open_to = stat.S_IMODE(token.stat().st_mode) & 0o077
    except OSError:
        return  # Another user's, or not made yet: the credential's check says what that means.
    if open_to:
        yield Finding(check="keys", state="warn", says=f"others may read {token}",
                      do=f"chmod 600 {token}")  # fmt: skip


def clock(got: Got, now: datetime) -> Finding:
    try:
        there = email.utils.parsedate_to_datetime(got.headers.get("date", ""))
    except ValueError:
        return Finding(check="clock", state="skipped", says="the gateway tells no time")
    off = abs((now - there).total_seconds())
    if off <= CLOCK_SECONDS:
        return Finding(check="clock", state="ok", says="this machine's and the gateway's agree")
    return Finding(
        check="clock", state="warn", says=f"this machine's and the gateway's differ by {off:.0f} s",
        do="set it (NTP): -2h and 'tue 14:00' are read by this machine's clock",
    )  # fmt: skip


def processes(ready: dict[str, Any]) -> Iterator[Finding]:
    for name, one in ready["processes"].items():
        wrong = {check: word for check, word in one.get("checks", {}).items() if word != "ok"}
        if one.get("ready") is True:
            yield Finding(check=name, state="ok", says="ready")
            continue
        says = "; ".join(f"{check}: {word}" for check, word in wrong.items())
        do = "; ".join(dict.fromkeys(REMEDIES.get(check, ELSE) for check in wrong)) or ELSE
        says = says or str(one.get("why") or "not ready")
        yield Finding(check=name, state="bad", says=says, do=do)


def credential(caller: dict[str, Any], now: datetime) -> Finding:
    name, key = caller["handle"] or caller["name"], caller["key"]
    ends = cells.time_of(key["expires_at"])
    says = f"you are {name} (key {key['name']})"
    if ends is not None and (ends - now).days < KEY_DAYS:
        left = f"{says}, and it ends in {max(0, (ends - now).days)} days"
        return Finding(check="credential", state="warn", says=left,
                       do="chronoplane keys issue NAME, then chronoplane login")  # fmt: skip
    return Finding(check="credential", state="ok", says=says)


def seals(log: dict[str, Any]) -> Iterator[Finding]:
    bad = log["verification"] and log["verification"]["bad_position"]
    if bad:
        yield Finding(
            check="log", state="bad", says=f"it does not verify from position {bad:,}",
            do="keep everything as it is, and compare with the witness: chronoplane verify",
        )  # fmt: skip
    behind = log["head"] - log["sealed_to"]
    is_fine = behind <= UNSEALED
    yield Finding(
        check="seals", state="ok" if is_fine else "bad",
        says=f"log at {log['head']:,}, {behind:,} not sealed yet",
        do="" if is_fine else "the sealer is behind: look at its lines and at the witness's disk",
    )  # fmt: skip


def deliveries(webhooks: list[dict[str, Any]]) -> Iterator[Finding]:
    for one in webhooks:
        if one["dead"]:
            yield Finding(
                check="webhook", state="warn", says=f"{one['url']}: {one['dead']} given up",
                do=f"chronoplane webhooks deliveries {one['id']} --state dead",
            )  # fmt: skip


def troubled(services: list[dict[str, Any]]) -> Iterator[Finding]:
    for one in services:
        if one["status"] in ("failed", "degraded"):
            name = f"{one['project_handle']}/{one['slug']}"
            says = f"{name} is {one['status']}: {one['status_message'] or one['status_reason']}"
            yield Finding(check="service", state="warn", says=says, do=f"chronoplane why {name}")


DOCTOR = Verb(
    name="doctor",
    summary="What is well, what is not, and what to do about it.",
    examples=EXAMPLES,
    add_arguments=server.add_arguments,
    run=_run,
)
