"""Clients that write through the gateway whatever happens, and remember what they were told.

A request that brings no answer (or a 5xx) is repeated with its Idempotency-Key until it does: what
was acknowledged must be in the log, once. `Watcher` asks a running service through the edge."""

import http.client
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from tests.support.outpost import Answer, Outpost, call

INSIST_SECONDS = 60.0
PAUSE_SECONDS = 0.03
WATCH_SECONDS = 0.05
NO_ANSWER = (OSError, http.client.HTTPException)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An answer that counts: `position` is where the log says that it is."""

    kind: str
    name: str
    status: int
    position: int
    detail: str = ""
    tries: int = 1


class Refused(Exception):
    """An answer that no client should get for what it asked."""


class Client(threading.Thread):
    """Create, update, grant, delete, and again; one request at a time."""

    def __init__(self, outpost: Outpost, label: str, reader_id: str) -> None:
        super().__init__(name=f"client-{label}", daemon=True)
        self._outpost = outpost
        self._label = label
        self._reader_id = reader_id
        self._stopping = threading.Event()
        self.told: list[Told] = []
        self.failure: str | None = None

    def stop(self) -> None:
        self._stopping.set()

    def run(self) -> None:
        number = 0
        try:
            while not self._stopping.is_set():
                self._life_of(f"{self._label}-{number}", number)
                number += 1
        except Exception as error:  # Shown by whoever waits for this client.
            self.failure = repr(error)

    def _life_of(self, name: str, number: int) -> None:
        services = f"/auth/v1/seed/{self._outpost.namespace}/services"
        body = {"name": name, "gpu": "none", "image": "registry.example/app:1"}
        self._insist("create", name, "POST", services, body, (201,))
        replicas = str(2 + number % 7)
        self._insist(
            "update",
            name,
            "PUT",
            f"{services}/{name}",
            {"max_replicas": int(replicas)},
            (200, 409),  # 409: its rollout was not over yet.
            detail=replicas,
        )
        # Nothing but the key keeps two of these apart: a doubled write shows here.
        grant = {
            "principal": self._reader_id,
            "action": f"mark.{_letters(self._label)}_{_letters(str(number))}",
            "resource": "*",
        }
        self._insist("grant", name, "POST", "/ops/v1/grants", grant, (201,), grant["action"])
        if number % 2:
            self._insist("delete", name, "DELETE", f"{services}/{name}", None, (204,))

    def _insist(
        self,
        kind: str,
        name: str,
        method: str,
        path: str,
        body: dict[str, Any] | None,
        expected: tuple[int, ...],
        detail: str = "",
    ) -> None:
        deadline = time.monotonic() + INSIST_SECONDS
        tries = 0
        while True:
            tries += 1
            answer = self._once(method, path, body, key=f"{kind}-{name}")
            if answer is not None and answer.status < 500:
                break
            if time.monotonic() > deadline:
                raise Refused(f"no answer to {kind} {name} for {INSIST_SECONDS:g} s: {answer}")
            time.sleep(0.1)
        if answer.status not in expected:
            raise Refused(f"{kind} {name} at try {tries}: {answer}")
        position = int(answer.headers.get("log-position", 0))
        self.told.append(
            Told(
                kind=kind,
                name=name,
                status=answer.status,
                position=position,
                detail=detail,
                tries=tries,
            )
        )
        time.sleep(PAUSE_SECONDS)

    def _once(self, method: str, path: str, body: Any, *, key: str) -> Answer | None:
        url = self._outpost.stack.gateway_url + path
        headers = {"Idempotency-Key": key}
        try:
            return call(
                url,
                method=method,
                token=self._outpost.token,
                body=body,
                headers=headers,
                seconds=10,
            )
        except NO_ANSWER:
            return None


@dataclass(slots=True)
class Watcher:
    """Asks a service through the edge all the time; keeps what went wrong, and when."""

    outpost: Outpost
    service: str
    failures: list[tuple[float, str]] = field(default_factory=list)
    answers: int = 0
    pids: set[int] = field(default_factory=set)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> "Watcher":
        self._thread = threading.Thread(target=self._watch, name="watcher", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(15)

    def _watch(self) -> None:
        while not self._stopping.is_set():
            asked_at = time.monotonic()
            try:
                answer = self.outpost.traffic(self.service, "/watched", seconds=10)
            except NO_ANSWER as error:
                self.failures.append((asked_at, repr(error)))
            else:
                self.answers += 1
                if answer.status == 200:
                    self.pids.add(int(answer.body["pid"]))
                else:
                    self.failures.append((asked_at, f"{answer.status} {answer.body}"))
            time.sleep(WATCH_SECONDS)


@dataclass(slots=True)
class Load:
    clients: list[Client]
    watcher: Watcher

    def start(self) -> "Load":
        for client in self.clients:
            client.start()
        self.watcher.start()
        return self

    def told(self) -> list[Told]:
        return [told for client in self.clients for told in tuple(client.told)]

    def grow(self, by: int, seconds: float) -> None:
        """Every client is answered that many times more."""
        wanted = {client: len(client.told) + by for client in self.clients}
        deadline = time.monotonic() + seconds
        while any(len(client.told) < count for client, count in wanted.items()):
            failed = [f"{c.name}: {c.failure}" for c in self.clients if c.failure]
            assert not failed, failed
            assert time.monotonic() < deadline, f"no {by} answers each within {seconds:g} s"
            time.sleep(0.05)

    def stop(self) -> None:
        """What is on its way is insisted on to the end: nothing stays in doubt."""
        for client in self.clients:
            client.stop()
        for client in self.clients:
            client.join(INSIST_SECONDS + 10)
        self.watcher.stop()


def _letters(text: str) -> str:
    """Actions are letters and underscores."""
    return "".join(chr(ord("a") + int(c)) if c.isdigit() else c for c in text)
