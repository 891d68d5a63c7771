-- What a row's JSON takes: a page is not to grow beyond its size, and rows that are kept compressed do not tell theirs.
alter table chatkit_items
add column bytes integer not null generated always as (octet_length(data::text)) stored;

alter table chatkit_threads
add column bytes integer not null generated always as (octet_length(data::text)) stored;
