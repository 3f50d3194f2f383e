-- Who signs in by his address is found by it. It stands in the clear in this view only, until it is erased.
set local role chronoplane_query;
create index principal_now_address on view.principal (lower(email)) where valid_to is null and email is not null;
