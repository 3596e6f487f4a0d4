-- name: announce
-- Every process reads the configuration again when the transaction commits.
select pg_notify($1, '')

-- name: insert_account
-- An account and its books, which begin empty.
with made as (
    insert into account (name, currency, state, rate_card, charge_on, on_uncertain_otp,
                         on_uncertain_transactional, on_uncertain_promotional, any_sender, max_parts,
                         default_validity_seconds, default_region, submits_per_second,
                         conversion_tracking, opt_out_scope)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
    returning *
), books as (
    insert into balance (account_id, credit_limit_micros) select id, $16::bigint from made
), gathered as (
    insert into campaign (account_id, name, is_default) select id, 'Default campaign', true from made
)
select made.*, $16::bigint as credit_limit_micros from made

-- name: update_account
-- The table's check refuses a credit limit that the balance has passed already.
with changed as (
    update account
    set name = $2, currency = $3, state = $4, rate_card = $5, charge_on = $6, on_uncertain_otp = $7,
        on_uncertain_transactional = $8, on_uncertain_promotional = $9, any_sender = $10,
        max_parts = $11, default_validity_seconds = $12, default_region = $13,
        submits_per_second = $14, conversion_tracking = $15, opt_out_scope = $16
    where id = $1
    returning *
), books as (
    update balance b set credit_limit_micros = $17::bigint from changed where b.account_id = changed.id
)
select changed.*, $17::bigint as credit_limit_micros from changed

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
  and not exists (select from rental where account_id = $1 and state <> 'ended')
returning a.id

