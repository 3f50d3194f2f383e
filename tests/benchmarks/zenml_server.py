"""The real ZenML server as it ships: its own package from its lock, sqlite, one uvicorn process.

Many stored services are copies of one that the server itself wrote, put into its sqlite file while
it does not run: to create 10,000 through its API would take longer than all the rest."""

import base64
import json
import sqlite3
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from deploy.local.ports import free_port
from tests.support.clients import client

READY_SECONDS = 120.0
STOP_SECONDS = 20.0
USER, PASSWORD = "default", "of-this-benchmark-alone"
_TYPE = {"type": "model-serving", "flavor": "bentoml"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A server that speaks ZenML's API, and somebody who may write in a project there."""

    port: int
    token: str
    project: str

    def create(self, name: str) -> str:
        return str(self.ask("POST", "services", self.service(name)))

    def service(self, name: str) -> dict[str, Any]:
        """To be created. Two of one configuration in a project are one too many, here as there."""
        return {
            "name": name,
            "project": self.project,
            "service_type": _TYPE,
            "config": _config(name),
            "labels": {"team": "forecasting"},
        }

    def ask(self, method: str, path: str, body: object) -> object:
        told = _asked(self.port, self.token, method, path, json.dumps(body).encode())
        return told["id"]


def _config(name: str) -> dict[str, Any]:
    return {"model": name, "replicas": 2}


@contextmanager
def zenml_server(folder: Path, stored: int) -> Iterator[Served]:
    """In `folder`, which is empty; `stored` services are there when it is given."""
    with _running(folder) as served:
        made = served.create("stored-0")
    _copy(folder / "zenml.db", made, stored - 1)
    with _running(folder) as served:
        yield served


@contextmanager
def _running(folder: Path) -> Iterator[Served]:
    port = free_port()
    python = client("zenml_server").python
    command = ["-m", "uvicorn", "zenml.zen_server.zen_server_api:app", "--no-access-log"]
    with (folder / "output").open("a") as output:
        process = subprocess.Popen(
            [str(python), *command, "--port", str(port)],
            env={
                "PATH": "/usr/bin:/bin",
                "HOME": str(folder),
                "ZENML_CONFIG_PATH": str(folder / "config"),
                "ZENML_ANALYTICS_OPT_IN": "false",
                "ZENML_LOGGING_VERBOSITY": "WARN",
                "ZENML_SERVER_DEPLOYMENT_TYPE": "local",
                "ZENML_SERVER_AUTO_ACTIVATE": "1",
                "ZENML_DEFAULT_USER_NAME": USER,
                "ZENML_DEFAULT_USER_PASSWORD": PASSWORD,
                "ZENML_STORE_TYPE": "sql",
                "ZENML_STORE_URL": f"sqlite:///{folder / 'zenml.db'}",
            },
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        _wait(process, port, folder)
        token = _login(port)
        project = _asked(port, token, "GET", "projects", None)["items"][0]["id"]
        yield Served(port=port, token=token, project=project)
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: "subprocess.Popen[bytes]", port: int, folder: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urlopen(f"http://127.0.0.1:{port}/health", timeout=5.0):
                return
        except (URLError, TimeoutError, ConnectionError):
            time.sleep(0.5)
    raise RuntimeError(f"ZenML's server did not start: {(folder / 'output').read_text()[-2000:]}")


def _login(port: int) -> str:
    said = urlencode({"username": USER, "password": PASSWORD}).encode()
    request = Request(f"http://127.0.0.1:{port}/api/v1/login", data=said)
    with urlopen(request, timeout=30.0) as answer:
        return str(json.load(answer)["access_token"])


def _asked(port: int, token: str, method: str, path: str, body: bytes | None) -> Any:
    request = Request(f"http://127.0.0.1:{port}/api/v1/{path}", data=body, method=method)
    request.add_header("Authorization", f"Bearer {token}")
    request.add_header("Content-Type", "application/json")
    with urlopen(request, timeout=30.0) as answer:
        return json.load(answer)


def _copy(database: Path, made: str, count: int) -> None:
    with sqlite3.connect(database) as connection:
        columns = [row[1] for row in connection.execute("pragma table_info(service)")]
        row = connection.execute(
            f"select {', '.join(columns)} from service where id = ?",  # noqa: S608 (its own names)
            (uuid.UUID(made).hex,),
        ).fetchone()
        told = dict(zip(columns, row, strict=True))
        marks = ", ".join("?" for _ in columns)
        rows = (
            [{**told, **_another(f"stored-{n}")}[name] for name in columns]
            for n in range(1, count + 1)
        )
        connection.executemany(
            f"insert into service ({', '.join(columns)}) values ({marks})",  # noqa: S608 (the same)
            rows,
        )
    connection.close()


def _another(name: str) -> dict[str, Any]:
    config = base64.b64encode(json.dumps(_config(name)).encode())
    return {"id": uuid.uuid4().hex, "name": name, "config": config}
