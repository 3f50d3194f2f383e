"""Evidence on the wire. Hashes are hexadecimal, checkpoints signed notes."""

from pydantic import BaseModel

from services.gateway.parameters import Query, QueryInt


class Verification(BaseModel):
    """The last full pass over the log. `bad_position` null: all as it was sealed."""

    at: str
    to_position: int
    bad_position: int | None
    reason: str | None


class Integrity(BaseModel):
    head: int
    sealed_to: int
    blocks: int
    checkpoint: str | None
    public_key: str | None
    verification: Verification | None


class Block(BaseModel):
    number: int
    first_position: int
    last_position: int
    root: str
    previous_hash: str
    hash: str


class Proof(BaseModel):
    """entry hash + `path` gives `block.root`, that gives `block.hash`, which `checkpoint` signs."""

    position: int
    event_id: str
    recorded_at: str
    leaf: str
    path: list[str]
    block: Block
    checkpoint: str


class ConsistencyQuery(Query):
    old_blocks: QueryInt
    new_blocks: QueryInt | None = None


class Consistency(BaseModel):
    old_checkpoint: str
    new_checkpoint: str
    path: list[str]


class ExportQuery(Query):
    account: str | None = None
