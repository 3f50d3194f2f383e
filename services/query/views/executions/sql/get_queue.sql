-- Of one that waits: how many wait before it in its tier, how many run there, what the last ones took.
select (select count(*) from view.execution w
         where valid(w) and w.outcome is null and w.stage = 'queued' and w.kind = 'job' and w.tier_id = x.tier_id
           and w.requested_from < x.requested_from),
       (select count(*) from view.execution w
         where valid(w) and w.outcome is null and w.stage <> 'queued' and w.kind = 'job' and w.tier_id = x.tier_id),
       (select (h.tier->>'max_simultaneous')::int from view.hardware_tier h where valid(h) and h.id = x.tier_id),
       (select avg(e.seconds) from (
          select w.seconds from view.execution w
           where valid(w) and w.tier_id = x.tier_id and w.outcome is not null and w.seconds is not null
           order by w.ended_at desc limit 20) e),
       exists (select from view.environment_revision r
                where valid(r) and r.id = x.revision_id and r.environment_id = x.environment_id
                  and r.status not in ('succeeded', 'failed', 'killed'))
  from view.execution x
 where valid(x) and x.id = %(id)s
