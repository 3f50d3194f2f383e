select g.key, x.project_id, p.goals->g.key->>'title', p.goals->g.key->>'description', p.goals->g.key->>'stage_id',
       coalesce((p.goals->g.key->>'is_complete')::boolean, false)
  from view.execution x
  join view.execution_place p on p.id = x.project_id and valid(p)
  cross join lateral jsonb_array_elements_text(x.goals) with ordinality g(key, place)
 where valid(x) and x.id = %(id)s and x.kind = 'job' and p.goals ? g.key
 order by g.place
