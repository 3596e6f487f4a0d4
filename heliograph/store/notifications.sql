-- name: insert_notifications
-- Those that nothing earlier for the same message and endpoint stands before are leased until $5 and
-- may be told at once; the others are due at $6 already, but a claim passes them over until their
-- turn has come (promise P5: in order per message).
-- $7 says whether it is the earliest of its message and endpoint in this batch. Returns those that must
-- wait. What is the same for all comes once (_columns.py).
with wanted as (
    select coalesce(w.account_id, ($1::bigint[])[1]) as account_id,
           coalesce(w.endpoint_id, ($2::bigint[])[1]) as endpoint_id, w.message_id, w.event_id,
           coalesce(w.leads, ($7::boolean[])[1]) as leads
    from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $7::boolean[])
         as w (account_id, endpoint_id, message_id, event_id, leads)
), queued as (
    insert into notification (account_id, endpoint_id, message_id, event_id, due_at)
    select w.account_id, w.endpoint_id, w.message_id, w.event_id,
           case when w.leads and not exists (
               select from notification e
               where e.account_id = w.account_id and e.endpoint_id = w.endpoint_id
                 and e.message_id = w.message_id and e.event_id < w.event_id)
           then $5::timestamptz else $6::timestamptz end
    from wanted w
    on conflict (account_id, endpoint_id, message_id, event_id)
        do update set due_at = excluded.due_at, tries = 0
    returning endpoint_id, event_id, due_at
)
select endpoint_id, event_id from queued where due_at <> $5

-- name: due_notification_accounts
-- Listed sweeper: accounts with somebody to tell; negative endpoints are sessions, which must be
-- bound to this node ($2), and those in $3 are told of many at once.
select a.id from account a
where (
    select true from notification n
    where n.account_id = a.id and n.due_at <= $1 and (n.endpoint_id >= 0 or n.endpoint_id = any($2))
      and not (n.endpoint_id = any($3::bigint[]))
    order by n.due_at limit 1)  -- "exists" would read all that are due

-- name: claim_notifications
-- Lease due notifications of one account; of several for one message and endpoint only the earliest.
with due as (
    select n.endpoint_id, n.message_id, n.event_id from notification n
    where n.account_id = $1 and n.due_at <= $2 and (n.endpoint_id >= 0 or n.endpoint_id = any($5))
      and not (n.endpoint_id = any($6::bigint[]))
      and not exists (
        select 1 from notification e
        where e.account_id = n.account_id and e.endpoint_id = n.endpoint_id
          and e.message_id = n.message_id and e.event_id < n.event_id)
    order by n.due_at
    limit $3
    for update skip locked
), keys as (
    select array_agg(endpoint_id) as endpoints, array_agg(message_id) as messages,
           array_agg(event_id) as events
    from due
)
-- Arrays, because the planner believes that $3 are many and would read the whole table for a join.
update notification n set due_at = $4
from unnest((select endpoints from keys), (select messages from keys), (select events from keys))
     as due (endpoint_id, message_id, event_id)
where n.account_id = $1 and n.endpoint_id = due.endpoint_id
  and n.message_id = due.message_id and n.event_id = due.event_id
returning n.account_id, n.endpoint_id, n.message_id, n.event_id, n.tries

-- name: settle_notifications
-- The log of calls ($5 is null where none was made) and the end of those that are finished ($9), whose
-- followers need not wait for their lease to end. What is the same for all comes once (_columns.py).
with told as (
    select coalesce(n.account_id, ($1::bigint[])[1]) as account_id,
           coalesce(n.endpoint_id, ($2::bigint[])[1]) as endpoint_id, n.message_id, n.event_id, n.id,
           n.status_code, n.duration_ms, n.error, coalesce(n.finished, ($9::boolean[])[1]) as finished
    from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[],
                $6::smallint[], $7::integer[], $8::text[], $9::boolean[])
         as n (account_id, endpoint_id, message_id, event_id, id, status_code, duration_ms, error, finished)
), logged as (
    insert into notification_try (account_id, id, endpoint_id, message_id, event_id, status_code,
                                  duration_ms, error)
    select account_id, id, endpoint_id, message_id, event_id, status_code, duration_ms, error
    from told where id is not null
), ended as (
    delete from notification n using told d
    where d.finished and n.account_id = d.account_id and n.endpoint_id = d.endpoint_id
      and n.message_id = d.message_id and n.event_id = d.event_id
)
update notification n set due_at = $10
from told d
where d.finished and n.account_id = d.account_id and n.endpoint_id = d.endpoint_id
  and n.message_id = d.message_id and n.event_id > d.event_id and n.tries = 0
  -- "not exists" would read all that were told for each of them
  and (n.account_id, n.endpoint_id, n.event_id) not in (
    select o.account_id, o.endpoint_id, o.event_id from told o where o.finished)

-- name: delay_notifications
update notification n set due_at = d.due_at, tries = d.tries
from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::timestamptz[], $6::smallint[])
     as d (account_id, endpoint_id, message_id, event_id, due_at, tries)
where n.account_id = d.account_id and n.endpoint_id = d.endpoint_id
  and n.message_id = d.message_id and n.event_id = d.event_id

-- name: drop_endpoint_notifications
-- An endpoint is gone or disabled: nobody is there to be told.
delete from notification where account_id = $1 and endpoint_id = $2

-- name: drop_old_notifications
-- Listed sweeper: retention; nobody came to be told.
delete from notification where event_id < $1

-- name: list_tries
select * from notification_try
where account_id = $1 and ($2::bigint is null or endpoint_id = $2) and id < $3
order by id desc limit $4

-- name: message_tries
select * from notification_try where account_id = $1 and message_id = $2 order by id

-- name: notification_depth
-- Listed sweeper: how many of each account wait, and since when the oldest has been due.
select account_id, count(*) as notifications, min(due_at) as oldest_due_at
from notification where due_at <= $1 group by account_id

-- name: disable_endpoint
-- It answered that it is gone; its owner enables it again by changing it.
update endpoint set disabled_at = $3, disabled_reason = $4
where account_id = $1 and id = $2 and disabled_at is null

-- name: announce
select pg_notify($1, '')

-- name: weigh_notifications
-- Listed sweeper: plans that were made while next to nothing waited read all of it for every batch.
analyze notification
