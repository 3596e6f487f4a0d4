-- name: insert_keys
-- From a carrier's id to our message; carriers reuse ids, the newest owner counts.
insert into receipt_key (carrier_id, carrier_message_id, account_id, message_id, attempt, part,
                         valid_until)
select * from unnest($1::integer[], $2::text[], $3::bigint[], $4::bigint[], $5::smallint[],
                     $6::smallint[], $7::timestamptz[])
on conflict (carrier_id, carrier_message_id) do update
set account_id = excluded.account_id, message_id = excluded.message_id, attempt = excluded.attempt,
    part = excluded.part, valid_until = excluded.valid_until

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
insert into inbound (account_id, id, carrier_id, received_at, sender, recipient, text, body)
select * from unnest($1::bigint[], $2::bigint[], $3::integer[], $4::timestamptz[], $5::text[],
                     $6::text[], $7::text[], $8::bytea[])

-- name: insert_orphan_inbound
insert into orphan_inbound (carrier_id, id, at, sender, recipient, text, body)
select * from unnest($1::integer[], $2::bigint[], $3::timestamptz[], $4::text[], $5::text[],
                     $6::text[], $7::bytea[])

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
