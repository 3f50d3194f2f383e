insert into view.service_tally as t (project_id, live) values (%(project_id)s, 1)
on conflict (project_id) do update set live = t.live + 1
