"""A block as it was signed: what a row of es.block holds, and the note that follows from it."""

from dataclasses import dataclass
from datetime import datetime

from shared.proof.block import Block
from shared.proof.checkpoint import Checkpoint, Signer, Verifier


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """`tree_root` is over the hashes of all blocks up to this one; `signer` the public key."""

    block: Block
    tree_root: bytes
    sealed_at: datetime
    signature: bytes
    signer: str

    def checkpoint(self) -> Checkpoint:
        return checkpoint_of(
            self.block,
            origin=Verifier.parse(self.signer).name,
            tree_root=self.tree_root,
            sealed_at=self.sealed_at,
        )

    def note(self) -> str:
        return Verifier.parse(self.signer).note(self.checkpoint(), self.signature)

    def is_signed_by(self, verifier: Verifier) -> bool:
        return self.signer == verifier.text() and verifier.accepts(
            self.checkpoint(), self.signature
        )


def seal(block: Block, *, tree_root: bytes, sealed_at: datetime, signer: Signer) -> Seal:
    checkpoint = checkpoint_of(
        block, origin=signer.verifier.name, tree_root=tree_root, sealed_at=sealed_at
    )
    return Seal(
        block=block,
        tree_root=tree_root,
        sealed_at=sealed_at,
        signature=signer.sign(checkpoint),
        signer=signer.verifier.text(),
    )


def checkpoint_of(
    block: Block, *, origin: str, tree_root: bytes, sealed_at: datetime
) -> Checkpoint:
    return Checkpoint(
        origin=origin,
        blocks=block.number,
        tree_root=tree_root,
        position=block.last_position,
        block_hash=block.hash,
        sealed_at=sealed_at,
    )
