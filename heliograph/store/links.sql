-- name: insert_short_links
-- Those whose code was free; the others collided with one that was given out before.
insert into short_link (code, account_id, message_id, link_id, valid_until, target)
select * from unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::timestamptz[], $6::text[])
on conflict (code) do nothing
returning code

-- name: find_short_links
-- Listed sweeper: a visitor brings nothing but the code.
select code, account_id, message_id, link_id, valid_until, target from short_link where code = any($1::text[])

-- name: add_clicks
-- Clicks of people: one row for each visitor of a short link, sums for each day. A visitor is new on the
-- day of the first click. Where the message is older than $8 its partition may be gone: only sums then.
with came as (
    select * from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::integer[],
                         $6::timestamptz[], $7::timestamptz[])
         as c (account_id, message_id, link_id, visitor, clicks, first_at, last_at)
), kept as (
    insert into click as k (account_id, message_id, link_id, visitor, clicks, first_at, last_at)
    select * from came where message_id >= $8
    order by account_id, message_id, link_id, visitor
    on conflict (account_id, message_id, link_id, visitor) do update
    set clicks = k.clicks + excluded.clicks, last_at = greatest(k.last_at, excluded.last_at)
    returning k.account_id, k.link_id, k.first_at, k.clicks, k.message_id, k.visitor
)
select c.account_id, c.link_id, (c.first_at at time zone 'UTC')::date as day,
       sum(c.clicks)::bigint as total,
       count(*) filter (where k.clicks = c.clicks) as uniques
from came c
left join kept k on k.account_id = c.account_id and k.message_id = c.message_id
    and k.link_id = c.link_id and k.visitor = c.visitor
group by 1, 2, 3

-- name: add_days
-- In one order, so that two batches never wait for each other.
insert into click_day as d (account_id, link_id, day, total, uniques, bots, conversions)
select account_id, link_id, day, sum(total), sum(uniques), sum(bots), sum(conversions)
from unnest($1::bigint[], $2::bigint[], $3::date[], $4::bigint[], $5::bigint[], $6::bigint[],
            $7::bigint[]) as n (account_id, link_id, day, total, uniques, bots, conversions)
where exists (select from account a where a.id = n.account_id)
group by 1, 2, 3
order by 1, 2, 3
on conflict (account_id, link_id, day) do update
set total = d.total + excluded.total, uniques = d.uniques + excluded.uniques,
    bots = d.bots + excluded.bots, conversions = d.conversions + excluded.conversions

-- name: relax_commit
-- Of this transaction alone: its sums may be lost with the machine, and nobody waits for the disk.
select set_config('synchronous_commit', 'off', true)

-- name: list_days
select day, total, uniques as "unique", bots, conversions from click_day
where account_id = $1 and link_id = $2 and day between $3 and $4
order by day

-- name: count_recipients
-- Messages with ids in [$3, $4) that have the link, and those by whose short link somebody came.
select (select count(*) from short_link s
        where s.account_id = $1 and s.link_id = $2 and s.message_id >= $3 and s.message_id < $4
       ) as recipients,
       (select count(distinct c.message_id) from click c
        where c.account_id = $1 and c.link_id = $2 and c.message_id >= $3 and c.message_id < $4
       ) as reached

-- name: message_clicks
-- What became of the links in one message.
select s.link_id, s.code, s.converted_at, coalesce(sum(c.clicks), 0)::bigint as clicks,
       count(c.visitor) as visitors, min(c.first_at) as first_at, max(c.last_at) as last_at
from short_link s
left join click c on c.account_id = s.account_id and c.message_id = s.message_id
    and c.link_id = s.link_id
where s.account_id = $1 and s.message_id = $2
group by s.link_id, s.code, s.converted_at
order by s.link_id

-- name: convert_short_links
-- By code, or all links of a message. What was converted before keeps its time.
with found as (
    select code, message_id, link_id, converted_at from short_link
    where account_id = $1 and (code = $2 or message_id = $3)
    order by code for update
), fresh as (
    update short_link s set converted_at = $4 from found f
    where s.code = f.code and f.converted_at is null
)
select message_id, link_id, converted_at is null as fresh from found

-- name: drop_old
-- Listed sweeper: short links of messages that retention has dropped, a piece at a time.
delete from short_link
where code = any(array(select code from short_link where message_id < $1 limit $2))
returning code
