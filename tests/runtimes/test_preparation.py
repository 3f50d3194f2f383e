"""Builds run tenants' code: what they install is there, what they try is refused, what fails says
why.
"""

import asyncio
import json
import os
import shutil
import socket
import zipfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from services.scheduler.runtimes.interface import BuildSpec, PreparationFailed, Prepared
from services.scheduler.runtimes.process.egress import Destination, EgressProxy
from tests.runtimes.engine import get
from tests.runtimes.process_engine import ProcessEngine

needs_npm = pytest.mark.skipif(shutil.which("npm") is None, reason="no npm on this machine")
SERVE = """
import json, os
from http.server import BaseHTTPRequestHandler, HTTPServer
import greeting
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps(greeting.WORDS).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""
SERVE_NODE = """
const words = require("greeting");
require("http").createServer((_, answer) => answer.end(JSON.stringify(words)))
    .listen(process.env.PORT, "127.0.0.1");
"""


def write_wheel(folder: Path) -> str:
    name = "greeting-1.0-py3-none-any.whl"
    with zipfile.ZipFile(folder / name, "w") as wheel:
        wheel.writestr("greeting.py", 'WORDS = "from a wheel"\n')
        about = "Metadata-Version: 2.1\nName: greeting\nVersion: 1.0\n"
        wheel.writestr("greeting-1.0.dist-info/METADATA", about)
        tags = "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        wheel.writestr("greeting-1.0.dist-info/WHEEL", tags)
        wheel.writestr("greeting-1.0.dist-info/RECORD", "")
    return name


async def test_python_packages_are_installed_and_found_by_the_app(
    process_engine: ProcessEngine,
) -> None:
    tree = process_engine.checkout("py", {"app.py": SERVE})
    (tree / "requirements.txt").write_text(f"./{write_wheel(tree)}\n")
    said: list[str] = []
    build = BuildSpec(project_id="acme", commit="c1", checkout=tree)
    prepared = await process_engine.runtime.prepare(build, said.append)
    assert isinstance(prepared, Prepared), prepared
    assert any("Successfully installed greeting-1.0" in line for line in said)
    seen = await process_engine.start(prepared=prepared)
    assert await get(seen.address, "/") == "from a wheel"
    said.clear()
    assert await process_engine.runtime.prepare(build, said.append) == prepared
    assert said == [], "what was built once is not built again"
    await process_engine.runtime.stop("r1", grace_seconds=1)
    await process_engine.runtime.discard(prepared)
    assert list((process_engine.runtime.root / "prepared" / "acme").iterdir()) == []


@needs_npm
async def test_node_packages_are_installed_and_found_by_the_app(
    process_engine: ProcessEngine,
) -> None:
    package = {
        "scripts": {"start": "node serve.js", "build": "echo made > made.txt"},
        "dependencies": {"greeting": "file:./lib"},
    }
    files = {
        "package.json": json.dumps(package),
        "serve.js": SERVE_NODE,
        "lib/package.json": json.dumps({"name": "greeting", "version": "1.0.0"}),
        "lib/index.js": 'module.exports = "from npm";\n',
    }
    build = BuildSpec(project_id="acme", commit="c1", checkout=process_engine.checkout("js", files))
    prepared = await process_engine.runtime.prepare(build, lambda _: None)
    assert isinstance(prepared, Prepared), prepared
    assert prepared.tree is not None
    assert (prepared.tree / "made.txt").exists()
    seen = await process_engine.start(prepared=prepared)
    assert await get(seen.address, "/") == "from npm"


async def test_a_build_that_fails_says_why_and_leaves_nothing(
    process_engine: ProcessEngine,
) -> None:
    files = {"app.py": "", "requirements.txt": "./missing-1.0-py3-none-any.whl\n"}
    build = BuildSpec(
        project_id="acme", commit="c1", checkout=process_engine.checkout("bad", files)
    )
    failed = await process_engine.runtime.prepare(build, lambda _: None)
    assert isinstance(failed, PreparationFailed)
    assert failed.reason.startswith("installing Python packages failed: exit code ")
    assert any("missing-1.0" in line for line in failed.last_lines)
    assert list((process_engine.runtime.root / "prepared" / "acme").iterdir()) == []


async def test_an_image_is_answered_with_the_reason_why_not(process_engine: ProcessEngine) -> None:
    build = BuildSpec(project_id="acme", commit="", image="nginx")
    failed = await process_engine.runtime.prepare(build, lambda _: None)
    assert failed == PreparationFailed(reason="no engine on this machine can run images")


@pytest.fixture
def listener() -> Iterator[int]:
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        made.listen()
        yield made.getsockname()[1]


@needs_npm
async def test_a_hostile_build_reaches_neither_our_ports_nor_its_neighbours_cache(
    isolated: ProcessEngine, listener: int
) -> None:
    neighbour = isolated.runtime.root / "caches" / "beta"
    neighbour.mkdir(parents=True)
    (neighbour / "secret").write_text("of beta")
    probe = f"""
