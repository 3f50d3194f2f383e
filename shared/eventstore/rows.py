"""Rows of es.event as `Recorded`, and the statements that read them."""

from datetime import UTC, datetime

from shared.eventstore.messages import Recorded

# Read in binary: UUIDs as text, because nobody wants the objects.
_COLUMNS = """e.position, e.recorded_at, e.account_id, e.stream_id, e.stream_type, e.version,
 e.event_id::text, e.type, e.schema_version::int, e.command_id::text, e.correlation_id::text,
 e.causation_id::text, e.actor, e.credential_id, e.surface, e.reason, e.data, e.leaf"""

COLUMN_COUNT = 18

# One snapshot for the head and the events. A stream that is all read still answers its head.
READ_STREAM = f"""
select s.version, s.leaf, s.account_id, {_COLUMNS}
  from es.stream s
  left join es.event e on e.stream_id = s.stream_id and e.version > %s
       and e.position between s.first_position and s.last_position
 where s.stream_id = %s
 order by e.version"""  # noqa: S608 - constants of this file, no outside text

READ_LOG = f"""
select {_COLUMNS} from es.event e
 where e.position > %s order by e.position limit %s"""  # noqa: S608 - as above

# The same without what only verifies: in the order of the fields of an envelope.
READ_ENVELOPES = """
select e.position, e.recorded_at, e.account_id, e.stream_id, e.version, e.event_id::text, e.type,
       e.schema_version::int, e.command_id::text, e.correlation_id::text, e.causation_id::text,
       e.actor, e.credential_id, e.surface, e.reason, e.data
  from es.event e
 where e.position > %s order by e.position limit %s"""

READ_LOG_OF_TYPES = f"""
select {_COLUMNS} from es.event e
 where e.position > %s and e.stream_type = any(%s) order by e.position limit %s"""  # noqa: S608 - as above

# Each event with the leaf it links to, for whoever verifies the chains.
READ_LINKED = f"""
select {_COLUMNS}, p.leaf from es.event e
  left join es.event p on p.stream_id = e.stream_id and p.version = e.version - 1
 where e.position between %s and %s order by e.position"""  # noqa: S608 - as above

HEAD = """
select greatest(l.floor_position,
                coalesce((select e.position from es.event e order by e.position desc limit 1), 0))
  from es.log l where l.log = 1"""

ANSWER_OF = """
select a.fingerprint, a.position, a.version, a.result, a.rejected from es.command a
 where a.actor = %s and a.command_id = %s::uuid and a.expires_at > clock_timestamp()"""

# From the prefix to the first key after all that begin with it.
COUNT_CLAIMS = """
select count(*) from (
  select 1 from es.claim where space = %s and key >= %s and key < %s limit %s) held
"""
POSITION_AT = "select es.position_at(%s)"

EventRow = tuple[
    int,
    datetime,
    str,
    str,
    str,
    int,
    str,
    str,
    int,
    str,
    str,
    str | None,
    str,
    str | None,
    str,
    str | None,
    str,
    bytes,
]


def recorded(row: EventRow) -> Recorded:
    return Recorded(
        position=row[0],
        recorded_at=row[1].astimezone(UTC),
        account_id=row[2],
        stream=row[3],
        stream_type=row[4],
        version=row[5],
        event_id=row[6],
        type=row[7],
        schema_version=row[8],
        command_id=row[9],
        correlation_id=row[10],
        causation_id=row[11],
        actor=row[12],
        credential_id=row[13],
        surface=row[14],
        reason=row[15],
        data=row[16],
        leaf=row[17],
    )
