-- A checkpoint writes when a run expires. While no index knows that, it writes nothing but the row, on its own page where there is room.
-- (There are as many rows as answers under way, so that the few who look for expired ones can read them all.)
drop index chatkit_runs_expires_at_idx;

alter table chatkit_runs
set (fillfactor = 50);
