-- The same of a past moment, whose rows are found in an index alone: it knows the status, which only
-- what is to run has, and not the workload.
with found as materialized (
  select s.id, s.valid_from, s.created_at
    from view.service s
   where valid(s) and s.project_id = %(project_id)s and s.status is not null
     and (%(status)s::text is null or s.status = %(status)s)),
total as (select count(*) as total from found),
page as (
  select f.id, f.valid_from
    from found f
   order by f.created_at desc, f.id desc limit %(limit)s offset %(offset)s)
select t.total, s.id, s.project_id, s.account_id, s.name, s.slug, s.description, s.labels, s.revision, s.version, s.workload,
       s.status, s.rollout, s.rollout_reason, s.rollout_message, s.replicas_wanted, s.replicas_current,
       s.replicas_ready, s.created_at, s.updated_at,
       d.id, d.number, d.revision, d.trigger, d.commit, d.status, d.reason, d.message, d.last_probe, d.exit_cause,
       d.log_tail, d.created_at, d.finished_at,
       v.id, v.number, v.revision, v.trigger, v.commit, v.status, v.reason, v.message, v.last_probe, v.exit_cause,
       v.log_tail, v.created_at, v.finished_at, s.scaled_at, s.registration,
       w.url, w.is_healthy, w.reason, w.at, c.domain, c.is_verified, c.reason, c.at,
       (select u.why from view.placement u where u.service_id = s.id and valid(u))
  from total t
  left join page p on true
  left join view.service s on s.id = p.id and s.valid_from = p.valid_from
  left join view.deployment d on d.id = s.deployment_id and valid(d)
  left join view.deployment v on v.id = s.serving_id and valid(v)
  left join view.watch w on w.service_id = s.id and valid(w)
  left join view.custom_domain c on c.service_id = s.id and valid(c)
 order by s.created_at desc, s.id desc
