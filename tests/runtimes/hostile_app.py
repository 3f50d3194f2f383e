"""A tenant's app that tries everything in its reach and reports what it reached (abuse test A1).

What it must find closed comes in TARGETS: files, folders, sockets, ports, process ids of the host
and of a neighbour.
"""

import ctypes
import json
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer

TARGETS = json.loads(os.environ["TARGETS"])
CANARY = "canary-" + "of-beta"
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def attempts() -> Iterator[tuple[str, Callable[[], bool]]]:
    yield "canary in /proc", canary_in_proc
    yield "processes beyond ours", foreign_processes
    for path in TARGETS["paths"]:
        yield f"path {path}", partial(os.path.exists, path)
    for path in TARGETS["sockets"]:
        yield f"socket {path}", partial(dial, socket.AF_UNIX, path)
    for port in TARGETS["ports"]:
        yield f"port {port}", partial(dial, socket.AF_INET, ("127.0.0.1", port))
    yield "metadata", lambda: dial(socket.AF_INET, ("169.254.169.254", 80))
    yield "outside", lambda: dial(socket.AF_INET, ("192.0.2.1", 80))
    yield "vsock", lambda: opens(lambda: socket.socket(40))
    yield "abstract socket", lambda: dial(socket.AF_UNIX, "\0" + TARGETS["abstract"])
    for pid in TARGETS["pids"]:
        yield f"signal {pid}", partial(signals_foreign, pid)
    yield "signal pid 1 to death", signal_first
    yield "mount", lambda: libc.mount(b"none", b"/tmp", b"tmpfs", 0, None) == 0
    yield "ptrace", lambda: libc.ptrace(16, 1, None, None) == 0
    yield "nested user namespace", lambda: libc.unshare(0x10000000) == 0
    yield "the program of pid 1", lambda: opens(lambda: os.readlink("/proc/1/exe"))
    yield "memory of pid 1", lambda: opens(lambda: os.open("/proc/1/mem", os.O_RDONLY))
    yield "chroot", lambda: opens(lambda: os.chroot("/tmp"))
    yield "become root", lambda: opens(lambda: os.setuid(0)) and os.getuid() == 0 and not mapped()
    yield "write to the checkout's origin", lambda: writes("/venv/x") or writes("/.enclosure/x")
    yield "write to the system", lambda: writes("/usr/x") or writes("/etc/x") or writes("/x")
    yield "setuid programs", setuid_gains
    yield "raw disk", lambda: any(os.path.exists(f"/dev/{name}") for name in ("vda", "sda", "mem"))
    yield "sysctl", lambda: writes("/proc/sys/kernel/hostname")


def mapped() -> bool:
    return os.getuid() == os.stat("/").st_uid


def canary_in_proc() -> bool:
    for pid in filter(str.isdigit, os.listdir("/proc")):
        for name in ("environ", "cmdline", "maps"):
            try:
                with open(f"/proc/{pid}/{name}", "rb") as file:
                    if CANARY.encode() in file.read():
                        return True
            except OSError:
                continue
        for name in ("cwd", "root", "exe"):
            try:
                target = os.readlink(f"/proc/{pid}/{name}")
            except OSError:
                continue
            if any(target.startswith(path) for path in TARGETS["paths"]):
                return True
    return False


def foreign_processes() -> bool:
    return any(int(pid) > 50 for pid in filter(str.isdigit, os.listdir("/proc")))


def signals_foreign(pid: int) -> bool:
    return opens(lambda: os.kill(pid, 0)) and not os.path.exists(f"/proc/{pid}")


def signal_first() -> bool:
    # As pid 1 of its namespace it is shielded from its children; were it the host's, this would
    # be the end.
    try:
        os.kill(1, signal.SIGKILL)
    except PermissionError:
        return False
    return not os.path.exists("/proc/1")


def dial(family: int, address: object) -> bool:
    with socket.socket(family) as client:
        client.settimeout(1)
        try:
            client.connect(address)  # type: ignore[arg-type]  # an address of whichever family
        except OSError:
            return False
        return True


def opens(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except OSError:
        return False
    return True


def writes(path: str) -> bool:
    try:
        with open(path, "w") as file:
            file.write("x")
    except OSError:
        return False
    return True


def setuid_gains() -> bool:
    with open("/proc/self/status") as file:
        fields = dict(line.split(":", 1) for line in file)
    kept = any(int(fields[name], 16) for name in ("CapPrm", "CapEff", "CapBnd", "CapInh", "CapAmb"))
    return kept or fields["NoNewPrivs"].strip() != "1" or fields["Seccomp"].strip() != "2"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        tried = list(attempts())
        reached = [name for name, attempt in tried if attempt()]
        body = json.dumps({"reached": reached, "tried": len(tried)}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    host = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1"
    HTTPServer((host, int(os.environ["PORT"])), Handler).serve_forever()
