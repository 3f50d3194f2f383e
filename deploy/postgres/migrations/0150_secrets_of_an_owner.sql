-- Whose secrets these are is asked before they are erased.
set local role chronoplane_owner;
create index secret_owner on vault.secret (account_id, owner_id);
