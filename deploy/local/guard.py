"""Becomes the program it is given, which then gets SIGTERM when the supervisor dies.

Run as a script of its own (`python -I -S guard.py <supervisor's pid> <program> ...`), because code
between fork and exec may deadlock in a parent with threads. Linux; elsewhere it only execs."""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    supervisor, program = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(PR_SET_PDEATHSIG, ctypes.c_ulong(signal.SIGTERM), 0, 0, 0) != 0:
            sys.exit(f"prctl: {os.strerror(ctypes.get_errno())}")
        if os.getppid() != supervisor:  # It died before we asked; the signal would never come.
            sys.exit(f"the supervisor {supervisor} is gone")
    os.execv(program[0], program)  # noqa: S606 - the supervisor's own list, no shell


if __name__ == "__main__":
    main()
