-- name: all_accounts
select a.*, b.credit_limit_micros from account a join balance b on b.account_id = a.id order by a.id

-- name: live_credentials
select * from credential where revoked_at is null order by account_id, id

-- name: all_senders
select * from sender order by account_id, id

-- name: all_permits
select * from permit order by account_id, id

-- name: all_numbers
select * from number order by account_id, id

-- name: all_endpoints
select * from endpoint order by account_id, id

-- name: all_carriers
select * from carrier order by id

-- name: all_routes
select * from route order by position, id

-- name: all_rate_cards
select * from rate_card order by id

-- name: opted_out
-- Promise P9: which of these would write to a number that asked not to hear from the sender, or from
-- any sender of the account. Sender IDs are one whatever their case, as they are when registered.
select distinct w.account_id, w.msisdn, w.sender
from unnest($1::bigint[], $2::text[], $3::text[]) as w (account_id, msisdn, sender)
join opt_out o on o.account_id = w.account_id and o.msisdn = w.msisdn
where o.sender = '' or lower(o.sender) = lower(w.sender)

-- name: accounts_with_opt_outs
-- Only messages of these accounts need to be looked up at all.
select a.id from account a where exists (select from opt_out o where o.account_id = a.id)
