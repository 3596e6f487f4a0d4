-- name: insert_opt_outs
insert into opt_out (account_id, msisdn, sender, source, created_at)
select * from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
on conflict (account_id, msisdn, sender) do nothing

-- name: remove_opt_out
delete from opt_out where account_id = $1 and msisdn = $2 and lower(sender) = lower($3)
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
