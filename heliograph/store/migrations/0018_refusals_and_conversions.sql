-- What the operator says when a sender ID is refused; and broadcasts count what followed from their links.

alter table sender add column reason text not null default '';

create index short_link_converted on short_link (account_id, message_id) where converted_at is not null;
