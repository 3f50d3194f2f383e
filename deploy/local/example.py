"""A first repository to deploy, put into an empty git base, so that the first command works."""

from pathlib import Path

from dulwich import porcelain
from dulwich.repo import Repo

NAME = "examples/hello"

FILES = {
    "app.py": '''\
"""Answers every request with a greeting; needs nothing but Python."""

import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Hello(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = f"Hello from {os.environ.get('GREETER', 'Chronoplane')}!\\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


ThreadingHTTPServer(("", int(os.environ["PORT"])), Hello).serve_forever()
''',
    "Procfile": "web: python app.py\n",
}


def make_example(git_base: str) -> bool:
    """True where the base is a folder with nothing of its owner's in it, and now has the example
    (or had it before)."""
    if "://" in git_base:
        return False
    folder = Path(git_base) / NAME
    if folder.exists():
        return True
    if any(Path(git_base).iterdir()):
        return False
    folder.mkdir(parents=True)
    with Repo.init(str(folder), default_branch=b"main") as repository:
        for name, text in FILES.items():
            (folder / name).write_text(text)
        porcelain.add(repository, [str(folder / name) for name in FILES])
        who = b"Chronoplane <chronoplane@localhost>"
        porcelain.commit(repository, message=b"Greet", author=who, committer=who)
    return True
