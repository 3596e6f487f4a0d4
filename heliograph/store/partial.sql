-- name: clicked_messages
-- Smart link → messages by whose short link somebody has come.
select link_id, count(distinct message_id) as messages from click
where account_id = $1 and link_id = any($2::bigint[])
group by link_id

-- name: url_conversion
-- Of all short links that lead to one of these smart links, or by themselves to one of these URLs.
with led as (
    select message_id, link_id from short_link where account_id = $1 and link_id = any($2::bigint[])
    union
    select message_id, link_id from short_link
    where account_id = $1 and link_id = 0 and target = any($3::text[])
)
select count(distinct led.message_id) as recipients, count(distinct c.message_id) as reached,
       coalesce(sum(c.clicks), 0)::bigint as clicks
from led
left join click c on c.account_id = $1 and c.message_id = led.message_id and c.link_id = led.link_id

-- name: next_broadcast
-- A number of the broadcasts' own sequence that no broadcast will have.
select nextval(pg_get_serial_sequence('broadcast', 'id'))

-- name: unknown_senders
-- Of a sender list: members that the account has not, but for those that it was saved with before.
select n.id from unnest($3::bigint[]) as n (id)
where not exists (select from sender s where s.account_id = $1 and s.id = n.id)
    and not exists (select from sender_list l where l.account_id = $1 and l.id = $2 and n.id = any(l.sender_ids))
limit 10

-- name: unknown_links
-- The same of a link list.
select n.id from unnest($3::bigint[]) as n (id)
where not exists (select from link s where s.account_id = $1 and s.id = n.id)
    and not exists (select from link_list l where l.account_id = $1 and l.id = $2 and n.id = any(l.link_ids))
limit 10

-- name: is_default_campaign
select exists (select from campaign where account_id = $1 and id = $2 and is_default)
