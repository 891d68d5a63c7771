-- Which items name which attachments: the bytes of an attachment stay as long as one item names it.
create table chatkit_attachment_uses (
  user_id text collate "C" not null,
  thread_id text collate "C" not null,
  item_id text collate "C" not null,
  attachment_id text collate "C" not null,
  constraint chatkit_attachment_uses_pkey primary key (user_id, thread_id, item_id, attachment_id),
  constraint chatkit_attachment_uses_item_fkey foreign key (user_id, thread_id, item_id)
    references chatkit_items (user_id, thread_id, id)
    on delete cascade
);

create index chatkit_attachment_uses_attachment_idx on chatkit_attachment_uses (user_id, attachment_id);

-- Whatever deletes the last item that names an attachment, its bytes are to be deleted then. The attachment is locked before the uses
-- are looked at: of two transactions that delete the last two, the second then sees what the first did.
create function chatkit_attachment_use_deleted() returns trigger language plpgsql as $$
begin
  perform from chatkit_attachments
  where user_id = old.user_id
    and id = old.attachment_id
  for update;

  update chatkit_attachments
  set deleted = true
  where user_id = old.user_id
    and id = old.attachment_id
    and not exists (
      select
      from chatkit_attachment_uses
      where user_id = old.user_id
        and attachment_id = old.attachment_id
    );

  return null;
end
$$;

create trigger chatkit_attachment_use_deleted
after delete on chatkit_attachment_uses
for each row execute function chatkit_attachment_use_deleted();

insert into chatkit_attachment_uses (user_id, thread_id, item_id, attachment_id)
select distinct user_id, thread_id, id, named ->> 'id'
from chatkit_items, jsonb_array_elements(data -> 'attachments') as named
where data ->> 'type' = 'user_message'
  and named ->> 'id' is not null;

-- Ids are looked up without their user only to find bytes that belong to nobody.
create index chatkit_attachments_id_idx on chatkit_attachments (id);

-- What the URLs of attachments are signed with. The newest signs; those before it are believed as long as they are here.
create table chatkit_signing_keys (
  id text collate "C" not null,
  secret text not null,
  created_at timestamptz not null default clock_timestamp(),
  constraint chatkit_signing_keys_pkey primary key (id)
);
