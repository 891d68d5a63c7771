-- A thread that was deleted is out of sight at once: its position is negative from then on, and whoever asks for threads asks for
-- positive ones. It and what it holds go after that, a few rows at a time, and until then its id is taken.
create index threads_deleted_idx on threads (user_id, id)
where position < 0;
