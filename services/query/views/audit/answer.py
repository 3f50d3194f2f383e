"""audit: time travel through one thing, and the log as a feed. It projects nothing of its own."""

from pathlib import Path

from services.query.asked import Asked
from services.query.view import View
from services.query.views.audit.feed import feed
from services.query.views.audit.history import get_blame, get_diff, get_state, list_history
from services.query.views.audit.restore import plan_restore
from services.query.views.audit.sight import may_see, projects_of
from services.query.views.audit.timeline import get_timeline
from services.query.views.audit.why import get_why
from shared.domain.rejections import NotFound
from shared.queries.audit import (
    FindOwner,
    FollowLog,
    GetBlame,
    GetDiff,
    GetState,
    GetTimeline,
    GetWhy,
    ListHistory,
    OwnerDocument,
    PlanRestore,
)

_OWNERS = ("service", "principal", "webhook", "project")  # those of read.py, likeliest first


async def find_owner(question: FindOwner, asked: Asked) -> OwnerDocument | NotFound:
    id_ = question.owner_id
    for kind in _OWNERS:
        row = await asked.row("get_account_of_stream", stream=f"{kind}-{id_}")
        if row is None:
            continue
        if not await may_see(kind, id_, asked):
            break
        projects = await projects_of((id_,), asked) if kind == "service" else {}
        counts = await asked.row("count_secrets", account_id=row[0], owner_id=id_)
        secrets, erased = counts or (0, 0)
        return OwnerDocument(
            kind=kind,
            id=id_,
            account_id=row[0],
            project_id=projects.get(id_),
            secrets=secrets,
            erased=erased,
        )
    return NotFound(kind="owner", key=id_)


AUDIT = View(
    name="audit",
    sql=Path(__file__).parent / "sql",
    # Whose a thing is it finds through these; so it is as new as they are.
    reads=("history", "services", "identity", "executions", "environments"),
    answers={
        ListHistory: list_history,
        GetState: get_state,
        GetDiff: get_diff,
        GetBlame: get_blame,
        GetWhy: get_why,
        GetTimeline: get_timeline,
        PlanRestore: plan_restore,
        FollowLog: feed,
        FindOwner: find_owner,
    },
)
