"""Small applications that tests deploy: standard library only, so that they start in a second."""

# Answers its environment, its process and its version; slow, dying and noisy on request.
ECHO = """
import json, os, signal, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

VERSION = "1"

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path = self.path.partition("?")[0]
        if path == "/health":
            return self.answer(200, {"ok": True})
        if path == "/slow":
            time.sleep(float(self.path.partition("=")[2] or 1))
        if path == "/die":
            os.kill(os.getpid(), signal.SIGKILL)
        if path == "/status":
            return self.answer(int(self.path.partition("=")[2]), {})
        print("served", path, flush=True)
        self.answer(200, {"version": VERSION, "env": dict(os.environ), "pid": os.getpid(),
                          "host": self.headers.get("host"), "path": path})

    def answer(self, status, document):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass

print("listening on", os.environ["PORT"], flush=True)
ThreadingHTTPServer(("0.0.0.0", int(os.environ["PORT"])), Handler).serve_forever()
"""


def echo(version: str = "1") -> dict[str, str]:
    return {
        "app.py": ECHO.replace('VERSION = "1"', f'VERSION = "{version}"'),
        "Procfile": "web: python app.py\n",
    }
