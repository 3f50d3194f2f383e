"""A client of the Outpost surface as its page describes it, and of /ops/v1, for tests of flows."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from tests.support.stack import Stack

REQUEST_SECONDS = 15.0

Seen = TypeVar("Seen")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: Any


def call(
    url: str,
    *,
    method: str = "GET",
    token: str | None = None,
    body: Any = None,
    headers: dict[str, str] | None = None,
    seconds: float = REQUEST_SECONDS,
) -> Answer:
    data = (
        body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else None
    )
    request = urllib.request.Request(url, data=data, method=method, headers=headers or {})
    if data is not None:
        request.add_header("Content-Type", "application/json")
    if token is not None:
        prefix = "" if token.startswith("API-Key ") else "Bearer "
        request.add_header("Authorization", prefix + token)
    try:
        with urllib.request.urlopen(request, timeout=seconds) as answer:
            return _answer(answer.status, answer.headers.items(), answer.read())
    except urllib.error.HTTPError as error:
        return _answer(error.code, error.headers.items(), error.read())


def _answer(status: int, headers: Any, raw: bytes) -> Answer:
    try:
        body = json.loads(raw) if raw else None
    except ValueError:
        body = raw.decode(errors="replace")
    return Answer(status=status, headers={k.lower(): v for k, v in headers}, body=body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outpost:
    stack: Stack
    token: str
    namespace: str

    def create(self, **body: Any) -> Answer:
        return self._write("POST", "services", {"gpu": "none", **body})

    def update(self, name: str, **body: Any) -> Answer:
        return self._write("PUT", f"services/{name}", body)

    def redeploy(self, name: str) -> Answer:
        return self._write("POST", f"services/{name}/redeploy", None)

    def delete(self, name: str, *, force: bool = False) -> Answer:
        return self._write("DELETE", f"services/{name}" + ("?force=true" if force else ""), None)

    def get(self, name: str, query: str = "") -> Answer:
        return self._read(f"service/{name}{query}")

    def list(self, query: str = "") -> Answer:
        return self._read(f"services{query}")

    def logs(self, name: str, query: str = "") -> Answer:
        return self._read(f"service/{name}/logs{query}")

    def analytics(self, name: str) -> Answer:
        return self._read(f"service/{name}/analytics")

    def ops(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        url = f"{self.stack.gateway_url}/ops/v1/{path}"
        return call(url, method=method, token=self.token, body=body, headers=headers)

    def traffic(
        self, name: str, path: str = "/", *, host: str | None = None, **more: Any
    ) -> Answer:
        """A request to the service through the edge, as a browser resolving *.localhost would."""
        headers = {"Host": host or f"{name}.{self.namespace}.localhost"}
        return call(f"{self.stack.edge_url}{path}", headers=headers, **more)

    def wait_status(self, name: str, status: str, seconds: float = 45.0) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            answer = self.get(name)
            return answer.body if answer.status == 200 and answer.body["status"] == status else None

        return wait_for(look, seconds, lambda: f"{name} to be {status}: {self.get(name).body}")

    def _write(self, method: str, path: str, body: Any) -> Answer:
        url = f"{self.stack.gateway_url}/auth/v1/seed/{self.namespace}/{path}"
        return call(url, method=method, token=self.token, body=body)

    def _read(self, path: str) -> Answer:
        return call(f"{self.stack.gateway_url}/{self.namespace}/{path}", token=self.token)


def wait_for(look: Callable[[], Seen | None], seconds: float, what: Callable[[], str]) -> Seen:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if (found := look()) is not None:
            return found
        time.sleep(0.1)
    raise AssertionError(f"waited {seconds:g} s for {what()}")


def admin(stack: Stack, namespace: str = "default") -> Outpost:
    return Outpost(stack=stack, token=stack.token, namespace=namespace)


def tenant(stack: Stack, handle: str) -> Outpost:
    """A new user with a home project and a key of its own."""
    root = admin(stack)
    user = root.ops("POST", "users", {"handle": handle, "name": handle})
    assert user.status == 201, user
    key = root.ops("POST", "api-keys", {"name": "test", "principal": user.body["id"]})
    assert key.status == 201, key
    return Outpost(stack=stack, token=key.body["token"], namespace=handle)
