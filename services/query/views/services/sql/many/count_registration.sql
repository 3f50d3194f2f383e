with $given
insert into view.service_tally as t (project_id, live)
select w_project_id, count(*) from given group by w_project_id
on conflict (project_id) do update set live = t.live + excluded.live
