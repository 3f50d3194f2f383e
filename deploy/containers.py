"""What containers need before the processes start: keys, configurations, a migrated database.

`python -m deploy.containers keys` (as root, once at every start) fills one folder per container
with exactly the secrets it may have; `python -m deploy.containers migrate` brings the database to
this version. docker-compose.yml runs both."""

import argparse
import asyncio
import os
import shutil
import sys
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from deploy.failure import CannotStart
from deploy.keys import POSTGRES_OWNER, make_keys, make_private_folder, write_private
from deploy.local.database import migrate_database
from deploy.nats.config import Listener, render
from deploy.nats.users import callout_of, users_of
from services.edge import haproxy
from shared.bus.subjects import PROCESSES
from shared.runtime.keys import KeyMissing, Keys
from shared.runtime.settings import Settings, SettingsError, load

# The user of the image (deploy/Dockerfile), which HAProxy's container runs as, too.
OUR_USER = 10001
NATS_PORT = 4222

# A container has the secrets of this list and no others: what it has, its captor has.
NEEDS: dict[str, tuple[str, ...]] = {
    "gateway": ("nats/gateway", "installation", "webhook"),
    "command": (
        "nats/command",
        "postgres/chronoplane_command",
        "kek",
        "installation",
        "admin_token",
    ),
    "query": ("nats/query", "postgres/chronoplane_query", "kek", "installation"),
    "scheduler": ("nats/scheduler", "postgres/chronoplane_scheduler"),
    "prober": ("nats/prober",),
    "edge": ("nats/edge",),
    "callout": ("nats/callout", "nats_issuer", "installation"),
    "sealer": ("nats/sealer", "postgres/chronoplane_sealer", "checkpoint"),
    "webhooks": ("nats/webhooks", "postgres/chronoplane_webhooks"),
    "postgres": (f"postgres/{POSTGRES_OWNER}",),
}
# There only where an operator has given one.
OPTIONAL: dict[str, tuple[str, ...]] = {"gateway": ("ai",)}


def hand_out(settings: Settings, folder: Path) -> None:
    """From the folder with all keys to `folder/<container>`, which is that container's volume."""
    make_keys(
        settings.keys,
        nats_users=PROCESSES,
        admin_token=settings.admin_token,
        webhook_secret=settings.webhook_secret,
        ai_key=settings.ai_key,
    )
    for container, files in NEEDS.items():
        owner = 0 if container == "postgres" else OUR_USER
        optional = OPTIONAL.get(container, ())
        given = [name for name in optional if (settings.keys.folder / name).exists()]
        for name in (*files, *given):
            _give(settings.keys.folder / name, folder / container / name, owner)
        os.chown(folder / container, owner, owner)
    make_private_folder(folder / "nats")
    write_private(folder / "nats" / "nats.conf", nats_config(settings.keys), mode=0o400)
    _write_haproxy(settings)


def nats_config(keys: Keys) -> str:
    listener = Listener(host="0.0.0.0", port=NATS_PORT, store_dir=Path("/data"))  # noqa: S104 - its own network
    return render(listener, users_of(keys), callout_of(keys))


def owner_url(settings: Settings) -> str:
    if settings.postgres_dsn is None:
        raise CannotStart("CHRONOPLANE_POSTGRES_DSN is not set.")
    password = quote(settings.keys.postgres_password(POSTGRES_OWNER).reveal(), safe="")
    address = urlsplit(settings.postgres_dsn.reveal())
    place = address.netloc.rpartition("@")[2]
    return urlunsplit(address._replace(netloc=f"{POSTGRES_OWNER}:{password}@{place}"))


def _give(source: Path, target: Path, owner: int) -> None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.chown(target.parent, owner, owner)
    target.unlink(missing_ok=True)
    shutil.copy2(source, target)
    os.chown(target, owner, owner)


def _write_haproxy(settings: Settings) -> None:
    settings.run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    haproxy.write(haproxy.layout_of(settings), settings.run_dir)
    for path in (settings.run_dir, *settings.run_dir.iterdir()):
        os.chown(path, OUR_USER, OUR_USER)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m deploy.containers", description=__doc__)
    parser.add_argument("step", choices=["keys", "migrate"])
    parser.add_argument("--folder", type=Path, default=Path("/keys-of"))
    chosen = parser.parse_args()
    try:
        settings = load()
        if chosen.step == "keys":
            hand_out(settings, chosen.folder)
        else:
            asyncio.run(migrate_database(owner_url(settings), settings))
    except (CannotStart, SettingsError, KeyMissing) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
