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
