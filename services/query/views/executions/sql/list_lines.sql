-- Lines of one microsecond are told apart by their order, in the last three digits.
with numbered as (
  select l.stream, l.message, l.seq,
         (extract(epoch from l.at) * 1000000)::bigint * 1000
           + least(999, row_number() over (partition by l.at order by l.stream = 'system' desc, l.seq) - 1) as nano
    from telemetry.log_line l
   where l.service_id = %(id)s and l.at >= %(since)s and l.at <= %(until)s)
select n.nano, n.stream, n.message
  from numbered n
 where n.nano > %(after)s and (%(stream)s::text is null or n.stream = %(stream)s)
 order by n.nano, n.seq
 limit %(limit)s
