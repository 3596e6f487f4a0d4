-- name: usage
-- What an account sent, by country: messages with ids in [$2, $3). Test messages and cancelled ones ($4)
-- are no usage; money counts while it is held or captured ($5). Ids are times, so partitions prune.
select coalesce(country, '') as country, count(*) as messages, sum(parts) as parts,
       coalesce(sum(price_micros) filter (where charge = any($5::smallint[])), 0)::bigint as cost_micros
from message
where account_id = $1 and id >= $2 and id < $3 and not test and status <> $4
group by 1
order by 1

-- name: convert_message
-- Marks a message with the route and the carrier of its last attempt; the first mark stays. The detail
-- of an attempt begins with its route; other details may hold what no jsonb can.
with found as (
    select m.account_id, m.id, m.carrier_id, m.country,
           (select substring(e.detail from '^\{"route":(\d+)')::integer from event e
            where e.account_id = m.account_id and e.message_id = m.id and e.detail ~ '^\{"route":\d'
            order by e.id desc limit 1) as route_id
    from message m
    where m.account_id = $1 and m.id = $2 and not m.test
), made as (
    insert into conversion (account_id, message_id, at, route_id, carrier_id, country)
    select account_id, id, $3::timestamptz, route_id, carrier_id, country from found
    on conflict (account_id, message_id) do nothing
)
select count(*) from found

-- name: lock_mark
-- How far the roll-up came; $2 when it begins. The row stays locked until the transaction ends.
insert into progress (name, position) values ($1, $2)
on conflict (name) do update set position = progress.position
returning position

-- name: count_conversions
-- Listed sweeper: conversions marked in ($1, $2], by day of the message's acceptance.
select (to_timestamp(($3::bigint + (message_id >> 22)) / 1000.0) at time zone 'UTC')::date as day,
       coalesce(route_id, 0) as route_id, coalesce(carrier_id, 0) as carrier_id,
       coalesce(country, '') as country, count(*) as converted
from conversion
where at > $1 and at <= $2
group by 1, 2, 3, 4

-- name: add_statistics
-- What a window of events adds to the sums.
insert into route_statistic as s (day, route_id, carrier_id, country, sent, delivered, undelivered,
                                  expired, rejected, failed, converted, latency_ms)
select * from unnest($1::date[], $2::integer[], $3::integer[], $4::text[], $5::bigint[], $6::bigint[],
                     $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[],
                     $12::bigint[])
on conflict (day, route_id, carrier_id, country) do update
set sent = s.sent + excluded.sent, delivered = s.delivered + excluded.delivered,
    undelivered = s.undelivered + excluded.undelivered, expired = s.expired + excluded.expired,
    rejected = s.rejected + excluded.rejected, failed = s.failed + excluded.failed,
    converted = s.converted + excluded.converted, latency_ms = s.latency_ms + excluded.latency_ms

-- name: list_statistics
-- The operator's look at days $1 to $2, both included.
select * from route_statistic where day between $1 and $2
order by day, route_id, carrier_id, country
