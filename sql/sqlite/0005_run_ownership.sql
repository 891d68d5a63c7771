-- What a run remembers, so that its answer can be asked for again when its process has died.
-- What is answered, where that is no message.
alter table runs add column input text;

-- The state of a paused run that it has taken up.
alter table runs add column state text;

-- Items from here on it has stored since it was last heard of.
alter table runs add column start_position integer;

-- The boot of the machine whose uptime expires_at is read on; null: it is the wall clock.
alter table runs add column boot_id text;

-- What expires_at is never further away than; if it is, the clock was set back.
alter table runs add column lease_ms integer;

-- What is left of a lease depends on its clock, so nothing is looked up by this any more; and each checkpoint wrote it.
drop index runs_expires_at_idx;
