-- Which items name which attachments: the bytes of an attachment stay as long as one item names it.
create table attachment_uses (
  user_id text not null,
  thread_id text not null,
  item_id text not null,
  attachment_id text not null,
  constraint attachment_uses_pkey primary key (user_id, thread_id, item_id, attachment_id),
  constraint attachment_uses_item_fkey foreign key (user_id, thread_id, item_id)
    references items (user_id, thread_id, id)
    on delete cascade
) strict, without rowid;

create index attachment_uses_attachment_idx on attachment_uses (user_id, attachment_id);

-- Whatever deletes the last item that names an attachment, its bytes are to be deleted then.
create trigger attachment_uses_last_deleted
after delete on attachment_uses
when not exists (
  select 1
  from attachment_uses
  where user_id = old.user_id
    and attachment_id = old.attachment_id
)
begin
  update attachments
  set deleted = 1
  where user_id = old.user_id
    and id = old.attachment_id;
end;

insert into attachment_uses (user_id, thread_id, item_id, attachment_id)
select distinct items.user_id, items.thread_id, items.id, json_extract(named.value, '$.id')
from items, json_each(items.data, '$.attachments') as named
where json_extract(items.data, '$.type') = 'user_message';

-- Ids are looked up without their user only to find bytes that belong to nobody.
create index attachments_id_idx on attachments (id);

-- What the URLs of attachments are signed with. The newest signs; those before it are believed as long as they are here.
create table signing_keys (
  id text not null,
  secret text not null,
  created_at integer not null,
  constraint signing_keys_pkey primary key (id)
) strict;
