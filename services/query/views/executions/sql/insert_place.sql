insert into view.execution_place (id, valid_from, account_id, handle, name, repository, results, goals)
values (%(id)s, %(position)s, %(account_id)s, %(handle)s, %(name)s, %(repository)s::jsonb, 'main', '{}')