-- name: insert_credential
insert into credential (account_id, dialect, name, secret_hash, hint, mode, scopes, allowed_networks,
                        denied_networks, label, expires_at, settings, service_id, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
returning *

-- name: update_credential
-- What a customer may change of a credential without giving it a new secret.
update credential
set scopes = $3, allowed_networks = $4, denied_networks = $5, label = $6, expires_at = $7,
    settings = $8, service_id = $9
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
insert into sender (account_id, name, state, country, enabled, reason) values ($1, $2, $3, $4, $5, $6) returning *

-- name: update_sender
update sender set name = $3, state = $4, country = $5, enabled = $6, reason = $7
where account_id = $1 and id = $2 returning *

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
insert into number (account_id, msisdn, country, service_id, features, shared)
values ($1, $2, $3, $4, $5, $6)
returning *

-- name: update_number
update number set msisdn = $3, country = $4, service_id = $5, features = $6, shared = $7
where account_id = $1 and id = $2
returning *

-- name: find_number
select * from number where account_id = $1 and id = $2

-- name: list_number
select * from number where account_id = $1 and id > $2 order by id limit $3

-- name: remove_number
delete from number where account_id = $1 and id = $2 returning id

-- name: insert_endpoint
insert into endpoint (account_id, url, dialect, events, disabled_at, disabled_reason, secret_sealed,
                      service_id, settings)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
returning *

-- name: update_endpoint
update endpoint
set url = $3, dialect = $4, events = $5, disabled_at = $6, disabled_reason = $7, secret_sealed = $8,
    service_id = $9, settings = $10
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

-- name: insert_service
insert into service (account_id, name, description, active, sender) values ($1, $2, $3, $4, $5) returning *

-- name: update_service
update service set name = $3, description = $4, active = $5, sender = $6 where account_id = $1 and id = $2 returning *

-- name: find_service
select * from service where account_id = $1 and id = $2

-- name: list_service
select * from service where account_id = $1 and id > $2 order by id limit $3

-- name: remove_service
delete from service where account_id = $1 and id = $2 returning id

-- name: insert_keyword
insert into keyword (account_id, msisdn, word, service_id) values ($1, $2, $3, $4) returning *

-- name: update_keyword
update keyword set msisdn = $3, word = $4, service_id = $5 where account_id = $1 and id = $2 returning *

-- name: find_keyword
select * from keyword where account_id = $1 and id = $2

-- name: list_keyword
select * from keyword where account_id = $1 and id > $2 order by id limit $3

-- name: remove_keyword
delete from keyword where account_id = $1 and id = $2 returning id

-- name: insert_template
insert into template (account_id, name, text, enabled) values ($1, $2, $3, $4) returning *

-- name: update_template
update template set name = $3, text = $4, enabled = $5 where account_id = $1 and id = $2 returning *

-- name: find_template
select * from template where account_id = $1 and id = $2

-- name: list_template
select * from template where account_id = $1 and id > $2 order by id limit $3

-- name: remove_template
delete from template where account_id = $1 and id = $2 returning id

-- name: hold_service
-- A service that something is about to point to.
select id from service where account_id = $1 and id = $2 for key share

-- name: lock_service
-- A service that is about to go.
select id from service where account_id = $1 and id = $2 for update

-- name: users_of_service
-- What points to a service: it cannot go while there is anything.
select 'number ' || msisdn as name from number where account_id = $1 and service_id = $2
union all select 'keyword ' || word from keyword where account_id = $1 and service_id = $2
union all select 'endpoint ep_' || id from endpoint where account_id = $1 and service_id = $2
union all select 'reply rep_' || id from reply where account_id = $1 and service_id = $2
union all select 'credential cred_' || id from credential
          where account_id = $1 and service_id = $2 and revoked_at is null
order by 1 limit 5

-- name: owner_of_number
-- The account of a number that is its own or shared: another may have keywords on it.
select account_id from number where msisdn = $1 and (account_id = $2 or shared) for key share

-- name: lock_number
-- A number that is about to go, or to be shared no more; whichever account_id it has.
select account_id from number where msisdn = $1 for update

-- name: keywords_on_number
-- Keywords of every account_id but the one given.
select word from keyword where msisdn = $1 and ($2::bigint is null or account_id <> $2)
order by word limit 5

-- name: insert_reply
insert into reply (account_id, kind, language, service_id, enabled, text)
values ($1, $2, $3, $4, $5, $6)
returning *

-- name: update_reply
update reply set kind = $3, language = $4, service_id = $5, enabled = $6, text = $7
where account_id = $1 and id = $2
returning *

-- name: find_reply
select * from reply where account_id = $1 and id = $2

-- name: list_reply
select * from reply where account_id = $1 and id > $2 order by id limit $3

-- name: remove_reply
delete from reply where account_id = $1 and id = $2 returning id

-- name: insert_link
insert into link (account_id, name, url, enabled, ios_url, android_url, desktop_url, bot_redirect,
                  preview_url, code_parameter)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
returning *

-- name: update_link
update link
set name = $3, url = $4, enabled = $5, ios_url = $6, android_url = $7, desktop_url = $8,
    bot_redirect = $9, preview_url = $10, code_parameter = $11
where account_id = $1 and id = $2
returning *

-- name: find_link
select * from link where account_id = $1 and id = $2

-- name: list_link
select * from link where account_id = $1 and id > $2 order by id limit $3

-- name: remove_link
delete from link where account_id = $1 and id = $2 returning id

-- name: insert_campaign
insert into campaign (account_id, name, start_date, end_date, enabled) values ($1, $2, $3, $4, $5) returning *

-- name: update_campaign
update campaign set name = $3, start_date = $4, end_date = $5, enabled = $6 where account_id = $1 and id = $2 returning *

-- name: find_campaign
select * from campaign where account_id = $1 and id = $2

-- name: list_campaign
select * from campaign where account_id = $1 and id > $2 order by id limit $3

-- name: remove_campaign
delete from campaign where account_id = $1 and id = $2 and not is_default returning id

-- name: insert_sender_list
insert into sender_list (account_id, name, sender_ids, enabled) values ($1, $2, $3, $4) returning *

-- name: update_sender_list
update sender_list set name = $3, sender_ids = $4, enabled = $5 where account_id = $1 and id = $2 returning *

-- name: find_sender_list
select * from sender_list where account_id = $1 and id = $2

-- name: list_sender_list
select * from sender_list where account_id = $1 and id > $2 order by id limit $3

-- name: remove_sender_list
delete from sender_list where account_id = $1 and id = $2 returning id

-- name: insert_link_list
insert into link_list (account_id, name, link_ids, enabled) values ($1, $2, $3, $4) returning *

-- name: update_link_list
update link_list set name = $3, link_ids = $4, enabled = $5 where account_id = $1 and id = $2 returning *

-- name: find_link_list
select * from link_list where account_id = $1 and id = $2

-- name: list_link_list
select * from link_list where account_id = $1 and id > $2 order by id limit $3

-- name: remove_link_list
delete from link_list where account_id = $1 and id = $2 returning id

-- name: insert_spinner
insert into spinner (account_id, name, words, enabled) values ($1, $2, $3, $4) returning *

-- name: update_spinner
update spinner set name = $3, words = $4, enabled = $5 where account_id = $1 and id = $2 returning *

-- name: find_spinner
select * from spinner where account_id = $1 and id = $2

-- name: list_spinner
select * from spinner where account_id = $1 and id > $2 order by id limit $3

-- name: remove_spinner
delete from spinner where account_id = $1 and id = $2 returning id

-- name: insert_release_trigger
-- The code is 80 random bits: whoever has it may release what waits.
insert into release_trigger (account_id, name, uuid, enabled, code)
values ($1, $2, coalesce(nullif($3, ''), gen_random_uuid()::text), $4,
        right(replace(gen_random_uuid()::text, '-', ''), 12)
        || left(replace(gen_random_uuid()::text, '-', ''), 8))
returning *

-- name: update_release_trigger
update release_trigger set name = $3, uuid = coalesce(nullif($4, ''), uuid), enabled = $5
where account_id = $1 and id = $2
returning *

-- name: find_release_trigger
select * from release_trigger where account_id = $1 and id = $2

-- name: list_release_trigger
select * from release_trigger where account_id = $1 and id > $2 order by id limit $3

-- name: remove_release_trigger
delete from release_trigger where account_id = $1 and id = $2 returning id

-- name: hold_thing
select pg_advisory_xact_lock($1, hashtext($2))
