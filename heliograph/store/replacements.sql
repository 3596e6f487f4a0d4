-- name: lock_replaceable
-- What nobody has begun to send and no node holds in memory, where a copy of the old text would go out.
select due_at from outbox
where account_id = $1 and message_id = $2 and state = 0 and leased_by is null
for update

-- name: replace_message
-- New content and times of a message that waits; its id and status stay.
update message
set text = $3, encoding = $4, parts = $5, price_micros = $6, send_at = $7, valid_until = $8,
    callback = coalesce($9, callback), updated_at = $10
where account_id = $1 and id = $2

-- name: reschedule
-- When the outbox shall give it out.
update outbox set due_at = $3 where account_id = $1 and message_id = $2
