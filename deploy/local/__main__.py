"""`python -m deploy.local up`: the whole stack in the foreground, from one folder; `backup` and
`restore` of that folder.

What a person gets wrong, or a machine lacks, ends in a sentence and exit code 1."""

import argparse
import asyncio
import logging
import os
import sys
from pathlib import Path

from deploy.failure import CannotStart
from deploy.keys import make_keys
from deploy.local import programs
from deploy.local.backup import backup
from deploy.local.folders import DataFolderLock, make_folders
from deploy.local.ports import check_ports
from deploy.local.restore import restore
from deploy.local.supervisor import Supervisor
from shared.bus.subjects import PROCESSES
from shared.runtime.hardening import harden
from shared.runtime.keys import KeyMissing
from shared.runtime.logging import JsonLines
from shared.runtime.settings import Settings, SettingsError, load
from shared.runtime.shutdown import Shutdown


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m deploy.local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("up", help="start everything, stop it with Ctrl-C")
    taking = commands.add_parser("backup", help="copy everything that is kept, while it runs")
    taking.add_argument("to", nargs="?", type=Path, help="a new folder; else one by the moment")
    giving = commands.add_parser("restore", help="make an empty data folder what a backup was")
    giving.add_argument("source", type=Path, help="the backup's folder")
    given = parser.parse_args()
    harden()
    try:
        match given.command:
            case "backup":
                return back_up(load(), given.to)
            case "restore":
                return bring_back(load(), given.source)
            case _:
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


def back_up(settings: Settings, to: Path | None) -> int:
    folder, written = backup(settings, to)
    say(
        f"{folder}\nholds everything up to log position {written.position}, and the keys: whoever"
        " reads it can read every secret.\nBring it back with"
        f" `make restore FROM={folder}` into an empty CHRONOPLANE_DATA_DIR."
    )
    return 0


def bring_back(settings: Settings, source: Path) -> int:
    written = restore(settings, source)
    say(
        f"{settings.data_dir} is what it was at {written.made_at} (log position"
        f" {written.position} or a little later). Start it with `make run`."
    )
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
