-- name: count_happenings
-- Listed sweeper: status changes by events with ids in ($1, $2], by account, minute of the event, hour of
-- acceptance, route, carrier, country, status before and after, and how long the step took. $3 the Unix time
-- in milliseconds from which ids count, $4 statuses that an attempt leads to, $5 sent, $6 delivered, $7 where
-- buckets of lengths begin. An outcome belongs to the attempt that it was about, or to the last one. The step
-- to sent begins with acceptance or the time that was asked for, the step to delivered with sent. Times are
-- those of ids, which are ours: a receipt's own time may know no seconds. Every look is by key, also where the
-- planner would rather hash all there is of messages.
select s.account_id, s.minute, s.hour, s.route_id, s.carrier_id, s.country, s.status, s.former,
       coalesce(width_bucket(s.step_ms, $7::bigint[]), 0) as bucket,
       count(*) as messages, coalesce(sum(s.age_ms), 0)::bigint as age_ms,
       coalesce(sum(s.step_ms), 0)::bigint as step_ms
from (
    select e.account_id, ($3::bigint + (e.id >> 22)) / 60000 as minute,
           ($3::bigint + (e.message_id >> 22)) / 3600000 as hour,
           coalesce(t.route_id, 0) as route_id, coalesce(e.carrier_id, t.carrier_id, 0) as carrier_id,
           coalesce(m.country, '') as country, e.status, p.status as former, a.age_ms,
           case when e.status = $5 then a.age_ms
                when e.status = $6 and p.status = $5
                then greatest((e.id >> 22) - (p.id >> 22), 0) end as step_ms
    from event e
    join lateral (
        select m.country, m.send_at, m.test from message m
        where m.account_id = e.account_id and m.id = e.message_id
        limit 1
    ) m on true
    left join lateral (
        select x.status, x.id from event x
        where x.account_id = e.account_id and x.message_id = e.message_id and x.id < e.id and x.kind = 1
        order by x.id desc limit 1
    ) p on true
    left join lateral (
        select substring(a.detail from '^\{"route":(\d+)')::integer as route_id, a.carrier_id from event a
        where a.account_id = e.account_id and a.message_id = e.message_id and a.id <= e.id
          and e.status = any($4::smallint[])
          and a.attempt > 0 and (e.attempt = 0 or a.attempt = e.attempt)
          and a.detail ~ '^\{"route":\d'
        order by a.id desc limit 1
    ) t on true
    cross join lateral (
        select greatest($3::bigint + (e.id >> 22) - greatest(
            $3::bigint + (e.message_id >> 22), extract(epoch from m.send_at) * 1000), 0)::bigint as age_ms
    ) a
    where e.id > $1 and e.id <= $2 and e.kind = 1 and not m.test
) s
group by 1, 2, 3, 4, 5, 6, 7, 8, 9

-- name: count_spending
-- Listed sweeper: what accounts spent by ledger entries with ids in ($1, $2]: money that is held or earned.
-- By the key of each account: entries have no other order.
select a.id as account_id, s.spent_micros
from account a
cross join lateral (
    select sum(l.amount_micros)::bigint as spent_micros from ledger_entry l
    where l.account_id = a.id and l.id > $1 and l.id <= $2 and l.purse = any($3::smallint[])
) s
where s.spent_micros <> 0

-- name: add_minutes
insert into minute_count as c (account_id, minute, accepted, sent, delivered, failed)
select * from unnest($1::bigint[], $2::timestamptz[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
on conflict (account_id, minute) do update set
    accepted = c.accepted + excluded.accepted, sent = c.sent + excluded.sent,
    delivered = c.delivered + excluded.delivered, failed = c.failed + excluded.failed

-- name: add_hours
insert into hour_count as c (account_id, hour, carrier_id, country, status, bucket, entered, departed, step_ms)
select * from unnest($1::bigint[], $2::timestamptz[], $3::integer[], $4::text[], $5::smallint[],
                     $6::smallint[], $7::bigint[], $8::bigint[], $9::bigint[])
on conflict (account_id, hour, carrier_id, country, status, bucket) do update set
    entered = c.entered + excluded.entered, departed = c.departed + excluded.departed,
    step_ms = c.step_ms + excluded.step_ms

-- name: add_spending
insert into day_spending as d (account_id, day, spent_micros)
select account_id, $1::date, spent_micros from unnest($2::bigint[], $3::bigint[]) as u (account_id, spent_micros)
on conflict (account_id, day) do update set spent_micros = d.spent_micros + excluded.spent_micros

-- name: forget_minutes
-- Listed sweeper: minutes before $1 are looked at by nobody.
delete from minute_count where minute < $1

-- name: forget_hours
-- Listed sweeper: nor are these hours.
delete from hour_count where hour < $1

-- name: forget_spending
-- Listed sweeper: nor these days.
delete from day_spending where day < $1

-- name: find_mark
-- How far the sweeper came; null before its first sweep.
select (select position from progress where name = $1)

-- name: list_minutes
select minute, accepted, sent, delivered, failed from minute_count
where account_id = $1 and minute >= $2
order by minute

-- name: sum_hours
-- What became of what was accepted from an hour on.
select carrier_id, country, status, bucket, sum(entered)::bigint as entered,
       sum(departed)::bigint as departed, sum(step_ms)::bigint as step_ms
from hour_count where account_id = $1 and hour >= $2
group by 1, 2, 3, 4

-- name: find_spending
-- What an account spent on a day.
select a.currency, coalesce(d.spent_micros, 0) as spent_micros
from account a left join day_spending d on d.account_id = a.id and d.day = $2
where a.id = $1

-- name: sum_spending
-- The operator's look: what all accounts spent on a day, by their currency.
select a.currency, sum(d.spent_micros)::bigint as spent_micros
from account a join day_spending d on d.account_id = a.id and d.day = $1
group by 1 order by 1

-- name: tell_states
-- A process says how its carriers stand. Those that it has no more are gone with the next word.
with gone as (
    delete from carrier_state where node = $1 and carrier_id <> all($3::integer[])
)
insert into carrier_state (carrier_id, node, at, state)
select carrier_id, $1, $2, state from unnest($3::integer[], $4::jsonb[]) as u (carrier_id, state)
on conflict (carrier_id, node) do update set at = excluded.at, state = excluded.state

-- name: forget_states
-- Listed sweeper: what processes said that are gone.
delete from carrier_state where at < $1

-- name: list_states
-- The operator's look: what was said since $1.
select carrier_id, node, at, state from carrier_state where at >= $1 order by carrier_id, node
