"""Threads that keep a stack busy at a modest pace, and what they were answered."""

import http.client
import json
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.soak.lives import Ask, Visitor

UNANSWERED = (OSError, http.client.HTTPException)
STREAM_SECONDS = 15.0
ROLLOUT_SECONDS = 30.0
WAKE_SECONDS = 40.0
JOIN_SECONDS = 30.0


@dataclass(slots=True)
class Count:
    """By client: its answers, and what went wrong in words."""

    answered: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    posted: int = 0


@dataclass(slots=True)
class Load:
    visitor: Visitor
    pause: float
    count: Count = field(default_factory=Count)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        visitor = self.visitor
        lives: dict[str, Callable[[], Iterator[Ask]]] = {
            "outpost": visitor.outpost,
            "zenml": visitor.zenml,
            "amigo": visitor.amigo,
            "microvisualizer": visitor.microvisualizer,
            "domino": visitor.domino,
            "reads": visitor.reads,
        }
        for name, life in lives.items():
            self._run(name, partial(self._live, name, life()))
        for number in range(3):
            self._run(f"stream {number}", self._listen)
        self._run("rollouts", lambda: self._repeat("rollouts", ROLLOUT_SECONDS, self._roll))
        self._run("wakes", lambda: self._repeat("wakes", WAKE_SECONDS, self._wake))

    def stop(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(JOIN_SECONDS)

    def _run(self, name: str, target: Callable[[], None]) -> None:
        def run() -> None:
            try:
                target()
            except Exception as error:  # Told with the result: a client that died proves nothing.
                self.count.wrong[f"{name}: {error!r}"] += 1

        self._threads.append(threading.Thread(target=run, name=name, daemon=True))
        self._threads[-1].start()

    def _live(self, name: str, asks: Iterator[Ask]) -> None:
        for ask in asks:
            if self._stopping.wait(self.pause):
                return
            self._ask(name, ask)

    def _repeat(self, name: str, seconds: float, ask: Ask) -> None:
        while not self._stopping.wait(seconds):
            self._ask(name, ask)

    def _ask(self, name: str, ask: Ask) -> None:
        try:
            answer = ask()
        except UNANSWERED as error:
            self.count.wrong[f"{name}: {error!r}"] += 1
            return
        self.count.answered[name] += 1
        if answer.status >= 400:
            self.count.wrong[f"{name}: {answer.status} {json.dumps(answer.body)[:200]}"] += 1

    def _roll(self) -> Any:
        return self.visitor.owner.redeploy("rolling")

    def _wake(self) -> Any:
        return self.visitor.owner.traffic("sleepy", seconds=60.0)

    def _listen(self) -> None:
        """To the stream of events, by one connection after another."""
        owner = self.visitor.owner
        request = urllib.request.Request(
            f"{owner.stack.gateway_url}/ops/v1/events/stream",
            headers={"Authorization": f"Bearer {owner.token}"},
        )
        while not self._stopping.is_set():
            until = time.monotonic() + STREAM_SECONDS
            try:
                with urllib.request.urlopen(request, timeout=STREAM_SECONDS) as answer:
                    while time.monotonic() < until and answer.readline():
                        self.count.answered["lines of streams"] += 1
            except TimeoutError:
                continue  # Nothing was written for so long: it is asked again.


@contextmanager
def receiving(count: Count) -> Iterator[int]:
    """Where webhooks are posted: its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            count.posted += 1
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *words: Any) -> None:
            """Not into the table."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
