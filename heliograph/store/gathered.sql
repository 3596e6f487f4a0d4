-- name: insert_gathered
-- Notifications that wait until their endpoint is told: $5 is when the event was, $6 and $7 the seconds of
-- the first and of later reports, from when the message was sent (status $8) for the first time. They are
-- due at full $9 seconds, so that those that are near each other go together.
with wanted as (
    select * from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::timestamptz[],
                         $6::float8[], $7::float8[])
        as w (account_id, endpoint_id, message_id, event_id, at, first, later)
), begun as (
    select w.*, coalesce((select min(e.at) from event e
                          where e.account_id = w.account_id and e.message_id = w.message_id
                            and e.kind = 1 and e.status = $8), w.at) as sent_at
    from wanted w
), dated as (
    select b.*, extract(epoch from case
        when at <= sent_at + make_interval(secs => first) then sent_at + make_interval(secs => first)
        when at <= sent_at + make_interval(secs => first + later)
            then sent_at + make_interval(secs => first + later)
        else at + make_interval(secs => coalesce(later, first)) end)::float8 as due
    from begun b
)
insert into notification (account_id, endpoint_id, message_id, event_id, due_at)
select account_id, endpoint_id, message_id, event_id, to_timestamp(ceil(due / $9) * $9)
from dated
on conflict (account_id, endpoint_id, message_id, event_id) do nothing

-- name: due_gathered
-- Which of these endpoints are to be told of something now.
select w.account_id, w.endpoint_id
from unnest($1::bigint[], $2::bigint[]) as w (account_id, endpoint_id)
where exists (select 1 from notification n
              where n.account_id = w.account_id and n.endpoint_id = w.endpoint_id and n.due_at <= $3)

-- name: lock_gathering
-- One claim at a time for an endpoint: what the one before has leased is seen by the next.
select pg_try_advisory_xact_lock($1, ($2::bigint % 2147483647)::integer)

-- name: claim_gathered
-- Lease what an endpoint is to be told of, all of a message's that is due: nothing goes before what stands
-- before it and waits for another try.
with due as (
    select n.account_id, n.endpoint_id, n.message_id, n.event_id from notification n
    where n.account_id = $1 and n.endpoint_id = $2 and n.due_at <= $3
      and not exists (
        select 1 from notification e
        where e.account_id = n.account_id and e.endpoint_id = n.endpoint_id
          and e.message_id = n.message_id and e.event_id < n.event_id and e.due_at > $3)
    order by n.due_at, n.message_id, n.event_id
    limit $4
    for update skip locked
)
update notification n set due_at = $5
from due
where n.account_id = due.account_id and n.endpoint_id = due.endpoint_id
  and n.message_id = due.message_id and n.event_id = due.event_id
returning n.account_id, n.endpoint_id, n.message_id, n.event_id, n.tries

-- name: settle_gathered
-- The log of the calls (of notifications with an id in $4), and the end of those that are told where $8.
-- Those behind them are due when they are due.
with told as (
    select * from unnest($2::bigint[], $3::bigint[], $4::bigint[]) as n (message_id, event_id, id)
), logged as (
    insert into notification_try (account_id, id, endpoint_id, message_id, event_id, status_code,
                                  duration_ms, error)
    select $1, id, $9, message_id, event_id, $5, $6, $7 from told where id is not null
)
delete from notification n using told d
where $8 and n.account_id = $1 and n.endpoint_id = $9 and n.message_id = d.message_id
  and n.event_id = d.event_id
