"""What may be asked of an import. The history itself comes in parts, beside the commands."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginImport:
    """`account_id` is that of whoever imports: the import is his, what it brings is not."""

    import_id: str
    account_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteImport:
    """Everything was taken in, at these positions. `of_account` None: a whole log."""

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
class RefuseImport:
    """Nothing was taken in. `line` of the file and `position` in its log, where one is to blame."""

    import_id: str
    code: str
    message: str
    line: int | None = None
    position: int | None = None


ImportCommand = BeginImport | CompleteImport | RefuseImport
