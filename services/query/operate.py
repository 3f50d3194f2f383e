"""What an operator does to views beside a running process: build one anew, drop an old version."""

import asyncio
import sys

from services.query.rebuild import RebuildFailed, drop, rebuild, rebuild_together
from services.query.registry import PROJECTED
from shared.runtime.logging import configure
from shared.runtime.settings import Settings, SettingsError, load

USAGE = """\
python -m services.query rebuild <view>|all [--accept-differences]
python -m services.query drop <view> <version>
views: {views}
"""


def operate(arguments: list[str]) -> int:
    configure("query")
    try:
        settings = load()
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 1
    try:
        return asyncio.run(run_command(settings, arguments))
    except RebuildFailed as error:
        print(error, file=sys.stderr)
        return 1


async def run_command(settings: Settings, arguments: list[str]) -> int:
    dsn = settings.postgres_conninfo("query")
    views = {view.name: view for view in PROJECTED}
    match arguments:
        case ["rebuild", name, *rest] if name in views and rest in ([], ["--accept-differences"]):
            done = await rebuild(
                dsn, views[name], settings.keys.kek(), accept_differences=bool(rest)
            )
            print(
                f"{name} version {done.version} is live at position {done.position}"
                f" ({done.rows} rows, {'equal' if done.equal else 'different'});"
                f" version {done.version - 1} stays until it is dropped"
            )
            return 0
        case ["rebuild", "all", *rest] if rest in ([], ["--accept-differences"]):
            every = await rebuild_together(
                dsn, PROJECTED, settings.keys.kek(), accept_differences=bool(rest)
            )
            rows = sum(done.rows for done in every)
            print(f"{len(every)} views are live in new versions ({rows} rows)")
            return 0
        case ["drop", name, version] if name in views and version.isdecimal():
            await drop(dsn, views[name], int(version))
            print(f"{name} version {version} is gone")
            return 0
        case _:
            print(USAGE.format(views=", ".join(views)), file=sys.stderr)
            return 2
