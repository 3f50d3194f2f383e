"""`python -m deploy.local up`: the whole stack in the foreground, from one folder.

What a person gets wrong, or a machine lacks, ends in a sentence and exit code 1."""

import argparse
import asyncio
import logging
import os
import sys

from deploy.failure import CannotStart
from deploy.keys import make_keys
from deploy.local import programs
from deploy.local.folders import DataFolderLock, make_folders
from deploy.local.ports import check_ports
from deploy.local.supervisor import Supervisor
from shared.bus.subjects import PROCESSES
from shared.runtime.hardening import harden
from shared.runtime.keys import KeyMissing
from shared.runtime.logging import JsonLines
from shared.runtime.settings import Settings, SettingsError, load
from shared.runtime.shutdown import Shutdown


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m deploy.local", description=__doc__)
    parser.add_argument("command", choices=["up"], help="start everything, stop it with Ctrl-C")
    parser.parse_args()
    harden()
    try:
        return up(load())
    except (CannotStart, SettingsError, KeyMissing) as error:
        print(error, file=sys.stderr)
        return 1


def up(settings: Settings) -> int:
    make_folders(settings)
    with DataFolderLock(settings.data_dir) as lock:
        check_ports(settings)
        programs.check(settings)
        make_keys(
            settings.keys,
            nats_users=PROCESSES,
            admin_token=settings.admin_token,
            webhook_secret=settings.webhook_secret,
            ai_key=settings.ai_key,
        )
        lock.say(f"process {os.getpid()}, {settings.gateway_url}")
        _log_to_file(settings)
        asyncio.run(_serve(settings))
    return 0


async def _serve(settings: Settings) -> None:
    shutdown = Shutdown()
    shutdown.listen()
    await Supervisor(settings, say).run(shutdown)


def say(text: str) -> None:
    print(text, flush=True)


def _log_to_file(settings: Settings) -> None:
    """The terminal is for people; what the supervisor did and why is in its own log."""
    handler = logging.FileHandler(settings.data_dir / "logs" / "supervisor.log", encoding="utf-8")
    handler.setFormatter(JsonLines("supervisor"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level)


if __name__ == "__main__":
    sys.exit(main())
