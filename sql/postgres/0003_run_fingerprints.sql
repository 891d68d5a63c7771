-- What a body that is sent again is known by, and the message it made.
alter table chatkit_runs
add column fingerprint text collate "C",
add column message_id text collate "C",
add constraint chatkit_runs_fingerprint_key unique (user_id, fingerprint);
