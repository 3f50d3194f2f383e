insert into view.hardware_tier (id, valid_from, account_id, tier, is_archived, default_since, created_at, updated_at)
values (%(id)s, %(position)s, %(account_id)s, %(tier)s::jsonb, false,
        case when %(is_default)s then %(position)s::bigint end, %(at)s, %(at)s)
