-- name: put_numbers
-- Numbers of the stock; who rents one keeps it, whatever it costs from now on.
insert into offer (kind, country, msisdn, features, currency, setup_micros, monthly_micros, approval)
select kind, country, msisdn, string_to_array(features, ' '), currency, setup_micros, monthly_micros,
       approval
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[],
            $8::boolean[])
     as o (kind, country, msisdn, features, currency, setup_micros, monthly_micros, approval)
on conflict (msisdn) do update
set kind = excluded.kind, country = excluded.country, features = excluded.features,
    currency = excluded.currency, setup_micros = excluded.setup_micros,
    monthly_micros = excluded.monthly_micros, approval = excluded.approval, withdrawn = false

-- name: put_names
-- The right to a name in a country; msisdn is null.
insert into offer (kind, country, msisdn, features, currency, setup_micros, monthly_micros, approval)
select kind, country, msisdn, string_to_array(features, ' '), currency, setup_micros, monthly_micros,
       approval
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[],
            $8::boolean[])
     as o (kind, country, msisdn, features, currency, setup_micros, monthly_micros, approval)
on conflict (country, currency) where msisdn is null do update
set features = excluded.features, setup_micros = excluded.setup_micros,
    monthly_micros = excluded.monthly_micros, approval = excluded.approval, withdrawn = false

-- name: numbers_given
-- Which of these numbers some account_id has by other ways than buying.
select n.msisdn from number n
where n.msisdn = any($1::text[])
  and not exists (select from offer o where o.msisdn = n.msisdn and o.taken_by = n.account_id)
order by 1 limit 5

-- name: search_offers
-- What account $1 can have at the moment $2: in its currency, of a kind that works in the country.
select o.*, o.approval or coalesce(r.registration, false) as asked, false as resting
from offer o left join restriction r on r.country = o.country
where o.id > $3 and o.currency = $4 and not o.withdrawn and o.taken_by is null
  and (o.free_from is null or o.free_from <= $2 or o.former_account_id = $1)
  and (r.country is null or o.kind = any(r.kinds))
  and ($5::text is null or o.country = $5)
  and ($6::text is null or o.kind = $6)
  and ($7::text is null or $7 = any(o.features))
  and ($8::text is null or o.msisdn like $8)
order by o.id limit $9

-- name: list_stock
-- Everything, for the operator, as of the moment $1.
select o.*, o.approval or coalesce(r.registration, false) as asked,
       o.free_from is not null and o.free_from > $1::timestamptz as resting
from offer o left join restriction r on r.country = o.country
where o.id > $2
  and ($3::text is null or o.country = $3)
  and ($4::text is null or o.kind = $4)
  and ($5::text is null or $5 = any(o.features))
  and ($6::text is null or o.msisdn like $6)
order by o.id limit $7

-- name: hold_offer
-- An offer that is about to be bought, locked: of two buyers the second finds it taken.
select o.*, o.approval or coalesce(r.registration, false) as asked, false as resting,
       coalesce(o.kind = any(r.kinds), true) as works,
       not o.withdrawn and o.taken_by is null
       and (o.free_from is null or o.free_from <= $3 or o.former_account_id = $2) as available
from offer o left join restriction r on r.country = o.country
where o.id = $1 for update of o

-- name: take_offer
update offer set taken_by = $2, free_from = null, former_account_id = null where id = $1

-- name: free_offer
-- Back to the stock; until $3 only account $2 may have it again. Names are never taken.
update offer set taken_by = null, free_from = $3, former_account_id = $2
where id = $1 and taken_by = $2

-- name: withdraw_offer
update offer set withdrawn = true where id = $1 returning id

-- name: put_restrictions
insert into restriction (country, kinds, registration, two_way, content, hours, note)
select country, string_to_array(kinds, ' '), registration, two_way, content, hours, note
from unnest($1::text[], $2::text[], $3::boolean[], $4::boolean[], $5::text[], $6::text[], $7::text[])
     as r (country, kinds, registration, two_way, content, hours, note)
on conflict (country) do update
set kinds = excluded.kinds, registration = excluded.registration, two_way = excluded.two_way,
    content = excluded.content, hours = excluded.hours, note = excluded.note

-- name: clear_restrictions
delete from restriction

-- name: list_restrictions
select * from restriction where $1::text is null or country = $1 order by country

-- name: insert_rental
insert into rental (account_id, offer_id, kind, country, name, features, state, sender_id, number_id,
                   service_id, currency, setup_micros, monthly_micros, bought_at, began_at, months,
                   paid_until, due_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
returning *

-- name: lock_rental
-- The rental with this id, of this number or of this sender, as long as it has not ended.
select * from rental
where account_id = $1 and state <> 'ended'
  and (id = $2 or number_id = $3 or sender_id = $4)
for update

-- name: update_rental
update rental
set state = $3, reason = $4, number_id = $5, began_at = $6, months = $7, paid_until = $8, due_at = $9,
    ended_at = $10
where account_id = $1 and id = $2
returning *

-- name: list_rentals
select * from rental where account_id = $1 and id > $2 order by id limit $3

-- name: due_rentals
-- Listed sweeper: rentals of any account whose next month is to be booked.
select account_id, id from rental where due_at <= $1 order by due_at limit $2

-- name: rented
-- Listed sweeper: senders and numbers of all accounts that are rented.
select account_id, sender_id, number_id from rental where state <> 'ended'

-- name: drop_keywords
-- A number that goes takes its keywords along: whichever account_id has them.
delete from keyword where msisdn = $1

-- name: forget_sender
-- Services of an account whose sender ID is gone name none.
update service set sender = null where account_id = $1 and lower(sender) = lower($2)

-- name: pending_senders
-- Listed sweeper: sender IDs of all accounts that wait for the operator.
select a.name as account, s.account_id, s.id, s.name, s.state, s.country, l.id as rental_id
from sender s join account a on a.id = s.account_id
left join rental l on l.account_id = s.account_id and l.sender_id = s.id and l.state = 'pending'
where s.state = 'pending' and s.id > $1
order by s.id limit $2

-- name: rentals_by_id
select * from rental l
where (l.account_id, l.id) in (select * from unnest($1::bigint[], $2::bigint[]))
