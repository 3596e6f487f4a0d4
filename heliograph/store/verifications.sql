-- name: insert_verifications
-- In the transaction that accepts their messages. Arrays in the order of the columns.
insert into verification (account_id, id, message_id, profile_id, expires_at, sent_at, resend_seconds,
                          sends, most_sends, max_attempts, status, length, recipient, sender, channel,
                          prefix, country, alphabet, code_hash, text, locale, limit_key, reference)
select * from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::timestamptz[],
                     $6::timestamptz[], $7::integer[], $8::smallint[], $9::smallint[], $10::smallint[],
                     $11::smallint[], $12::smallint[], $13::text[], $14::text[], $15::text[],
                     $16::text[], $17::text[], $18::text[], $19::bytea[], $20::text[], $21::text[],
                     $22::text[], $23::text[])

-- name: find_verification
select * from verification where account_id = $1 and id = $2

-- name: last_verification
-- The newest of a recipient that can still be approved ($4 is now), else the newest; none older than $3.
select * from verification
where account_id = $1 and recipient = $2 and id >= $3
order by (status = 1 and attempts < max_attempts and expires_at > $4) desc, id desc
limit 1

-- name: take_attempt
-- One try, counted before it is looked at: concurrent ones wait here for each other, so that never more
-- than max_attempts are compared.
update verification set attempts = attempts + 1
where account_id = $1 and id = $2 and status = 1 and attempts < max_attempts and expires_at > $3
returning *

-- name: close_verification
-- Approved or cancelled, once.
update verification set status = $3, closed_at = $4
where account_id = $1 and id = $2 and status = 1 and expires_at > $4
returning *

-- name: lock_verification
select * from verification where account_id = $1 and id = $2 for update

-- name: note_resend
-- Another message of a locked verification.
update verification set sends = sends + 1, sent_at = $3, message_id = $4, code_hash = $5
where account_id = $1 and id = $2
