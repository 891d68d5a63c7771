-- Sessions whose client secrets are refused before they expire, by every process. After that a row has no use any more, and is deleted.
create table chatkit_cancelled_sessions (
  id text collate "C" not null,
  expires_at timestamptz not null,
  constraint chatkit_cancelled_sessions_pkey primary key (id)
);

create index chatkit_cancelled_sessions_expires_at_idx on chatkit_cancelled_sessions (expires_at);
