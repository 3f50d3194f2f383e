"""From parts in Postgres to the log: verified, examined and written in one transaction.

Runs in a thread of its own, because verifying is work for minutes. Whatever is wrong, a dying
process included, ends the transaction, and nothing of the file was ever there."""

import logging
from collections.abc import Iterator, Mapping

import psycopg
from psycopg import Connection

from services.command.imports.examine import COLUMNS, Examiner, Row
from services.command.imports.lines import Lines
from services.command.imports.order import Order, Outcome, Refusal, Taken
from shared.domain.descriptor import Aggregate
from shared.envelope.codec import encode
from shared.eventstore.export_values import Finding
from shared.eventstore.verify_export import Report, verify_export

log = logging.getLogger(__name__)

CONNECT_SECONDS = 5
# A log of many million events; what waits for the append lock meanwhile is told to come again.
STATEMENT = "30min"

_PART = "select p.content from transfer.part p where p.import_id = %s and p.number = %s"
_COPY = f"copy transfer.event (import_id, {', '.join(COLUMNS)}) from stdin"
_COPY_CLAIMS = "copy transfer.claim (import_id, space, key, stream_id) from stdin"
_COPY_SECRETS = "copy transfer.secret (import_id, id, account_id, owner_id) from stdin"
_TAKE = "select * from es.take_import(%s, %s, %s, %s)"
_DONE = """
update transfer.arrival set state = 'done', report = %s, touched_at = clock_timestamp()
 where import_id = %s and state = 'checking'"""
DROPPED = (
    "delete from transfer.part where import_id = %s",
    "delete from transfer.event where import_id = %s",
    "delete from transfer.claim where import_id = %s",
    "delete from transfer.secret where import_id = %s",
)

_REFUSALS = {
    "future": "its newest event is of {detail}, which is later than this machine's clock",
    "stream_taken": "{detail} is here already: an import never touches what is there",
    "claim_taken": "{detail} belongs to somebody else here",
    "times_mix": "people have worked here since the import's first event ({detail}), and one moment"
    " cannot be two positions; import into an installation that is empty",
}


class _Refused(Exception):
    """Undoes the transaction."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


def take(dsn: str, import_id: str, order: Order, aggregates: Mapping[str, Aggregate]) -> Outcome:
    with _connected(dsn) as reading, _connected(dsn) as writing:
        try:
            with writing.transaction():
                return _written(reading, writing, import_id, order, aggregates)
        except _Refused as refused:
            return refused.refusal


def _connected(dsn: str) -> Connection:
    connection = psycopg.connect(
        dsn,
        autocommit=True,
        connect_timeout=CONNECT_SECONDS,
        application_name="import",
    )
    connection.execute(f"set statement_timeout = '{STATEMENT}'")
    connection.execute(f"set idle_in_transaction_session_timeout = '{STATEMENT}'")
    return connection


def _written(
    reading: Connection,
    writing: Connection,
    import_id: str,
    order: Order,
    aggregates: Mapping[str, Aggregate],
) -> Taken:
    lines = Lines(_parts(reading, import_id, order.parts))
    with writing.cursor() as cursor, cursor.copy(_COPY) as copy:

        def write(row: Row) -> None:
            copy.write_row((import_id, *row))

        examiner = Examiner(aggregates=aggregates, write=write, note=lines.note)
        report = verify_export(
            lines,
            pinned=order.verifier(),
            outside=order.checkpoints,
            may_be_older=True,
            on_event=examiner.take,
        )
        _check(report, lines, order)
    _stage(writing, import_id, examiner)
    return _taken(writing, import_id, order, report)


def _parts(connection: Connection, import_id: str, count: int) -> Iterator[bytes]:
    for number in range(count):
        row = connection.execute(_PART, (import_id, number), binary=True).fetchone()
        if row is None:
            raise _Refused(
                Refusal(code="incomplete", message=f"part {number} did not arrive; send it again")
            )
        yield row[0]


def _check(report: Report, lines: Lines, order: Order) -> None:
    finding = report.finding
    if finding is not None:
        raise _Refused(
            Refusal(
                code=finding.kind,
                message=finding.sentence,
                line=_line(report, finding, lines),
                position=finding.position,
            )
        )
    if (lines.bytes, lines.sha256) != (order.bytes, order.sha256):
        raise _Refused(
            Refusal(code="incomplete", message="what arrived is not what was sent; send it again")
        )
    if not report.events:
        raise _Refused(Refusal(code="empty", message="there is no event in it"))


def _line(report: Report, finding: Finding, lines: Lines) -> int:
    """An account's events are judged as they are read, a whole log's when their block is over."""
    if report.account_id is not None and finding.last_position is None:
        return lines.number
    return lines.line_of(finding.position)


def _stage(connection: Connection, import_id: str, examiner: Examiner) -> None:
    with connection.cursor() as cursor, cursor.copy(_COPY_CLAIMS) as copy:
        for (space, key), stream in examiner.claims.items():
            copy.write_row((import_id, space, key, stream))
    with connection.cursor() as cursor, cursor.copy(_COPY_SECRETS) as copy:
        for secret_id, (account_id, owner_id) in examiner.secrets.items():
            copy.write_row((import_id, secret_id, account_id, owner_id))


def _taken(connection: Connection, import_id: str, order: Order, report: Report) -> Taken:
    connection.execute("analyze transfer.event")
    row = connection.execute(
        _TAKE, (import_id, report.account_id, order.sha256, order.deploys)
    ).fetchone()
    if row is None:
        raise AssertionError("es.take_import answers one row")
    outcome, detail, first, last = row
    if outcome != "taken":
        raise _Refused(
            Refusal(
                code=outcome,
                message=_REFUSALS[outcome].format(detail=detail),
                is_conflict=outcome != "future",
            )
        )
    taken = Taken(
        of_account=report.account_id,
        events=report.events,
        streams=report.streams,
        first_position=first,
        last_position=last,
        sha256=order.sha256,
        key=report.key,
        trust=report.trust,
        deploys=order.deploys,
    )
    for statement in DROPPED:
        connection.execute(statement, (import_id,))
    if connection.execute(_DONE, (encode(taken).decode(), import_id)).rowcount != 1:
        # Somebody gave it up while we worked: what he told must stay true.
        raise _Refused(Refusal(code="given_up", message="the import was given up"))
    return taken
