select b.hash from es.block b where b.block_no <= %(until)s order by b.block_no
