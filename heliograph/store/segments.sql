-- name: own_recipients
select place, msisdn, fields from broadcast_recipient
where account_id = $1 and broadcast_id = $2 and place > $3
order by place
limit $4

-- name: drop_recipients
delete from broadcast_recipient where account_id = $1 and broadcast_id = $2

-- name: due_segments
-- Listed sweeper: segments whose time has come and which nobody has, or this node had in a former life.
select account_id, id from segment
where state in (1, 2) and send_at <= $1
  and (leased_until is null or leased_until <= $1 or node = $2)
  and not (id = any($3::bigint[]))
order by send_at
limit $4

-- name: claim_segment
update segment
set state = 2, started_at = coalesce(started_at, $3), node = $4, leased_until = $5
where account_id = $1 and id = $2 and state in (1, 2) and send_at <= $3
  and (leased_until is null or leased_until <= $3 or node = $4)
returning *

-- name: next_send_at
-- Listed sweeper: when the next segment is due that nobody has.
select min(send_at) from segment where state = 1

-- name: renew_lease
-- False for one that is another's by now, or was stopped.
update segment set leased_until = $4
where account_id = $1 and id = $2 and node = $3 and state = 2
returning id

-- name: give_back
update segment set leased_until = null, node = null
where account_id = $1 and id = $2 and node = $3

-- name: set_broadcast_state
update broadcast set state = $3 where account_id = $1 and id = $2

-- name: set_segment_state
-- Of every segment of a broadcast that is in one of the states $5.
update segment set state = $3, pause_reason = $4, leased_until = null, node = null,
    clearing = clearing or $6
where account_id = $1 and broadcast_id = $2 and state = any($5::smallint[])
returning id

-- name: advance_broadcast
-- How far the recipients are taken. Only in the transaction that keeps their messages.
update broadcast set source = $3, place = $4, exhausted = $5, state = $6
where account_id = $1 and id = $2

-- name: advance_segment
update segment
set looked_at = $3, accepted = $4, price_micros = $5, skipped = $6, state = $7, finished_at = $8,
    leased_until = $9, judge_at = $10
where account_id = $1 and id = $2

-- name: count_submission
update submission set accepted = $3, skipped = $4 where account_id = $1 and id = $2

-- name: written_to
-- Which of these numbers the broadcast has a message to already. $3 are its submissions; no message of
-- them is older than $4.
select distinct recipient from message
where account_id = $1 and recipient = any($2::text[]) and submission_id = any($3::bigint[])
  and id >= $4

-- name: release_triggered
-- What waits for the trigger goes at $3, or at its own time where that is later.
update segment s set send_at = greatest($3::timestamptz + make_interval(mins => coalesce((b.plan::json->>'delay_minutes')::int, 0)),
                                        b.send_at)
from broadcast b
where b.account_id = $1 and b.trigger_id = $2 and s.account_id = $1 and s.broadcast_id = b.id
  and s.state in (1, 3) and s.send_at is null
returning s.id

-- name: find_trigger
-- Listed sweeper: whoever calls a trigger's URL brings nothing but its code.
select * from release_trigger where code = $1 and enabled

-- name: unsent_messages
-- Messages of a segment that no carrier has, in the order of their ids.
select id from message
where account_id = $1 and submission_id = $2 and id > $3 and status = any($4::smallint[])
order by id
limit $5

-- name: take_unsent
-- Only what no carrier has.
delete from outbox where account_id = $1 and message_id = any($2::bigint[]) and state = 0
returning message_id

-- name: clearing_segments
-- Listed sweeper: cancelled segments of which messages may still have to be taken back.
select account_id, id, submission_id from segment where clearing limit $1

-- name: cleared
update segment set clearing = false where account_id = $1 and id = $2

-- name: judged_segments
-- Listed sweeper: segments whose clicks are to be looked at now.
select account_id, id, broadcast_id from segment where judge_at <= $1 limit $2

-- name: judged
update segment set judge_at = null where account_id = $1 and id = $2 and judge_at is not null
returning id

-- name: count_waiting
-- Messages of an account in a lane that are due until $3 and not sent, counted up to $4.
select count(*) from (
    select 1 from outbox where account_id = $1 and lane = $2 and due_at <= $3
    order by due_at limit $4) as waiting

-- name: has_trigger
select exists (select from release_trigger where account_id = $1 and id = $2 and enabled)

-- name: opt_out_scope
select a.opt_out_scope from account a where a.id = $1
