"""Makes the secrets of an installation once: files 0400 in a folder 0700, read by shared/runtime.

An admin token or webhook secret given as a variable replaces the kept one, so that no child needs
it in its environment."""

import os
import re
import secrets
from pathlib import Path

from deploy.failure import CannotStart
from shared.bus.nkey import AccountKey
from shared.proof.checkpoint import KeyInvalid, Signer
from shared.runtime.keys import KEK_BYTES, Keys
from shared.runtime.secret import Secret

POSTGRES_ROLES = (
    "chronoplane_command",
    "chronoplane_query",
    "chronoplane_scheduler",
    "chronoplane_sealer",
    "chronoplane_webhooks",
)
POSTGRES_OWNER = "chronoplane_admin"  # initdb's superuser: migrates, serves nobody
_TOKEN = re.compile(r"[\x21-\x7e]{8,512}\Z")


def make_keys(
    keys: Keys,
    *,
    nats_users: tuple[str, ...],
    admin_token: Secret | None,
    webhook_secret: Secret | None,
    ai_key: Secret | None = None,
) -> None:
    for folder in (keys.folder, keys.folder / "nats", keys.folder / "postgres"):
        make_private_folder(folder)
    for file in (keys.kek_file, keys.installation_file):
        _make_once(file, secrets.token_hex(KEK_BYTES))
    _make_checkpoint_key(keys)
    _make_once(keys.nats_issuer_file, AccountKey.new().seed)
    for user in nats_users:
        _make_once(keys.nats_file(user), secrets.token_urlsafe(32))
    for role in (POSTGRES_OWNER, *POSTGRES_ROLES):
        _make_once(keys.postgres_file(role), secrets.token_urlsafe(32))
    _keep(keys.admin_token_file, admin_token, "CHRONOPLANE_ADMIN_TOKEN")
    _keep(keys.webhook_file, webhook_secret, "CHRONOPLANE_WEBHOOK_SECRET")
    if ai_key is not None:
        _keep(keys.ai_file, ai_key, "CHRONOPLANE_AI_KEY")


def make_private_folder(folder: Path) -> None:
    """A folder that only we may enter, made or checked."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
        if not folder.is_dir() or folder.is_symlink() or found.st_uid != os.geteuid():
            # Somebody else's folder below /tmp could swap our sockets for his.
            raise CannotStart(f"The folder {folder} is not ours; remove it or choose another.")
        if found.st_mode & 0o077:
            folder.chmod(0o700)
    except OSError as error:
        raise CannotStart(f"The folder {folder} cannot be made: {error.strerror}.") from error


def write_private(file: Path, text: str, *, mode: int = 0o400) -> None:
    """Whole or not at all, and never readable by others, not even for a moment."""
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        os.write(handle, text.encode())
        os.fsync(handle)
    finally:
        os.close(handle)
    draft.replace(file)


def _make_once(file: Path, text: str) -> None:
    if not file.exists():
        write_private(file, text + "\n")


def _make_checkpoint_key(keys: Keys) -> None:
    """The pair that signs the log's checkpoints. The public half is for everybody to keep."""
    _make_once(keys.checkpoint_file, Signer.new().text())
    try:
        signer = Signer.parse(keys.checkpoint().reveal())
    except KeyInvalid as error:
        raise CannotStart(f"The key file {keys.checkpoint_file} is broken: {error}.") from error
    write_private(keys.checkpoint_public_file, signer.verifier.text() + "\n", mode=0o444)


def _keep(file: Path, given: Secret | None, setting: str) -> None:
    if given is None:
        _make_once(file, "cp_" + secrets.token_urlsafe(32))
        return
    if _TOKEN.match(given.reveal()) is None:
        raise CannotStart(f"{setting} must be 8 to 512 printable characters without spaces.")
    write_private(file, given.reveal() + "\n")
