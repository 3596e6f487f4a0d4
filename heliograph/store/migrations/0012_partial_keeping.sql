-- Senders can be switched off, and the names of what is switched off are free: as campaigns have it.

alter table sender add column enabled boolean not null default true;
drop index sender_name;
create unique index sender_name on sender (account_id, lower(name), coalesce(country, '')) where enabled;

drop index link_name;
create unique index link_name on link (account_id, lower(name)) where enabled;
