-- name: insert_refused
insert into refused_request (account_id, id, credential_id, left_out, entries, octets, caller, dialect,
                             operation, target, answered, code, field, detail, address, agent, media_type)
select * from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::integer[], $5::integer[], $6::integer[],
                     $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[],
                     $13::text[], $14::text[], $15::text[], $16::text[], $17::text[])

-- name: drop_beyond
-- Of these accounts only the newest $2 stay.
delete from refused_request r
using unnest($1::bigint[]) as a (account_id)
where r.account_id = a.account_id and r.id <= (
    select k.id from refused_request k where k.account_id = a.account_id
    order by k.id desc offset $2 limit 1
)

-- name: drop_old_refused
-- Listed sweeper: those with ids below $1, of all accounts.
delete from refused_request where id < $1

-- name: list_refused
-- Newest first. What is null is not asked.
select * from refused_request
where account_id = $1 and id < $2 and id >= $3
  and ($4::text is null or dialect = $4)
  and ($5::text is null or code = $5)
  and ($6::bigint is null or credential_id = $6)
  and ($7::text is null or operation = $7)
order by id desc limit $8
