-- name: hold
-- Set money aside, accounts in one order. Accounts that cannot cover their sum are not returned.
-- Entries come with it.
with wanted as (
    select * from unnest($1::bigint[], $2::bigint[]) as w (account_id, micros)
), locked as (
    select b.account_id from balance b join wanted w on w.account_id = b.account_id
    order by b.account_id for update of b
), entered as (
    insert into ledger_entry (account_id, id, transaction_id, amount_micros, submission_id, purse, why)
    select * from unnest($3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
                         $8::smallint[], $9::text[])
)
update balance b
set available_micros = b.available_micros - w.micros, held_micros = b.held_micros + w.micros
from wanted w join locked l on l.account_id = w.account_id
where b.account_id = w.account_id
  and b.available_micros - w.micros + b.credit_limit_micros >= 0
returning b.account_id

-- name: lock_balance
-- What an account can spend, locked: used when a batch's sum is more than that.
select available_micros + credit_limit_micros from balance where account_id = $1 for update

-- name: resolve
-- Captured money leaves what is held; released money goes back to what is available. Entries come with it.
with wanted as (
    select * from unnest($1::bigint[], $2::bigint[], $3::bigint[]) as w (account_id, captured, released)
), locked as (
    select b.account_id from balance b join wanted w on w.account_id = b.account_id
    order by b.account_id for update of b
), entered as (
    insert into ledger_entry (account_id, id, transaction_id, amount_micros, submission_id, purse, why)
    select * from unnest($4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[],
                         $9::smallint[], $10::text[])
)
update balance b
set held_micros = b.held_micros - w.captured - w.released,
    available_micros = b.available_micros + w.released
from wanted w join locked l on l.account_id = w.account_id
where b.account_id = w.account_id

-- name: fund
-- A payment or a correction; the table's check refuses what would pass the credit limit.
update balance set available_micros = available_micros + $2 where account_id = $1
returning available_micros

-- name: charge
-- What is earned at once; no row when balance and credit do not cover it. A negative sum is given back.
update balance set available_micros = available_micros - $2::bigint
where account_id = $1 and ($2::bigint <= 0 or available_micros - $2::bigint + credit_limit_micros >= 0)
returning available_micros

-- name: insert_entries
insert into ledger_entry (account_id, id, transaction_id, amount_micros, submission_id, purse, why)
select * from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[],
                     $6::smallint[], $7::text[])

-- name: list_entries
select * from ledger_entry where account_id = $1 and id < $2 order by id desc limit $3

-- name: find_balance
select a.id as account_id, a.currency, b.available_micros, b.held_micros, b.credit_limit_micros
from account a join balance b on b.account_id = a.id where a.id = $1

-- name: audit
-- Listed sweeper: promise P4. One row for each account whose books do not agree; none when all is well.
with entries as (
    select account_id,
           sum(amount_micros) as total,
           sum(amount_micros) filter (where purse = 1) as available,
           sum(amount_micros) filter (where purse = 2) as held
    from ledger_entry group by account_id
), holds as (
    select account_id, sum(price_micros) as held from message where charge = 1 group by account_id
)
select b.account_id, b.available_micros, b.held_micros, coalesce(e.total, 0) as total,
       coalesce(e.available, 0) as ledger_available, coalesce(e.held, 0) as ledger_held,
       coalesce(h.held, 0) as message_held
from balance b
left join entries e on e.account_id = b.account_id
left join holds h on h.account_id = b.account_id
where coalesce(e.total, 0) <> 0
   or coalesce(e.available, 0) <> b.available_micros
   or coalesce(e.held, 0) <> b.held_micros
   or coalesce(h.held, 0) <> b.held_micros

-- name: insert_key
-- Promise P7: the first to come owns the key.
insert into idempotency (account_id, key, created_at, fingerprint)
select * from unnest($1::bigint[], $2::text[], $3::timestamptz[], $4::bytea[])
on conflict (account_id, key) do nothing
returning account_id, key

-- name: find_key
select fingerprint, answer from idempotency where account_id = $1 and key = $2

-- name: answer_keys
update idempotency i set answer = n.answer
from unnest($1::bigint[], $2::text[], $3::bytea[]) as n (account_id, key, answer)
where i.account_id = n.account_id and i.key = n.key

-- name: drop_key
-- A request that was refused may use its key again.
delete from idempotency where account_id = $1 and key = $2

-- name: drop_unanswered_keys
-- Listed sweeper: keys of uploads that were never finished may be used again.
delete from idempotency where answer is null and created_at < $1

-- name: drop_old_keys
-- Listed sweeper: keys are kept for a day.
delete from idempotency where created_at < $1