const fs = require("fs"), net = require("net"), reached = [];
for (const path of ["{neighbour}/secret", "{isolated.runtime.root}", "/etc/shadow"])
    try {{ fs.accessSync(path); reached.push(path); }} catch {{}}
for (const path of ["/usr/x", "/etc/x", "/.enclosure/x", "/cache/../x"])
    try {{ fs.writeFileSync(path, "x"); reached.push(path); }} catch {{}}
if (Object.keys(process.env).some((name) => name.startsWith("CHRONOPLANE"))) reached.push("env");
fs.writeFileSync("/cache/own", "kept");
const client = net.connect({listener}, "127.0.0.1");
const told = () => fs.writeFileSync("report.json", JSON.stringify(reached));
client.on("connect", () => {{ reached.push("port"); told(); process.exit(); }});
client.on("error", told);
"""
    package = {"scripts": {"start": "true", "build": "node probe.js"}}
    files = {"package.json": json.dumps(package), "probe.js": probe}
    build = BuildSpec(project_id="acme", commit="c1", checkout=isolated.checkout("evil", files))
    prepared = await isolated.runtime.prepare(build, lambda _: None)
    assert isinstance(prepared, Prepared), prepared
    assert prepared.tree is not None
    assert json.loads((prepared.tree / "report.json").read_text()) == []
    assert (isolated.runtime.root / "caches" / "acme" / "own").exists()


@pytest.fixture
async def index() -> AsyncIterator[int]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nindex")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def through(path: Path, request: str) -> bytes:
    async with asyncio.timeout(5):
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(request.encode())
        answer = await reader.read(100)
        if request.startswith("CONNECT") and answer.startswith(b"HTTP/1.1 200"):
            writer.write(b"GET / HTTP/1.1\r\n\r\n")
            answer = await reader.read(100)
        writer.close()
    return answer


async def test_the_exit_of_builds_leads_to_the_configured_index_only(
    index: int, listener: int, tmp_path: Path
) -> None:
    allowed = frozenset({Destination(host="127.0.0.1", port=index)})
    path = Path(os.path.relpath(tmp_path)) / "proxy"
    async with EgressProxy(path=path, allowed=allowed):
        plain = await through(path, f"GET http://127.0.0.1:{index}/x HTTP/1.1\r\n\r\n")
        assert plain.endswith(b"index")
        tunnel = await through(path, f"CONNECT 127.0.0.1:{index} HTTP/1.1\r\n\r\n")
        assert tunnel.endswith(b"index")
        for request in (
            f"CONNECT 127.0.0.1:{listener} HTTP/1.1\r\n\r\n",
            f"CONNECT localhost:{index} HTTP/1.1\r\n\r\n",
            f"GET http://127.0.0.1:{listener}/ HTTP/1.1\r\n\r\n",
            f"GET http://127.0.0.1:{index}@127.0.0.1:{listener}/ HTTP/1.1\r\n\r\n",
            "CONNECT 169.254.169.254:80 HTTP/1.1\r\n\r\n",
            "CONNECT [::1 HTTP/1.1\r\n\r\n",
            "nonsense\r\n\r\n",
        ):
            assert (await through(path, request)).startswith(b"HTTP/1.1 403"), request
    assert not path.exists()
