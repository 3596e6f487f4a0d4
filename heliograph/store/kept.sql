-- name: announce
-- Every process reads the configuration again when the transaction commits.
select pg_notify($1, '')

-- name: insert_account
-- An account and its books, which begin empty.
with made as (
    insert into account (name, currency, state, rate_card, charge_on, on_uncertain_otp,
                         on_uncertain_transactional, on_uncertain_promotional, any_sender, max_parts,
                         default_validity_seconds, default_region, submits_per_second)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
    returning *
), books as (
    insert into balance (account_id, credit_limit_micros) select id, $14::bigint from made
)
select made.*, $14::bigint as credit_limit_micros from made

-- name: update_account
-- The table's check refuses a credit limit that the balance has passed already.
with changed as (
    update account
    set name = $2, currency = $3, state = $4, rate_card = $5, charge_on = $6, on_uncertain_otp = $7,
        on_uncertain_transactional = $8, on_uncertain_promotional = $9, any_sender = $10,
        max_parts = $11, default_validity_seconds = $12, default_region = $13,
        submits_per_second = $14
    where id = $1
    returning *
), books as (
    update balance b set credit_limit_micros = $15::bigint from changed where b.account_id = changed.id
)
select changed.*, $15::bigint as credit_limit_micros from changed

-- name: find_account
select a.*, b.credit_limit_micros from account a join balance b on b.account_id = a.id
where a.id = $1

-- name: list_account
select a.*, b.credit_limit_micros from account a join balance b on b.account_id = a.id
where a.id > $1 order by a.id limit $2

-- name: remove_account
-- Only one that has left no trace: its books and its traffic must stay readable.
delete from account a where a.id = $1
  and not exists (select from ledger_entry where account_id = $1)
  and not exists (select from message where account_id = $1)
returning a.id

-- name: insert_credential
insert into credential (account_id, dialect, name, secret_hash, hint, mode, scopes, allowed_networks,
                        denied_networks, label, expires_at, settings, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
returning *

-- name: update_credential
-- What a customer may change of a credential without giving it a new secret.
update credential
set scopes = $3, allowed_networks = $4, denied_networks = $5, label = $6, expires_at = $7,
    settings = $8
where account_id = $1 and id = $2 and revoked_at is null
returning *

-- name: find_credential
select * from credential where account_id = $1 and id = $2

-- name: list_credential
select * from credential where account_id = $1 and id > $2 order by id limit $3

-- name: rotate_credential
-- The former secret works until $5; null means that it does not work any more.
update credential
set previous_hash = case when $5::timestamptz is null then null else secret_hash end,
    previous_until = $5, secret_hash = $3, hint = $4
where account_id = $1 and id = $2 and revoked_at is null
returning *

-- name: revoke_credential
update credential set revoked_at = $3, previous_hash = null, previous_until = null
where account_id = $1 and id = $2 and revoked_at is null
returning id

-- name: insert_sender
insert into sender (account_id, name, state, country) values ($1, $2, $3, $4) returning *

-- name: update_sender
update sender set name = $3, state = $4, country = $5 where account_id = $1 and id = $2 returning *

-- name: find_sender
select * from sender where account_id = $1 and id = $2

-- name: list_sender
select * from sender where account_id = $1 and id > $2 order by id limit $3

-- name: remove_sender
delete from sender where account_id = $1 and id = $2 returning id

-- name: insert_permit
insert into permit (account_id, code, state) values ($1, $2, $3) returning *

-- name: update_permit
update permit set code = $3, state = $4 where account_id = $1 and id = $2 returning *

-- name: find_permit
select * from permit where account_id = $1 and id = $2

-- name: list_permit
select * from permit where account_id = $1 and id > $2 order by id limit $3

-- name: remove_permit
delete from permit where account_id = $1 and id = $2 returning id

-- name: insert_number
insert into number (account_id, msisdn, country) values ($1, $2, $3) returning *

-- name: update_number
update number set msisdn = $3, country = $4 where account_id = $1 and id = $2 returning *

-- name: find_number
select * from number where account_id = $1 and id = $2

-- name: list_number
select * from number where account_id = $1 and id > $2 order by id limit $3

-- name: remove_number
delete from number where account_id = $1 and id = $2 returning id

-- name: insert_endpoint
insert into endpoint (account_id, url, dialect, events, disabled_at, disabled_reason, secret_sealed)
values ($1, $2, $3, $4, $5, $6, $7)
returning *

-- name: update_endpoint
update endpoint
set url = $3, dialect = $4, events = $5, disabled_at = $6, disabled_reason = $7, secret_sealed = $8
where account_id = $1 and id = $2
returning *

-- name: find_endpoint
select * from endpoint where account_id = $1 and id = $2

-- name: list_endpoint
select * from endpoint where account_id = $1 and id > $2 order by id limit $3

-- name: remove_endpoint
delete from endpoint where account_id = $1 and id = $2 returning id

-- name: insert_carrier
insert into carrier (name, kind, enabled, per_second, "window", channels, rate_card, settings)
values ($1, $2, $3, $4, $5, $6, $7, $8)
returning *

-- name: update_carrier
update carrier
set name = $2, kind = $3, enabled = $4, per_second = $5, "window" = $6, channels = $7,
    rate_card = $8, settings = $9
where id = $1
returning *

-- name: find_carrier
select * from carrier where id = $1

-- name: list_carrier
select * from carrier where id > $1 order by id limit $2

-- name: remove_carrier
delete from carrier where id = $1 returning id

-- name: insert_route
insert into route (name, position, enabled, account_id, sender, prefix, mcc, mnc, traffic_class,
                   from_minute, to_minute, targets)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
returning *

-- name: update_route
update route
set name = $2, position = $3, enabled = $4, account_id = $5, sender = $6, prefix = $7, mcc = $8,
    mnc = $9, traffic_class = $10, from_minute = $11, to_minute = $12, targets = $13
where id = $1
returning *

-- name: find_route
select * from route where id = $1

-- name: list_route
select * from route where id > $1 order by id limit $2

-- name: remove_route
delete from route where id = $1 returning id

-- name: insert_rate_card
insert into rate_card (name, currency, side) values ($1, $2, $3) returning *

-- name: update_rate_card
update rate_card set name = $2, currency = $3, side = $4 where id = $1 returning *

-- name: find_rate_card
select * from rate_card where id = $1

-- name: list_rate_card
select * from rate_card where id > $1 order by id limit $2

-- name: remove_rate_card
delete from rate_card where id = $1 returning id

-- name: routes_by_carrier
-- Which routes lead to a carrier: it cannot go, nor change its name, while there are any.
select name from route where targets @> jsonb_build_array(jsonb_build_object('carrier', $1::text))
order by position, id

-- name: users_of_card
-- Who reads prices from a card: accounts sell by it, carriers are paid by it.
select 'account ' || name as name from account where rate_card = $1
union all select 'carrier ' || name from carrier where rate_card = $1
order by 1 limit 5

-- name: any_credential
-- Listed sweeper: whether anybody can sign in yet, which takes the server key of that time.
select exists (select from credential)
