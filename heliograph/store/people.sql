-- name: insert_person
insert into person (account_id, email, name, role, operator, state, password_hash, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)
returning account_id, id, email, name, role, operator, state, totp_since is not null as second_factor,
          created_at, signed_in_at

-- name: find_person
select account_id, id, email, name, role, operator, state, totp_since is not null as second_factor,
       created_at, signed_in_at
from person where account_id = $1 and id = $2

-- name: list_people
select account_id, id, email, name, role, operator, state, totp_since is not null as second_factor,
       created_at, signed_in_at
from person where account_id = $1 and id > $2
order by id limit $3

-- name: find_secrets
-- Listed sweeper: who signs in brings nothing but an e-mail address.
select account_id, id, email, name, role, operator, state, totp_since is not null as second_factor,
       created_at, signed_in_at, password_hash, totp_sealed, totp_step
from person where lower(email) = lower($1)

-- name: lock_secrets
select account_id, id, email, name, role, operator, state, totp_since is not null as second_factor,
       created_at, signed_in_at, password_hash, totp_sealed, totp_step
from person where account_id = $1 and id = $2
for update

-- name: change_person
update person set name = $3, role = $4, state = $5 where account_id = $1 and id = $2
returning account_id, id, email, name, role, operator, state, totp_since is not null as second_factor,
          created_at, signed_in_at

-- name: set_password
-- Whoever chooses a password is active from then on, unless disabled.
update person set password_hash = $3,
    state = case when state = 'disabled' then state
                 when $3::text is null then 'invited' else 'active' end
where account_id = $1 and id = $2

-- name: rehash_password
-- Only while it is still the one that was just looked at.
update person set password_hash = $4 where account_id = $1 and id = $2 and password_hash = $3

-- name: note_sign_in
update person set signed_in_at = $3 where account_id = $1 and id = $2

-- name: set_totp
update person set totp_sealed = $3, totp_since = null, recovery_hashes = '{}'
where account_id = $1 and id = $2

-- name: confirm_totp
update person set totp_since = $3, totp_step = $4, recovery_hashes = $5
where account_id = $1 and id = $2

-- name: use_totp_step
-- A row only for the first to bring a code of this step.
update person set totp_step = $3 where account_id = $1 and id = $2 and totp_step < $3
returning id

-- name: use_recovery_code
update person set recovery_hashes = array_remove(recovery_hashes, $3)
where account_id = $1 and id = $2 and $3 = any(recovery_hashes)
returning id

-- name: lock_owners
-- Owners that can sign in; nobody else changes them until the transaction ends.
select id from person where account_id = $1 and role = 'owner' and state = 'active'
order by id for update

-- name: any_owner_of_house
-- Listed sweeper: there is one house.
select exists (select from person where operator and role = 'owner' and password_hash is not null)

-- name: put_link
insert into one_time_link (account_id, person_id, purpose, token_hash, expires_at)
values ($1, $2, $3, $4, $5)
on conflict (account_id, person_id) do update
set purpose = excluded.purpose, token_hash = excluded.token_hash, expires_at = excluded.expires_at

-- name: find_link
-- Listed sweeper: a link brings nothing but its token.
select account_id, person_id, purpose, expires_at from one_time_link where token_hash = $1

-- name: take_link
-- Listed sweeper, as above. A row only for the first to bring it.
delete from one_time_link where token_hash = $1
returning account_id, person_id, purpose, expires_at

-- name: drop_links
delete from one_time_link where account_id = $1 and person_id = $2

-- name: put_set_up
insert into set_up (one, token_hash) values (true, $1)
on conflict (one) do update set token_hash = excluded.token_hash

-- name: has_set_up
select exists (select from set_up where token_hash = $1)

-- name: take_set_up
delete from set_up where token_hash = $1 returning one

-- name: drop_set_up
delete from set_up

-- name: account_named
select id from account where name = $1
