-- An item is kept letter for letter: jsonb brings the keys of its objects into an order of its own, and what a client tool or a widget
-- holds would be read otherwise than it was told. The size depends on the column, and is made anew.
alter table chatkit_items
drop column bytes,
alter column data type json using data::json;

alter table chatkit_items
add column bytes integer not null generated always as (octet_length(data::text)) stored;
