"""The first program inside a sandbox: drops every right, starts the app, relays its port, reports
its end.

This folder is bound into the sandbox by itself and uses the standard library only. The orders
come as one line of JSON from an inherited pipe, so that no secret is in an argument or an
environment. It survives an app that kills it (the sandbox ends with it) and a keeper that dies
(the pipe closes; it ends the app).
"""

import ctypes
import json
import os
import resource
import selectors
import signal
import socket
import sys
from typing import Any

from services.scheduler.runtimes.process.inside.relay import Relay

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP = 1, 4, 24
PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 36, 38
_libc = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    control, status, listener = (int(text) for text in sys.argv[1:4])
    close_others({0, 1, 2, control, status, listener})
    orders = json.loads(read_line(control))
    wake, waker = os.pipe()
    for end in (wake, waker):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(waker)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    _libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    drop_rights(orders)
    app = start_app(orders, status)
    relay = Relay()
    if listener >= 0:
        relay.listen(socket.socket(fileno=listener), ("127.0.0.1", int(orders["port"])))
    if orders.get("proxy"):
        relay.listen(open_proxy_port(orders["proxy"]["port"]), orders["proxy"]["path"])
    code = run_until_exit(app, relay, control, wake)
    os.write(status, f"exit {code}\n".encode())
    kill_children()


def close_others(kept: set[int]) -> None:
    for name in os.listdir("/proc/self/fd"):
        if int(name) not in kept:
            try:
                os.close(int(name))
            except OSError:
                continue  # the listing's own descriptor is gone already
    for descriptor in kept:
        if descriptor > 2:
            os.set_inheritable(descriptor, False)


def read_line(descriptor: int) -> bytes:
    read = bytearray()
    while not read.endswith(b"\n"):
        byte = os.read(descriptor, 1)
        if not byte:
            raise SystemExit(70)
        read += byte
    return bytes(read)


def drop_rights(orders: dict[str, Any]) -> None:
    if orders["uid"] is not None:
        # The top of an overlay belongs to who mounted it; apps expect to write beside their code.
        os.chown(orders["cwd"], orders["uid"], orders["uid"])
        for capability in range(64):
            if _libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
                break
        os.setgroups([])
        os.setresgid(orders["uid"], orders["uid"], orders["uid"])
        os.setresuid(orders["uid"], orders["uid"], orders["uid"])
    _libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    # A change of user clears the signal bwrap asked for at its parent's death, so it is asked for
    # again.
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    signal.signal(signal.SIGTERM, lambda *_: end_at_once())


def end_at_once() -> None:
    kill_children()
    os._exit(71)


def start_app(orders: dict[str, Any], status: int) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            become_app(orders)
        except OSError as error:
            os.write(2, f"cannot start: {error}\n".encode())
        os._exit(127)
    os.write(status, f"started {pid}\n".encode())
    return pid


def become_app(orders: dict[str, Any]) -> None:
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGPIPE, signal.SIGHUP, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    os.setsid()
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    os.umask(0o022)
    for name, value in orders["limits"].items():
        kind = getattr(resource, name)
        hard = resource.getrlimit(kind)[1]
        cap = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (cap, cap))
    os.chdir(orders["cwd"])
    argv = orders["argv"]
    os.execvpe(argv[0], argv, orders["env"])  # noqa: S606 - this is the sandboxed start


def kill_children() -> None:
    """As the reaper of this tree, end what is left of it; also what called setsid or was
    orphaned.
    """
    for _ in range(1000):
        children = list(children_of(os.getpid()))
        for pid in children:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        try:
            os.waitpid(-1, 0 if children else os.WNOHANG)
        except ChildProcessError:
            return


def children_of(parent: int) -> list[int]:
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:
                    fields = file.read().rpartition(b")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == parent:
                found.append(int(name))
    return found


def open_proxy_port(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(64)
    return listener


def run_until_exit(app: int, relay: Relay, control: int, wake: int) -> int:
    """The app's wait status, as `os.waitstatus_to_exitcode` says it: negative for a signal."""
    relay.selector.register(control, selectors.EVENT_READ)
    relay.selector.register(wake, selectors.EVENT_READ)
    while True:
        for key, _ in relay.selector.select():
            if key.fd == wake:
                os.read(wake, 4096)
            elif key.fd == control:
                obey(app, control)
            else:
                relay.serve(key.data)
        ended = reap(app)
        if ended is not None:
            return ended


def obey(app: int, control: int) -> None:
    order = os.read(control, 1)
    if order == b"T":
        signal_group(app, signal.SIGTERM)
    elif order == b"":
        # The keeper is gone: nobody would log, limit or stop this app any more.
        end_at_once()


def reap(app: int) -> int | None:
    ended = None
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended
        if pid == 0:
            return ended
        if pid == app:
            ended = os.waitstatus_to_exitcode(status)


def signal_group(leader: int, number: int) -> None:
    try:
        os.killpg(leader, number)
    except ProcessLookupError:
        return
