"""What happened to an import."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportBegun:
    import_id: str
    account_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportCompleted:
    """`sha256` is that of the file, `key` the fingerprint of the key that had signed it; with
    `deploys` false the workloads in it rest until they are changed here."""

    import_id: str
    of_account: str | None
    events: int
    streams: int
    first_position: int
    last_position: int
    sha256: str
    key: str | None
    deploys: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRefused:
    """Nothing of it was kept."""

    import_id: str
    code: str
    message: str
    line: int | None
    position: int | None


ImportEvent = ImportBegun | ImportCompleted | ImportRefused
