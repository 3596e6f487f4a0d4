-- name: insert_keys
-- From a carrier's id to our message; carriers reuse ids, the newest owner counts. Receipts that came
-- before their ids were known are taken out and returned. What is the same for all comes once (_columns.py).
with wanted as (
    select coalesce(n.carrier_id, ($1::integer[])[1]) as carrier_id, n.carrier_message_id,
           coalesce(n.account_id, ($3::bigint[])[1]) as account_id, n.message_id,
           coalesce(n.attempt, ($5::smallint[])[1]) as attempt,
           coalesce(n.part, ($6::smallint[])[1]) as part,
           coalesce(n.valid_until, ($7::timestamptz[])[1]) as valid_until
    from unnest($1::integer[], $2::text[], $3::bigint[], $4::bigint[], $5::smallint[],
                $6::smallint[], $7::timestamptz[])
         as n (carrier_id, carrier_message_id, account_id, message_id, attempt, part, valid_until)
), kept as (
    insert into receipt_key (carrier_id, carrier_message_id, account_id, message_id, attempt, part,
                             valid_until)
    select * from wanted
    on conflict (carrier_id, carrier_message_id) do update
    set account_id = excluded.account_id, message_id = excluded.message_id,
        attempt = excluded.attempt, part = excluded.part, valid_until = excluded.valid_until
)
delete from orphan_receipt o
using wanted n
where o.carrier_id = n.carrier_id and o.carrier_message_id = n.carrier_message_id
returning o.*

-- name: find_keys
select k.carrier_id, k.carrier_message_id, k.account_id, k.message_id, k.attempt, k.part,
       k.valid_until
from unnest($1::integer[], $2::text[]) as wanted (carrier_id, carrier_message_id)
join receipt_key k on k.carrier_id = wanted.carrier_id
  and k.carrier_message_id = wanted.carrier_message_id

-- name: next_validity
-- Listed sweeper: the first end of validity after a moment.
select min(valid_until) from receipt_key where valid_until > $1

-- name: late_messages
-- Listed sweeper: what was sent, ended its validity in this stretch of time and has no outcome.
select distinct k.account_id, k.message_id from receipt_key k
join message m on m.account_id = k.account_id and m.id = k.message_id
where k.valid_until > $1 and k.valid_until <= $2
  and m.status = any($3::smallint[]) and m.valid_until <= $2

-- name: open_ids
-- Listed sweeper: what a carrier may be asked for. Of the newest attempt only, because what is said of an
-- older one no longer ends the message; of parts, those without an outcome. What has ended its validity is
-- settled already.
select k.carrier_message_id, m.sender, m.recipient, m.updated_at as taken_at
from receipt_key k
join message m on m.account_id = k.account_id and m.id = k.message_id and m.attempts = k.attempt
left join part p on k.part > 0 and p.account_id = k.account_id and p.message_id = k.message_id
  and p.attempt = k.attempt and p.part = k.part
where k.carrier_id = $1 and k.carrier_message_id > $2 and k.valid_until > $3
  and m.status = any($4::smallint[]) and m.updated_at < $5
  and (p.status is null or p.status = any($4::smallint[]))
order by k.carrier_message_id
limit $6

-- name: insert_orphans
insert into orphan_receipt (carrier_id, carrier_message_id, id, at, status, reason, vendor_code, raw,
                            other_forms)
select carrier_id, carrier_message_id, id, at, status, reason, vendor_code, raw,
       string_to_array(forms, ' ')
from unnest($1::integer[], $2::text[], $3::bigint[], $4::timestamptz[], $5::smallint[],
            $6::smallint[], $7::text[], $8::text[], $9::text[])
     as n (carrier_id, carrier_message_id, id, at, status, reason, vendor_code, raw, forms)

-- name: take_orphans
-- Receipts that came before their ids were known.
delete from orphan_receipt o
using unnest($1::integer[], $2::text[]) as n (carrier_id, carrier_message_id)
where o.carrier_id = n.carrier_id and o.carrier_message_id = n.carrier_message_id
returning o.*

-- name: matching_orphans
-- Listed sweeper: orphans that came since $2 and whose owner is known by now (receipt and key were
-- written at the same moment). In another form than it came in, an id is looked for only when the
-- orphan is older than $3: by then its own key would be there, and with sequential ids the other form
-- of one message's id is often the id of another message. The lateral look-ups make sure that keys
-- are found by their index, one orphan after the other.
select o.carrier_id, o.carrier_message_id as orphan_id, k.carrier_message_id, k.account_id,
       k.message_id, k.attempt, k.part, k.valid_until
from orphan_receipt o
cross join lateral (
    select k.* from unnest(array_prepend(o.carrier_message_id, o.other_forms))
                    with ordinality as f (form, place)
    cross join lateral (
        select * from receipt_key r
        where r.carrier_id = o.carrier_id and r.carrier_message_id = f.form
          and (f.place = 1 or o.id < $3)
        limit 1) k
    order by f.place
    limit 1) k
where o.id >= $2
order by o.id
limit $1

-- name: list_orphans
select * from orphan_receipt order by id desc limit $1

-- name: drop_old_keys
-- Listed sweeper: retention.
delete from receipt_key where message_id < $1

-- name: drop_old_orphans
-- Listed sweeper: retention.
delete from orphan_receipt where id < $1

-- name: insert_inbound
insert into inbound (account_id, id, carrier_id, received_at, sender, recipient, text, body,
                     encoding, service_id, keyword, kind, reply_id, reply_refused)
select * from unnest($1::bigint[], $2::bigint[], $3::integer[], $4::timestamptz[], $5::text[],
                     $6::text[], $7::text[], $8::bytea[], $9::smallint[], $10::bigint[],
                     $11::text[], $12::text[], $13::bigint[], $14::text[])

-- name: insert_orphan_inbound
insert into orphan_inbound (carrier_id, id, at, sender, recipient, text, body, encoding)
select * from unnest($1::integer[], $2::bigint[], $3::timestamptz[], $4::text[], $5::text[],
                     $6::text[], $7::bytea[], $8::smallint[])

-- name: take_orphan_inbound
-- Listed sweeper: messages to numbers that have an owner by now.
delete from orphan_inbound o
using (select i.carrier_id, i.id from number n join orphan_inbound i on i.recipient = n.msisdn
       order by i.id limit $1 for update of i skip locked) as f
where o.carrier_id = f.carrier_id and o.id = f.id
returning o.*

-- name: drop_old_orphan_inbound
-- Listed sweeper: retention.
delete from orphan_inbound where id < $1

-- name: count_replies
-- How often a handset was answered by itself of late.
select count(*) from inbound
where account_id = $1 and sender = $2 and id >= $3 and reply_id is not null

-- name: find_inbound
-- Messages from handsets by their ids.
select i.* from unnest($1::bigint[], $2::bigint[]) as wanted (account_id, id)
join inbound i on i.account_id = wanted.account_id and i.id = wanted.id

-- name: list_inbound
select * from inbound
where account_id = $1 and id < $2 and ($3 is false or read_at is null)
order by id desc limit $4

-- name: take_inbound
-- The oldest unread, marked as read; two readers at once never get the same.
update inbound set read_at = $2
where account_id = $1 and id in (
    select id from inbound where account_id = $1 and read_at is null
    order by id limit $3 for update skip locked)
returning *
