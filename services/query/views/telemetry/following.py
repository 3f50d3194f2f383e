"""Lines as they are taken, page after page, for whoever follows them.

Their order is that of their arrival: by time, a line that comes late would be missed."""

from services.query.asked import Asked
from shared.domain.rejections import NotFound
from shared.queries.telemetry import FollowServiceLogs, LogFeed, NumberedLine

LIMIT_MAX = 1000
TAIL_MAX = 10_000


async def follow_logs(question: FollowServiceLogs, asked: Asked) -> LogFeed | NotFound:
    service_id = question.service_id
    row = await asked.row("find_service_by_id", service_id=service_id)
    if row is None or not asked.may("service.logs", row[1], service_id):
        return NotFound(kind="service", key=service_id)
    after = question.after
    if after is None:
        tail = min(max(question.tail, 0), TAIL_MAX)
        begin = await asked.row("begin_log_lines", service_id=service_id, tail=tail)
        after = 0 if begin is None else int(begin[0])
    limit = min(max(question.limit, 1), LIMIT_MAX)
    rows = await asked.rows("follow_log_lines", service_id=service_id, after=after, limit=limit)
    lines = tuple(
        NumberedLine(number=row[0], at=row[1], replica_id=row[2], stream=row[3], message=row[4])
        for row in rows
    )
    return LogFeed(lines=lines, seen=lines[-1].number if lines else after)
