-- What a body that is sent again is known by, and the message it made.
alter table runs add column fingerprint text;

alter table runs add column message_id text;

create index runs_fingerprint_idx on runs (user_id, fingerprint)
where fingerprint is not null;
