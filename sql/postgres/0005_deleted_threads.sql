-- A thread that was deleted is out of sight at once: whoever asks for threads asks the view. It and what it holds go after that, a few
-- rows at a time, and until then its id is taken.
alter table chatkit_threads
rename to chatkit_all_threads;

alter table chatkit_all_threads
add column deleted boolean not null default false;

create index chatkit_threads_deleted_idx on chatkit_all_threads (user_id, id)
where deleted;

create view chatkit_threads as
select *
from chatkit_all_threads
where not deleted;
