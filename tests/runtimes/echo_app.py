"""A tenant's app for the conformance suite: answers what it was given, and misbehaves on demand."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        answer = ACTIONS[url.path](asked)
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Only what a test asks for is printed."""


def environment(_: dict[str, str]) -> object:
    return dict(os.environ)


def say(asked: dict[str, str]) -> object:
    for number in range(int(asked.get("times", "1"))):
        print(asked["text"] * int(asked.get("wide", "1")), number, flush=True)
    print("told", file=sys.stderr, flush=True)
    return "said"


def child(_: dict[str, str]) -> object:
    """One that leaves the process group and the session, as a daemon does."""
    program = "import time; time.sleep(600)"
    started = subprocess.Popen([sys.executable, "-c", program], start_new_session=True)
    return started.pid


def eat(asked: dict[str, str]) -> object:
    held = bytearray(int(asked["mb"]) * 1024**2)
    for place in range(0, len(held), 4096):
        held[place] = 1
    time.sleep(float(asked.get("hold", "0")))
    return len(held)


def fork(asked: dict[str, str]) -> object:
    """As many children as are granted, up to a bound that a limit must come before."""
    children: list[int] = []
    try:
        while len(children) < int(asked["max"]):
            pid = os.fork()
            if pid == 0:
                time.sleep(30)
                os._exit(0)
            children.append(pid)
    except OSError as error:
        return {"count": len(children), "error": error.errno}
    finally:
        for pid in children:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    return {"count": len(children), "error": None}


def leave(asked: dict[str, str]) -> object:
    os._exit(int(asked["code"]))


def write(asked: dict[str, str]) -> object:
    with open(asked["file"], "w") as file:
        file.write("written")
    return sorted(os.listdir("."))


def fill(asked: dict[str, str]) -> object:
    with open("filled", "wb") as file:
        for _ in range(int(asked["mb"])):
            file.write(bytes(1024**2))
    return "filled"


def slow(asked: dict[str, str]) -> object:
    time.sleep(float(asked["seconds"]))
    return "slept"


ACTIONS: dict[str, Callable[[dict[str, str]], object]] = {
    "/environment": environment,
    "/say": say,
    "/child": child,
    "/eat": eat,
    "/fork": fork,
    "/leave": leave,
    "/write": write,
    "/fill": fill,
    "/slow": slow,
    "/health": lambda _: "ok",
}


class Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = False  # an answer under way is finished before the end


def main() -> None:
    # Loopback is enough for a relay; who publishes a port needs more, and says so.
    host = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1"
    server = Server((host, int(os.environ.get("LISTEN", os.environ["PORT"]))), Handler)

    def end(*_: object) -> None:
        print("ending", flush=True)
        threading.Thread(target=server.shutdown).start()

    if os.environ.get("STUBBORN"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    else:
        signal.signal(signal.SIGTERM, end)
    print("listening", flush=True)
    server.serve_forever(poll_interval=0.05)
    server.server_close()


if __name__ == "__main__":
    main()
