-- name: insert_opt_outs
insert into opt_out (account_id, msisdn, sender, campaign, source, created_at)
select * from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
on conflict (account_id, msisdn, sender, campaign) do nothing
returning account_id, msisdn, sender, campaign

-- name: remove_opt_out
delete from opt_out
where account_id = $1 and msisdn = $2 and lower(sender) = lower($3) and lower(campaign) = lower($4)
returning account_id

-- name: lift_opt_outs
-- What a handset's START ends: whatever blocks these senders, and what a handset's own STOP has blocked
-- for every sender. A block of every sender that the account made itself stays.
delete from opt_out
where account_id = $1 and msisdn = $2
  and (lower(sender) = any($3::text[]) or (sender = '' and source = 'handset'))
returning account_id

-- name: list_opt_outs
-- In the order of the numbers; a number is never split over two pages.
select * from opt_out where account_id = $1 and msisdn > $2
order by msisdn
fetch first $3 rows with ties

-- name: some_without_opt_outs
-- Whether an account in the list has none yet.
select exists (select from unnest($1::bigint[]) as w (account_id)
               where not exists (select from opt_out o where o.account_id = w.account_id))
