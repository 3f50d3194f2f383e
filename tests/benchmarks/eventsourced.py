"""Appends a second of the `eventsourcing` package, on the server that ours are measured on.

Its own recorder, one event a transaction, as many threads as clients: so it is meant to be used.
Durability is the server's, equal for both."""

import json
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from tests.benchmarks.appends import ROW
from tests.support.clients import client

_PROGRAM = """
import json, sys, threading, time, uuid
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore

told, row, clients, seconds = json.loads(sys.argv[1]), sys.argv[2].encode(), int(sys.argv[3]), 3.0
store = PostgresDatastore(
    told["dbname"], told["host"], told.get("port", "5432"), told["user"], told.get("password", ""),
    pool_size=clients, max_overflow=4,
)
recorder = PostgresApplicationRecorder(store, events_table_name="peer_events")
recorder.create_table()
done, failures = [0] * clients, []

def work(number):
    try:
        while time.perf_counter() < deadline:
            recorder.insert_events([StoredEvent(
                originator_id=uuid.uuid4(), originator_version=1,
                topic="service.registered", state=row)])
            done[number] += 1
    except Exception as error:
        failures.append(repr(error))

started = time.perf_counter()
deadline = started + seconds
threads = [threading.Thread(target=work, args=(n,)) for n in range(clients)]
[t.start() for t in threads]
[t.join() for t in threads]
took = time.perf_counter() - started
assert not failures, failures
store.close()
print(json.dumps(sum(done) / took))
"""


def eventsourcing(dsn: str, clients: int, folder: Path) -> float:
    told = json.dumps(conninfo_to_dict(dsn))
    run = client("eventsourcing").run(
        _PROGRAM, told, ROW, str(clients), environment={"HOME": str(folder)}
    )
    return float(run)
