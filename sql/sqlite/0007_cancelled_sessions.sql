-- Sessions whose client secrets are refused before they expire, by every process. After that a row has no use any more, and is deleted.
create table cancelled_sessions (
  id text not null,
  expires_at integer not null,
  constraint cancelled_sessions_pkey primary key (id)
) strict;

create index cancelled_sessions_expires_at_idx on cancelled_sessions (expires_at);
