-- name: insert_outbox
-- Accepted messages that are to be sent; due_at in the future is either their schedule or our lease.
-- What is the same for all comes once (_columns.py).
insert into outbox (account_id, message_id, due_at, lane, leased_by)
select coalesce(n.account_id, ($1::bigint[])[1]), n.message_id, coalesce(n.due_at, ($3::timestamptz[])[1]),
       coalesce(n.lane, ($4::smallint[])[1]), n.leased_by
from unnest($1::bigint[], $2::bigint[], $3::timestamptz[], $4::smallint[], $5::smallint[])
     as n (account_id, message_id, due_at, lane, leased_by)

-- name: due_accounts
-- Listed sweeper: accounts with something to claim in these lanes. The order makes it one look into the index:
-- without it the planner reads the table for its first due row, past all that are leased.
select a.id from account a
where a.state = 'active' and exists (
    select 1 from unnest($1::smallint[]) as wanted (lane)
    cross join lateral (
        select 1 from outbox o
        where o.account_id = a.id and o.lane = wanted.lane and o.due_at <= $2 and o.state = 0
        order by o.due_at limit 1) as found)

-- name: claim_due_messages
-- Lease up to $4 due messages of one account to this node, most urgent lane first: $2 has lanes in that order,
-- and each is read in the order of its index, however many wait.
with due as (
    select d.message_id
    from unnest($2::smallint[]) as wanted (lane)
    cross join lateral (
        select o.message_id from outbox o
        where o.account_id = $1 and o.lane = wanted.lane and o.due_at <= $3 and o.state = 0
        order by o.due_at
        limit $4
        for update skip locked
    ) d
    limit $4
), claimed as (
    -- An array, because the planner believes that $4 are many and would read the whole table for a join.
    update outbox o set due_at = $5, leased_by = $6
    where o.account_id = $1 and o.message_id = any (array(select message_id from due))
    returning o.account_id, o.message_id, o.attempt, o.failures, o.tried
)
-- Each message by its key: while statistics are young a join would read all messages of the account.
select m.*, c.attempt, c.failures, c.tried from claimed c
cross join lateral (
    select * from message x where x.account_id = c.account_id and x.id = c.message_id limit 1
) m
order by m.traffic_class, m.id

-- name: mark_sending
-- Promise P2: the attempt is on record before the carrier hears of it. Rows that were cancelled,
-- retaken by another node or attempted meanwhile are not returned, nor (promise P9) are those of accounts in $7 that have
-- opt-outs by now. What is the same for all comes once. A lease that lasts until $8 is left as it is: then no index
-- is touched.
update outbox o
set state = 1, attempt = coalesce(n.attempt, ($3::smallint[])[1]),
    carrier_id = coalesce(n.carrier_id, ($4::integer[])[1]), leased_by = $5,
    due_at = case when o.due_at >= $8 then o.due_at else $6 end
from unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::integer[])
     as n (account_id, message_id, attempt, carrier_id)
where o.account_id = coalesce(n.account_id, ($1::bigint[])[1]) and o.message_id = n.message_id
  and o.state = 0 and o.attempt = coalesce(n.attempt, ($3::smallint[])[1]) - 1
  and (o.leased_by is null or o.leased_by = any($9))
  and o.account_id <> all (array(
    select w.account_id from unnest($7::bigint[]) as w (account_id)
    where exists (select from opt_out t where t.account_id = w.account_id)))
returning o.account_id, o.message_id

-- name: finish_outbox
-- These messages need no further sending. What is the same for all comes once.
delete from outbox o
using unnest($1::bigint[], $2::bigint[]) as n (account_id, message_id)
where o.account_id = coalesce(n.account_id, ($1::bigint[])[1]) and o.message_id = n.message_id

-- name: hold_outbox
-- Nobody knows whether the carrier took these: they stay here, unsent, until their validity ends.
update outbox o set state = 2, due_at = n.due_at, leased_by = null
from unnest($1::bigint[], $2::bigint[], $3::timestamptz[]) as n (account_id, message_id, due_at)
where o.account_id = n.account_id and o.message_id = n.message_id

-- name: held_too_long
-- Listed sweeper: held messages whose validity is over.
select account_id, message_id from outbox where state = 2 and due_at <= $1 limit $2

-- name: requeue_outbox
-- To be sent again at due_at; also after a negative receipt, when the row is long gone. Not when a
-- younger attempt has been put on record meanwhile: its outcome will decide.
insert into outbox (account_id, message_id, due_at, lane, state, attempt, failures, tried)
select n.account_id, n.message_id, n.due_at, n.lane, 0, n.attempt, n.failures,
       coalesce(string_to_array(nullif(n.tried, ''), ',')::integer[], '{}')
from unnest($1::bigint[], $2::bigint[], $3::timestamptz[], $4::smallint[], $5::smallint[],
            $6::smallint[], $7::text[]) as n (account_id, message_id, due_at, lane, attempt, failures, tried)
on conflict (account_id, message_id) do update
set due_at = excluded.due_at, state = 0, attempt = excluded.attempt,
    failures = excluded.failures, tried = excluded.tried, leased_by = null, carrier_id = null
where outbox.attempt <= excluded.attempt

-- name: unlease_outbox
-- Give back what is held in memory under leases of these nodes and was not sent.
update outbox o set due_at = n.due_at, leased_by = null
from unnest($1::bigint[], $2::bigint[], $3::timestamptz[]) as n (account_id, message_id, due_at)
where o.account_id = n.account_id and o.message_id = n.message_id and o.state = 0 and o.leased_by = any($4)

-- name: take_unsent
-- Cancelling: only what no carrier has.
delete from outbox where account_id = $1 and message_id = $2 and state = 0 returning message_id

-- name: release_node
-- Listed sweeper: a node starts; what its dead predecessor held and had not sent is due at once.
update outbox set due_at = $2, leased_by = null where leased_by = $1 and state = 0 and due_at > $2

-- name: lost_attempts
-- Listed sweeper: attempts on record whose outcome nobody will write: their lease ran out, or their
-- node ($2) has just been started anew. The caller settles them as uncertain.
select account_id, message_id, attempt, carrier_id, lane, failures, tried from outbox
where state = 1 and (due_at < $1 or leased_by = $2)
order by account_id, message_id
limit $3
for update skip locked

-- name: outbox_depth
-- Listed sweeper: how many of each account wait in each lane, since when the oldest has been due, and since
-- when the oldest message has waited: since acceptance, whose time is in its id ($2: the Unix time in
-- milliseconds from which ids count), or the time that was asked for. Held are those that a process has in
-- memory, due at the end of its lease, and those that are tried again later or were given back for seconds.
select d.account_id, d.lane, d.state, d.held, d.messages, d.oldest_due_at,
       coalesce(m.send_at, to_timestamp(($2::bigint + (d.oldest_id >> 22)) / 1000.0)) as waits_since
from (
    select account_id, lane, state, state = 0 and due_at > $1 as held, count(*) as messages,
           min(due_at) as oldest_due_at, min(message_id) as oldest_id
    from outbox
    where state = 1 or state = 0 and (due_at <= $1 + interval '10 seconds' or leased_by is not null
                                      or failures > 0 or attempt > 0)
    group by account_id, lane, state, held
) d
left join lateral (
    select send_at from message where account_id = d.account_id and id = d.oldest_id limit 1
) m on true

-- name: weigh_outbox
-- Listed sweeper: plans that were made while next to nothing waited read all of it for every batch.
analyze outbox
