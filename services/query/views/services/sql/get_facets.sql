-- keyed
select s.id, s.project_id, s.workload is not null, s.registration, s.conversation, s.participation
  from view.service s
 where valid(s) and s.id = %(service_id)s
