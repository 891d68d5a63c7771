-- Rows are jsonb as the protocol has it; the columns beside it are what a query needs to find them.
-- user_id is the distribution key: it leads every primary key, and every statement names it.
-- Keys compare by bytes, so that no change of the system's locale can break an index.
--
-- The indexes that give an order say "where position > 0", which is true of every row and said by every statement that wants
-- the order. So they are out of the question where a row is looked up by its id: with no statistics of a new and long thread the
-- planner takes both kinds to be equally good, and reading a whole thread for one id is what it may choose then.

create table chatkit_threads (
  user_id text collate "C" not null,
  id text collate "C" not null,
  -- the order of creation
  position bigint generated always as identity,
  -- what the next item gets: items are in the order in which they were added, whatever their clock said
  next_position bigint not null default 1,
  data jsonb not null,
  updated_at timestamptz not null default now(),
  -- the day of updated_at: indexed in its place, so that a message does not rewrite an index
  updated_on date not null default (now() at time zone 'utc')::date,
  constraint chatkit_threads_pkey primary key (user_id, id)
)
-- room for the next version of a row on its own page: every message writes one
with (fillfactor = 80);

create unique index chatkit_threads_position_idx on chatkit_threads (user_id, position)
where position > 0;

create index chatkit_threads_updated_on_idx on chatkit_threads (updated_on);

create table chatkit_items (
  user_id text collate "C" not null,
  thread_id text collate "C" not null,
  id text collate "C" not null,
  position bigint not null,
  -- never sent to the client
  hidden boolean not null,
  -- a client tool call that waits for its output
  pending_call boolean not null,
  data jsonb not null,
  constraint chatkit_items_pkey primary key (user_id, thread_id, id),
  constraint chatkit_items_thread_fkey foreign key (user_id, thread_id)
    references chatkit_threads (user_id, id)
    on delete cascade
);

-- a thread has one user: without that the planner multiplies the two and expects one item in every thread
create statistics chatkit_items_thread_stats (ndistinct, dependencies) on user_id, thread_id
from chatkit_items;

create unique index chatkit_items_position_idx on chatkit_items (user_id, thread_id, position)
where position > 0;

create index chatkit_items_visible_idx on chatkit_items (user_id, thread_id, position)
where position > 0
  and not hidden;

create index chatkit_items_pending_call_idx on chatkit_items (user_id, thread_id, position)
where pending_call;

create table chatkit_attachments (
  user_id text collate "C" not null,
  id text collate "C" not null,
  -- null until a message carries it
  thread_id text collate "C",
  data jsonb not null,
  saved_at timestamptz not null default now(),
  -- its thread is gone and its bytes are to be deleted
  deleted boolean not null default false,
  constraint chatkit_attachments_pkey primary key (user_id, id)
);

create index chatkit_attachments_thread_idx on chatkit_attachments (user_id, thread_id)
where thread_id is not null;

create index chatkit_attachments_unused_idx on chatkit_attachments (saved_at)
where thread_id is null
  and not deleted;

create index chatkit_attachments_deleted_idx on chatkit_attachments (user_id, id)
where deleted;

-- at most one for a thread: who may write to it, and until when
create table chatkit_runs (
  user_id text collate "C" not null,
  thread_id text collate "C" not null,
  id text collate "C" not null,
  expires_at timestamptz not null,
  -- unfinished items, as last seen
  pending jsonb not null default '[]',
  constraint chatkit_runs_pkey primary key (user_id, thread_id),
  constraint chatkit_runs_thread_fkey foreign key (user_id, thread_id)
    references chatkit_threads (user_id, id)
    on delete cascade
);

create index chatkit_runs_expires_at_idx on chatkit_runs (expires_at);

create table chatkit_feedback (
  user_id text collate "C" not null,
  thread_id text collate "C" not null,
  item_id text collate "C" not null,
  kind text not null,
  saved_at timestamptz not null default now(),
  constraint chatkit_feedback_pkey primary key (user_id, thread_id, item_id),
  constraint chatkit_feedback_kind_check check (kind in ('positive', 'negative')),
  constraint chatkit_feedback_item_fkey foreign key (user_id, thread_id, item_id)
    references chatkit_items (user_id, thread_id, id)
    on delete cascade
);
