-- at most one for a thread: a run that waits for a person's approval
create table run_states (
  user_id text not null,
  thread_id text not null,
  state text not null,
  constraint run_states_pkey primary key (user_id, thread_id),
  constraint run_states_thread_fkey foreign key (user_id, thread_id)
    references threads (user_id, id)
    on delete cascade
) strict;
