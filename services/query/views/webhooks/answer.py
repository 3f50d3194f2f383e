"""Answers about webhooks: to those who may manage them in their account, and to the deliverer."""

from datetime import UTC, datetime
from pathlib import Path

from services.query.asked import Asked, Row
from services.query.paging import limits, page_of
from services.query.view import View
from services.query.views.webhooks.projection import project
from shared.domain.rejections import NotFound
from shared.kernel.json import loads
from shared.queries.webhooks import (
    DeliveryDocument,
    DeliveryPage,
    GetWebhook,
    ListDeliveries,
    ListWebhooks,
    ListWebhookTargets,
    WebhookDocument,
    WebhookPage,
    WebhookTarget,
    WebhookTargetList,
)

LIMIT_MAX = 200
TARGETS_MAX = 500
_BEYOND = 1 << 62


async def get_webhook(question: GetWebhook, asked: Asked) -> WebhookDocument | NotFound:
    row = await asked.row("get_webhook", id=question.webhook_id)
    if row is None or not _may_manage(row[1], asked):
        return NotFound(kind="webhook", key=question.webhook_id)
    return _webhook(row, asked)


async def list_webhooks(question: ListWebhooks, asked: Asked) -> WebhookPage | NotFound:
    index, me = asked.index, asked.asker.id
    accounts: list[str] | None
    if question.account_id is not None:
        if not _may_manage(question.account_id, asked):
            return NotFound(kind="account", key=question.account_id)
        accounts = [question.account_id]
    elif index.is_installation_admin(me):
        accounts = None
    else:
        accounts = sorted(a for a in index.accounts_of(me) if _may_manage(a, asked))
    rows = await asked.rows(
        "list_webhooks", accounts=accounts, **limits(question.page, question.per_page)
    )
    items, total = page_of(rows, lambda row: _webhook(row, asked))
    return WebhookPage(items=items, total=total)


async def list_deliveries(question: ListDeliveries, asked: Asked) -> DeliveryPage | NotFound:
    row = await asked.row("get_webhook", id=question.webhook_id)
    if row is None or not _may_manage(row[1], asked):
        return NotFound(kind="webhook", key=question.webhook_id)
    limit = min(max(question.limit, 1), LIMIT_MAX)
    rows = await asked.rows(
        "list_deliveries",
        webhook_id=question.webhook_id,
        state=question.state,
        before=question.before if question.before is not None else _BEYOND,
        limit=limit + 1,
    )
    items = tuple(_delivery(each) for each in rows[:limit])
    return DeliveryPage(items=items, next_before=items[-1].position if len(rows) > limit else None)


async def list_targets(question: ListWebhookTargets, asked: Asked) -> WebhookTargetList:
    limit = min(max(question.limit, 1), TARGETS_MAX)
    rows = await asked.rows("list_targets", after_id=question.after_id, limit=limit)
    items: list[WebhookTarget] = []
    for id_, account_id, project_id, url, types, secret_id, since, former_id, until in rows:
        if not asked.index.principal_is_live(account_id):
            continue
        is_overlapping = former_id is not None and until > asked.now
        wanted = [secret_id, former_id] if is_overlapping else [secret_id]
        opened = await asked.secrets.open(account_id, wanted)
        items.append(
            WebhookTarget(
                id=id_,
                account_id=account_id,
                project_id=project_id,
                url=url,
                types=tuple(loads(types)),
                secret=opened[secret_id],
                since=since,
                former_secret=opened[former_id] if is_overlapping else None,
                former_until=_utc(until) if is_overlapping else None,
            )
        )
    return WebhookTargetList(items=tuple(items))


def _may_manage(account_id: str, asked: Asked) -> bool:
    index, me = asked.index, asked.asker.id
    return index.is_installation_admin(me) or (
        index.principal_is_live(account_id)
        and index.may_in_account(me, "webhook.write", account_id)
    )


def _webhook(row: Row, asked: Asked) -> WebhookDocument:
    until = _utc(row[11])
    return WebhookDocument(
        id=row[0],
        account_id=row[1],
        project_id=row[2],
        url=row[3],
        description=row[4],
        types=tuple(loads(row[5])),
        is_enabled=row[6],
        created_at=row[7],
        updated_at=row[8],
        pending=row[9],
        dead=row[10],
        former_secret_until=until if until is not None and until > asked.moment.at else None,
    )


def _delivery(row: Row) -> DeliveryDocument:
    return DeliveryDocument(
        position=row[0],
        event_type=row[1],
        state=row[2],
        attempts=row[3],
        last_attempt_at=_utc(row[4]),
        next_attempt_at=_utc(row[5]) if row[2] == "pending" else None,
        status=row[6],
        reason=row[7],
    )


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC)


WEBHOOKS = View(
    name="webhooks",
    sql=Path(__file__).parent / "sql",
    streams=("webhook",),
    tables=("webhook",),
    project=project,
    reads=("webhooks",),
    answers={
        GetWebhook: get_webhook,
        ListWebhooks: list_webhooks,
        ListDeliveries: list_deliveries,
        ListWebhookTargets: list_targets,
    },
)
