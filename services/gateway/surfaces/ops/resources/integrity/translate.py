"""From documents to `/ops`: evidence."""

from services.gateway.surfaces.ops.resources.integrity import wire
from shared.kernel.time import format_rfc3339
from shared.queries.integrity import ConsistencyDocument, IntegrityDocument, ProofDocument


def from_integrity(document: IntegrityDocument) -> wire.Integrity:
    verified = document.verification
    return wire.Integrity(
        head=document.head,
        sealed_to=document.sealed_to,
        blocks=document.blocks,
        checkpoint=document.checkpoint,
        public_key=document.public_key,
        verification=None
        if verified is None
        else wire.Verification(
            at=format_rfc3339(verified.at),
            to_position=verified.to_position,
            bad_position=verified.bad_position,
            reason=verified.reason,
        ),
    )


def from_proof(document: ProofDocument) -> wire.Proof:
    block = document.block
    return wire.Proof(
        position=document.position,
        event_id=document.event_id,
        recorded_at=format_rfc3339(document.recorded_at),
        leaf=document.leaf,
        path=list(document.path),
        block=wire.Block(
            number=block.number,
            first_position=block.first_position,
            last_position=block.last_position,
            root=block.root,
            previous_hash=block.previous_hash,
            hash=block.hash,
        ),
        checkpoint=document.checkpoint,
    )


def from_consistency(document: ConsistencyDocument) -> wire.Consistency:
    return wire.Consistency(
        old_checkpoint=document.old_checkpoint,
        new_checkpoint=document.new_checkpoint,
        path=list(document.path),
    )
