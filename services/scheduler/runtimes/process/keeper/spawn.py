"""Start the sandbox's first program with its pipes, inside its control groups, with an empty
environment.
"""

import json
import os
import socket
from typing import Any

from services.scheduler.runtimes.process.keeper import cgroups


class Child:
    """The started program: its pid (bwrap's, or the enclosure's where nothing isolates) and our
    ends of its pipes.
    """

    __slots__ = ("control", "err", "out", "pid", "status")

    def __init__(self, pid: int, *, control: int, status: int, out: int, err: int) -> None:
        self.pid, self.control, self.status = pid, control, status
        self.out, self.err = out, err


def listen(path: str) -> socket.socket:
    """Made outside the sandbox, where the app cannot swap it for a link to another socket."""
    unlink(path)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(512)
    return listener


def unlink(path: str) -> None:
    if os.path.lexists(path):
        os.unlink(path)


def start(spec: dict[str, Any], listener: socket.socket | None, folders: list[str]) -> Child:
    control_in, control = os.pipe()
    status, status_in = os.pipe()
    out, out_in = os.pipe()
    err, err_in = os.pipe()
    filter_file = _filter_file(spec.get("seccomp"))
    passed = [control_in, status_in, *([listener.fileno()] if listener else [])]
    handed = [str(number) for number in (passed if listener else [*passed, -1])]
    argv = [str(part).replace("{seccomp}", str(filter_file)) for part in spec["argv"]] + handed
    pid = os.fork()
    if pid == 0:
        try:
            os.setsid()
            cgroups.enter(folders)
            null = os.open("/dev/null", os.O_RDONLY)
            for source, target in ((null, 0), (out_in, 1), (err_in, 2)):
                os.dup2(source, target)
            for number in passed + ([filter_file] if filter_file >= 0 else []):
                os.set_inheritable(number, True)
            os.execve(argv[0], argv, {})  # noqa: S606 - no shell is the point
        except OSError as error:
            os.write(2, f"cannot start {argv[0]}: {error}\n".encode())
        os._exit(126)
    for number in (control_in, status_in, out_in, err_in):
        os.close(number)
    if filter_file >= 0:
        os.close(filter_file)
    _send_orders(control, spec["orders"])
    for number in (status, out, err):
        os.set_blocking(number, False)
    return Child(pid, control=control, status=status, out=out, err=err)


def _filter_file(encoded: str | None) -> int:
    if not encoded:
        return -1
    number = os.memfd_create("seccomp", os.MFD_CLOEXEC)
    os.write(number, bytes.fromhex(encoded))
    os.lseek(number, 0, os.SEEK_SET)
    return number


def _send_orders(control: int, orders: dict[str, Any]) -> None:
    unsent = json.dumps(orders).encode() + b"\n"
    try:
        while unsent:
            unsent = unsent[os.write(control, unsent) :]
    except BrokenPipeError:
        return  # it died at once; its exit is told by the loop
