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

-- name: all_services
select * from service order by account_id, id

-- name: all_keywords
select * from keyword order by account_id, id

-- name: all_templates
select * from template order by account_id, id

-- name: all_replies
select * from reply order by account_id, id

-- name: all_links
select * from link order by account_id, id

-- name: all_carriers
select * from carrier order by id

-- name: all_routes
select * from route order by position, id

-- name: all_rate_cards
select * from rate_card order by id

-- name: opted_out
-- Promise P9: which of these would write to a number that asked not to hear from the sender, or from
-- any sender of the account, be it altogether or of the one campaign. Sender IDs and codes of campaigns
-- are one whatever their case, as they are when registered.
select distinct w.account_id, w.msisdn, w.sender, w.campaign
from unnest($1::bigint[], $2::text[], $3::text[], $4::text[])
     as w (account_id, msisdn, sender, campaign)
join opt_out o on o.account_id = w.account_id and o.msisdn = w.msisdn
where (o.sender = '' or lower(o.sender) = lower(w.sender))
  and (o.campaign = '' or lower(o.campaign) = lower(w.campaign))

-- name: which_have_opt_outs
-- Whether accounts that had none when the configuration was read have any by now.
select w.account_id from unnest($1::bigint[]) as w (account_id)
where exists (select from opt_out o where o.account_id = w.account_id)

-- name: accounts_with_opt_outs
-- Only messages of these accounts need to be looked up at all.
select a.id from account a where exists (select from opt_out o where o.account_id = a.id)
