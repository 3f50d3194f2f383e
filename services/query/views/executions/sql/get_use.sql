-- The newest samples of one that runs: what it used of processors lately, in percent of one, and its memory.
with newest as (
  select s.at, s.cpu_seconds, s.memory_bytes from telemetry.sample s
   where s.service_id = %(id)s and s.at > %(since)s and s.at <= %(until)s
   order by s.at desc limit 6)
select 100 * (max(n.cpu_seconds) - min(n.cpu_seconds)) / nullif(extract(epoch from max(n.at) - min(n.at)), 0)::float8,
       (select l.memory_bytes from newest l order by l.at desc limit 1)
  from newest n
