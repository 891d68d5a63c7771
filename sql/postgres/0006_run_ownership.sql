-- What a run remembers, so that its answer can be asked for again when its process has died.
alter table chatkit_runs
-- what is answered, where that is no message
add column input jsonb,
-- the state of a paused run that it has taken up
add column state text,
-- items from here on it has stored since it was last heard of
add column start_position bigint;
