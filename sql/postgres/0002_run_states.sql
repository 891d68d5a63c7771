-- at most one for a thread: a run that waits for a person's approval
create table chatkit_run_states (
  user_id text collate "C" not null,
  thread_id text collate "C" not null,
  state text not null,
  constraint chatkit_run_states_pkey primary key (user_id, thread_id),
  constraint chatkit_run_states_thread_fkey foreign key (user_id, thread_id)
    references chatkit_threads (user_id, id)
    on delete cascade
);
