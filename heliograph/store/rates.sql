-- name: find_card
-- A rate card by its name, locked against two imports at once.
select * from rate_card where name = $1 for update

-- name: look_at_card
select * from rate_card where name = $1

-- name: list_rates
-- All prices of a card, the general before the particular.
select prefix, mcc, mnc, price_micros, nullif(effective_from, '-infinity') as effective_from
from rate where card_id = $1 order by prefix, mcc, mnc, rate.effective_from

-- name: all_rates
select c.name as card, r.prefix, r.mcc, r.mnc, r.price_micros,
       nullif(r.effective_from, '-infinity') as effective_from
from rate r join rate_card c on c.id = r.card_id
order by c.id, r.prefix, r.mcc, r.mnc, r.effective_from

-- name: clear_rates
delete from rate where card_id = $1

-- name: put_rates
-- New prices, and other prices for what is known.
insert into rate (card_id, prefix, mcc, mnc, price_micros, effective_from)
select $1, p.prefix, p.mcc, p.mnc, p.price_micros, coalesce(p.effective_from, '-infinity')
from unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::timestamptz[])
     as p (prefix, mcc, mnc, price_micros, effective_from)
on conflict (card_id, prefix, mcc, mnc, effective_from) do update
set price_micros = excluded.price_micros
where rate.price_micros <> excluded.price_micros

-- name: clear_prefixes
delete from prefix

-- name: put_prefixes
insert into prefix (prefix, country, mcc, mnc, network)
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])

-- name: all_prefixes
select prefix, country, mcc, mnc, network from prefix order by prefix
