"""The secrets of an installation as files 0400 of one folder: read here, made by deploy/.

Files and never variables or arguments: every user of the machine can read another's arguments,
and an environment ends in crash reports and in children."""

from pathlib import Path

from shared.runtime.refusing import CannotServe
from shared.runtime.secret import Secret

KEK_BYTES = 32


class KeyMissing(CannotServe):
    """A sentence naming the file."""


class Keys:
    __slots__ = ("folder",)

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def kek_file(self) -> Path:
        return self.folder / "kek"

    @property
    def installation_file(self) -> Path:
        return self.folder / "installation"

    @property
    def admin_token_file(self) -> Path:
        return self.folder / "admin_token"

    @property
    def webhook_file(self) -> Path:
        return self.folder / "webhook"

    @property
    def ai_file(self) -> Path:
        """There only where an operator has given one."""
        return self.folder / "ai"

    @property
    def checkpoint_file(self) -> Path:
        return self.folder / "checkpoint"

    @property
    def checkpoint_public_file(self) -> Path:
        """Public: hand it to whoever verifies an export."""
        return self.folder / "checkpoint.pub"

    @property
    def nats_issuer_file(self) -> Path:
        """Signs who may enter the bus: whoever has it enters as anybody."""
        return self.folder / "nats_issuer"

    def nats_file(self, process: str) -> Path:
        return self.folder / "nats" / process

    def postgres_file(self, role: str) -> Path:
        return self.folder / "postgres" / role

    def kek(self) -> bytes:
        """The key encryption key: it wraps the data keys of the vault."""
        return self._hex(self.kek_file)

    def installation(self) -> bytes:
        """What only this installation knows: ids made from clients' keys derive from it."""
        return self._hex(self.installation_file)

    def admin_token(self) -> Secret:
        return self._text(self.admin_token_file)

    def webhook(self) -> Secret:
        return self._text(self.webhook_file)

    def ai(self) -> Secret | None:
        """The key of the API that the chat asks; None where it needs none."""
        return self._text(self.ai_file) if self.ai_file.exists() else None

    def checkpoint(self) -> Secret:
        """What signs the log's checkpoints (shared/proof/checkpoint.py reads it)."""
        return self._text(self.checkpoint_file)

    def nats_issuer(self) -> Secret:
        return self._text(self.nats_issuer_file)

    def nats_password(self, process: str) -> Secret:
        return self._text(self.nats_file(process))

    def postgres_password(self, role: str) -> Secret:
        return self._text(self.postgres_file(role))

    def _hex(self, file: Path) -> bytes:
        try:
            key = bytes.fromhex(self._text(file).reveal())
        except ValueError:
            raise KeyMissing(f"The key file {file} does not hold hexadecimal digits.") from None
        if len(key) != KEK_BYTES:
            raise KeyMissing(f"The key file {file} holds {len(key)} bytes instead of {KEK_BYTES}.")
        return key

    @staticmethod
    def _text(file: Path) -> Secret:
        try:
            text = file.read_text(encoding="ascii").strip()
        except OSError as error:
            raise KeyMissing(f"The key file {file} cannot be read: {error.strerror}.") from error
        except UnicodeDecodeError:
            raise KeyMissing(f"The key file {file} is not plain text.") from None
        if not text:
            raise KeyMissing(f"The key file {file} is empty.")
        return Secret(text)
