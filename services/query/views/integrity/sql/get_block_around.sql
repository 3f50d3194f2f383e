select b.block_no, b.first_position, b.last_position, b.root, b.previous_hash, b.hash, b.tree_root,
       b.sealed_at, b.signature, b.signer
  from es.block b
 where b.first_position <= %(position)s
 order by b.first_position desc
 limit 1
