-- name: insert_messages
-- A batch of newly accepted messages of any accounts. What is the same for all comes once (_columns.py).
insert into message (account_id, id, submission_id, price_micros, valid_until, updated_at, send_at,
                     status, charge, encoding, parts, traffic_class, priority, flash, test,
                     dialect, sender, recipient, text, body, udh, country, mcc, mnc, reference, callback,
                     extra)
select coalesce(n.account_id, ($1::bigint[])[1]), n.id, n.submission_id,
       coalesce(n.price_micros, ($4::bigint[])[1]), n.valid_until, $6::timestamptz, n.send_at,
       coalesce(n.status, ($8::smallint[])[1]), coalesce(n.charge, ($9::smallint[])[1]),
       coalesce(n.encoding, ($10::smallint[])[1]), coalesce(n.parts, ($11::smallint[])[1]),
       coalesce(n.traffic_class, ($12::smallint[])[1]), coalesce(n.priority, ($13::smallint[])[1]),
       coalesce(n.flash, ($14::boolean[])[1]), coalesce(n.test, ($15::boolean[])[1]),
       coalesce(n.dialect, ($16::text[])[1]), coalesce(n.sender, ($17::text[])[1]), n.recipient,
       coalesce(n.text, ($19::text[])[1]), n.body, n.udh, n.country, n.mcc, n.mnc, n.reference,
       n.callback, n.extra
from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::timestamptz[],
            $7::timestamptz[], $8::smallint[], $9::smallint[],
            $10::smallint[], $11::smallint[], $12::smallint[], $13::smallint[],
            $14::boolean[], $15::boolean[], $16::text[], $17::text[], $18::text[],
            $19::text[], $20::bytea[], $21::bytea[], $22::text[], $23::text[], $24::text[],
            $25::text[], $26::text[], $27::jsonb[])
     as n (account_id, id, submission_id, price_micros, valid_until, send_at, status, charge, encoding,
           parts, traffic_class, priority, flash, test, dialect, sender, recipient, text, body, udh,
           country, mcc, mnc, reference, callback, extra)

-- name: lock_messages
-- Where these messages stand, locked in one order so that two batches never wait for each other.
-- $3 and $4 bound the ids, so that other partitions are not looked at.
select m.account_id, m.id, m.status, m.reason, m.charge, m.price_micros, m.attempts, m.parts,
       m.traffic_class, m.valid_until, m.test, m.submission_id, m.carrier_id, m.vendor_code,
       m.callback, coalesce(m.extra @> '{"secret": true}', false) as secret
from unnest($1::bigint[], $2::bigint[]) as wanted (account_id, id)
join message m on m.account_id = wanted.account_id and m.id = wanted.id
where m.id between $3 and $4
order by m.account_id, m.id
for update of m

-- name: set_statuses
-- With pass_on the only statement that changes a message's status. What is the same for all comes once.
update message m
set status = coalesce(n.status, ($3::smallint[])[1]), reason = coalesce(n.reason, ($4::smallint[])[1]),
    charge = coalesce(n.charge, ($5::smallint[])[1]), attempts = coalesce(n.attempts, ($6::smallint[])[1]),
    carrier_id = n.carrier_id, vendor_code = n.vendor_code, updated_at = $12,
    text = case when coalesce(n.wipe, ($9::boolean[])[1]) then '' else m.text end,
    body = case when coalesce(n.wipe, ($9::boolean[])[1]) then null else m.body end
from unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::smallint[], $5::smallint[],
            $6::smallint[], $7::integer[], $8::text[], $9::boolean[])
     as n (account_id, id, status, reason, charge, attempts, carrier_id, vendor_code, wipe)
where m.account_id = coalesce(n.account_id, ($1::bigint[])[1]) and m.id = n.id and m.id between $10 and $11

-- name: pass_on
-- Statuses, money, events and places in the outbox of messages that stand as expected, by the one statement
-- that locks them; the others stay as they are and are not returned. Rows are found in the order in which
-- they come. $10: what held money becomes; where it is 0, none may be held, else none may be captured yet.
-- What is the same for all comes once.
with moved as (
    update message m
    set status = $11, reason = n.reason, vendor_code = n.vendor_code,
        carrier_id = coalesce(nullif(n.carrier_id, 0), m.carrier_id),  -- 0 is that of test credentials
        attempts = n.attempt, updated_at = $16,
        charge = case when m.charge = 1 then n.charge else m.charge end
    from (
        select coalesce(u.account_id, ($1::bigint[])[1]) as account_id, u.message_id, u.id,
               coalesce(u.at, ($4::timestamptz[])[1]) as at,
               coalesce(u.carrier_id, ($5::integer[])[1]) as carrier_id,
               coalesce(u.reason, ($6::smallint[])[1]) as reason,
               coalesce(u.attempt, ($7::smallint[])[1]) as attempt, u.vendor_code, u.detail,
               coalesce(u.charge, ($10::smallint[])[1]) as charge
        from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::timestamptz[], $5::integer[],
                    $6::smallint[], $7::smallint[], $8::text[], $9::text[], $10::smallint[])
             as u (account_id, message_id, id, at, carrier_id, reason, attempt, vendor_code, detail, charge)
    ) n
    where m.account_id = n.account_id and m.id = n.message_id and m.id between $17 and $18
      and m.status = any($12::smallint[]) and m.attempts = n.attempt - $13::smallint
      and case when n.charge = 0 then m.charge <> 1 else m.charge < 2 end
      and not ($14 and coalesce(m.extra @> '{"secret": true}', false))
    returning m.account_id, m.id as message_id, m.charge, m.price_micros, m.submission_id, m.callback,
              n.id, n.at, n.carrier_id, n.reason, n.attempt, n.vendor_code, n.detail
), happened as (
    insert into event (account_id, message_id, id, at, carrier_id, kind, status, reason, attempt, part,
                       vendor_code, detail)
    select account_id, message_id, id, at, carrier_id, 1, $11, reason, attempt, 0, vendor_code, detail
    from moved
), finished as (
    -- Arrays, so that the outbox is read once for each account, however few the planner believes have moved.
    delete from outbox o
    using (select account_id, array_agg(message_id) as ids from moved where $15 group by account_id) d
    where o.account_id = d.account_id and o.message_id = any (d.ids)
)
select message_id as id, charge, price_micros, submission_id, callback from moved

