"""An event of the feed as a CloudEvent, spelled as on the bus: what SSE, NDJSON and webhooks send.

One difference: what a subscriber has no use for (a credential's digest) was left out of `data`."""

import orjson

from shared.queries.audit import AuditEvent


def feed_event(event: AuditEvent) -> bytes:
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": event.event_id,
            "source": f"/accounts/{event.account_id}",
            "type": event.type,
            "subject": event.stream,
            "time": event.at,
            "datacontenttype": "application/json",
            "dataschema": f"/ops/v1/schemas/{event.type}/{event.schema_version}",
            "sequence": str(event.position),
            "streamversion": event.version,
            "commandid": event.command_id,
            "correlationid": event.correlation_id,
            "causationid": event.causation_id,
            "actor": event.actor,
            "credentialid": event.credential_id,
            "surface": event.surface,
            "reason": event.reason,
            "data": event.data,
        },
        option=orjson.OPT_UTC_Z,
    )
