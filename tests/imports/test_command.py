"""`chronoplane export` and `import`: what they say where it does not go well."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from services.cli.__main__ import main


@contextmanager
def answering(status: int, body: bytes) -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """A gateway that answers this, and what it was asked."""
    asked: list[tuple[str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            length = int(self.headers.get("content-length", 0))
            asked.append((self.path, self.rfile.read(length)))
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = answer

        def log_message(self, format: str, *words: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHRONOPLANE_TOKEN", "a-token")


def problem(status: int, code: str, detail: str) -> bytes:
    return json.dumps(
        {"status": status, "code": code, "detail": detail, "request_id": "r"}
    ).encode()


def test_a_refusal_says_why_and_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "acme.ndjson"
    file.write_bytes(b"{}\n")
    with answering(409, problem(409, "claim_taken", "handle default is another's.")) as (
        url,
        asked,
    ):
        assert main(["import", str(file), "--url", url, "--no-deploy"]) == 1
    said = capsys.readouterr().err
    assert "handle default is another's" in said and "CHRONOPLANE_ADMIN_HANDLE" in said
    assert asked == [("/ops/v1/import?deploy=false", b"{}\n")]


@pytest.mark.parametrize(("status", "code"), [(401, 4), (403, 4), (404, 3), (422, 1), (503, 1)])
def test_every_refusal_has_its_exit_code(tmp_path: Path, status: int, code: int) -> None:
    file = tmp_path / "acme.ndjson"
    file.write_bytes(b"{}\n")
    with answering(status, problem(status, "x", "No.")) as (url, _):
        assert main(["import", str(file), "--url", url]) == code
        assert main(["export", str(tmp_path / "out"), "--url", url]) == code
    assert not (tmp_path / "out").exists()


def test_nobody_there_no_file_no_token_and_no_url_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "acme.ndjson"
    assert main(["import", str(file), "--url", "http://127.0.0.1:9"]) == 3
    file.write_bytes(b"{}\n")
    assert main(["import", str(file), "--url", "http://127.0.0.1:9"]) == 7
    assert main(["import", str(file), "--url", "nonsense"]) == 2
    monkeypatch.delenv("CHRONOPLANE_TOKEN")
    monkeypatch.setenv("CHRONOPLANE_DATA_DIR", str(tmp_path / "nowhere"))
    assert main(["import", str(file), "--url", "http://127.0.0.1:9"]) == 4
    assert "--token-file" in capsys.readouterr().err


def test_an_export_that_was_cut_never_gets_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.ndjson"
    with answering(200, b'{"kind": "manifest"}\n') as (url, _):
        assert main(["export", str(out), "--url", url]) == 8  # It does not verify.
    assert list(tmp_path.iterdir()) == []
    assert "not good" in capsys.readouterr().err


def test_a_file_that_is_there_is_not_replaced(tmp_path: Path) -> None:
    out = tmp_path / "out.ndjson"
    out.write_text("mine")
    assert main(["export", str(out), "--url", "http://127.0.0.1:9"]) == 1
    assert out.read_text() == "mine"