-- name: find_messages
-- Whole rows by their ids.
select m.*
from unnest($1::bigint[], $2::bigint[]) as wanted (account_id, id)
join message m on m.account_id = wanted.account_id and m.id = wanted.id
where m.id between $3 and $4

-- name: submission_messages
-- The messages of one submission, or the single message with that id.
select * from message
where account_id = $1 and (submission_id = $2 or id = $2) and ($3::text is null or recipient = $3)
order by id
limit $4

-- name: unfinished_messages
-- The messages of an upload that was never finished.
select account_id, id from message
where account_id = $1 and submission_id = $2 and status = any($3::smallint[])
limit $4

-- name: insert_parts
insert into part (account_id, message_id, attempt, part, status, carrier_message_id)
select * from unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::smallint[], $5::smallint[], $6::text[])
on conflict do nothing

-- name: set_parts
-- What receipts say of single parts; a part that has an outcome keeps it.
update part p
set status = n.status, reason = n.reason
from unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::smallint[], $5::smallint[], $6::smallint[])
     as n (account_id, message_id, attempt, part, status, reason)
where p.account_id = n.account_id and p.message_id = n.message_id and p.attempt = n.attempt
  and p.part = n.part and p.status = $7

-- name: find_parts
-- All parts of these messages.
select p.* from unnest($1::bigint[], $2::bigint[]) as wanted (account_id, message_id)
join part p on p.account_id = wanted.account_id and p.message_id = wanted.message_id
order by p.account_id, p.message_id, p.attempt, p.part

-- name: insert_events
-- What is the same for all comes once.
insert into event (account_id, message_id, id, at, carrier_id, kind, status, reason, attempt, part,
                   vendor_code, detail)
select coalesce(n.account_id, ($1::bigint[])[1]), n.message_id, n.id,
       coalesce(n.at, ($4::timestamptz[])[1]), n.carrier_id, coalesce(n.kind, ($6::smallint[])[1]),
       coalesce(n.status, ($7::smallint[])[1]), coalesce(n.reason, ($8::smallint[])[1]),
       coalesce(n.attempt, ($9::smallint[])[1]), coalesce(n.part, ($10::smallint[])[1]),
       n.vendor_code, n.detail
from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::timestamptz[], $5::integer[],
            $6::smallint[], $7::smallint[], $8::smallint[], $9::smallint[], $10::smallint[],
            $11::text[], $12::text[])
     as n (account_id, message_id, id, at, carrier_id, kind, status, reason, attempt, part,
           vendor_code, detail)

-- name: message_events
-- The life of one message, in order.
select * from event where account_id = $1 and message_id = $2 order by id

-- name: events_since
-- An account's events for its stream: status changes with an id above $2.
select * from event
where account_id = $1 and id > $2 and message_id > $3 and kind = 1
order by id
limit $4

-- name: find_events
-- Events by message and id.
select e.*
from unnest($1::bigint[], $2::bigint[], $3::bigint[]) as wanted (account_id, message_id, id)
join event e on e.account_id = wanted.account_id and e.message_id = wanted.message_id
  and e.id = wanted.id

-- name: insert_submission
insert into submission (account_id, id, dialect, reference, closed_at, accepted, skipped)
select * from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::timestamptz[],
                     $6::integer[], $7::jsonb[])

-- name: close_submission
-- Ends an upload: from now on its messages are to be sent.
update submission set closed_at = $3, accepted = $4, skipped = $5
where account_id = $1 and id = $2 and closed_at is null
returning id

-- name: lock_open_submission
-- Whoever ends an upload and whoever gives it up wait for each other here.
select id from submission
where account_id = $1 and id = $2 and (closed_at is null or given_up) for update

-- name: end_submission
-- An upload that came to nothing: what was accepted of it has been cancelled.
update submission s set closed_at = coalesce(s.closed_at, $3), given_up = true,
    accepted = (select count(*) from message m where m.account_id = $1 and m.submission_id = $2)
where s.account_id = $1 and s.id = $2 and (s.closed_at is null or s.given_up)

-- name: find_submission
select * from submission where account_id = $1 and id = $2

-- name: count_submission
-- Promise P10: where the accepted messages of a submission stand.
select status, count(*) as messages from message
where account_id = $1 and (submission_id = $2 or id = $2)
group by status

-- name: open_submissions
-- Listed sweeper: uploads begun before $1 that nobody finished.
select account_id, id from submission where closed_at is null and id < $1 limit 100

-- name: release_outbox
-- Puts an upload's messages into the outbox, leased to nobody: from the commit on they are sent.
insert into outbox (account_id, message_id, due_at, lane)
select account_id, id, coalesce(send_at, $5), traffic_class from message
where account_id = $1 and submission_id = $2 and id between $3 and $4 and status = any($6::smallint[])
