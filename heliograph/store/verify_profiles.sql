-- name: insert_profile
insert into verify_profile (account_id, name, sender, length, alphabet, ttl_seconds, max_attempts,
                            resend_seconds, resend_limit, texts, limits, guard, allowed_countries)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
returning *

-- name: update_profile
update verify_profile
set name = $3, sender = $4, length = $5, alphabet = $6, ttl_seconds = $7, max_attempts = $8,
    resend_seconds = $9, resend_limit = $10, texts = $11, limits = $12, guard = $13,
    allowed_countries = $14
where account_id = $1 and id = $2
returning *

-- name: find_profile
select * from verify_profile where account_id = $1 and id = $2

-- name: profile_named
-- By number ($3, 0 for none) or, whatever its case, by name.
select * from verify_profile where account_id = $1 and (lower(name) = lower($2) or id = $3)

-- name: list_profiles
select * from verify_profile where account_id = $1 and id > $2 order by id limit $3

-- name: remove_profile
delete from verify_profile where account_id = $1 and id = $2 returning id
