-- Rows are JSON text as the protocol has it; the columns beside it are what a query needs to find them.
-- Times are milliseconds since 1970.

create table threads (
  user_id text not null,
  id text not null,
  -- the order of creation
  position integer not null,
  -- what the next item gets: items are in the order in which they were added, whatever their clock said
  next_position integer not null,
  data text not null,
  updated_at integer not null,
  -- the day of updated_at: indexed in its place, so that not every message rewrites the index
  updated_on integer not null,
  constraint threads_pkey primary key (user_id, id),
  constraint threads_position_key unique (user_id, position)
) strict;

create index threads_updated_on_idx on threads (updated_on);

create table items (
  user_id text not null,
  thread_id text not null,
  id text not null,
  position integer not null,
  -- never sent to the client
  hidden integer not null,
  -- a client tool call that waits for its output
  pending_call integer not null,
  data text not null,
  constraint items_pkey primary key (user_id, thread_id, id),
  constraint items_position_key unique (user_id, thread_id, position),
  constraint items_thread_fkey foreign key (user_id, thread_id)
    references threads (user_id, id)
    on delete cascade
) strict;

create index items_hidden_idx on items (user_id, thread_id, hidden, position);

create index items_pending_call_idx on items (user_id, thread_id, position)
where pending_call = 1;

create table attachments (
  user_id text not null,
  id text not null,
  -- null until a message carries it
  thread_id text,
  data text not null,
  saved_at integer not null,
  -- its thread is gone and its bytes are to be deleted
  deleted integer not null default 0,
  constraint attachments_pkey primary key (user_id, id)
) strict;

create index attachments_thread_idx on attachments (user_id, thread_id);

create index attachments_unused_idx on attachments (saved_at)
where thread_id is null;

create index attachments_deleted_idx on attachments (user_id, id)
where deleted = 1;

-- at most one for a thread: who may write to it, and until when
create table runs (
  user_id text not null,
  thread_id text not null,
  id text not null,
  expires_at integer not null,
  -- unfinished items, as last seen
  pending text not null,
  constraint runs_pkey primary key (user_id, thread_id),
  constraint runs_thread_fkey foreign key (user_id, thread_id)
    references threads (user_id, id)
    on delete cascade
) strict;

create index runs_expires_at_idx on runs (expires_at);

create table feedback (
  user_id text not null,
  thread_id text not null,
  item_id text not null,
  kind text not null,
  saved_at integer not null,
  constraint feedback_pkey primary key (user_id, thread_id, item_id),
  constraint feedback_kind_check check (kind in ('positive', 'negative')),
  constraint feedback_item_fkey foreign key (user_id, thread_id, item_id)
    references items (user_id, thread_id, id)
    on delete cascade
) strict;
