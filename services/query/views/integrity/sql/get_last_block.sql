select b.block_no, b.first_position, b.last_position, b.root, b.previous_hash, b.hash, b.tree_root,
       b.sealed_at, b.signature, b.signer
  from es.block b
 order by b.block_no desc
 limit 1
