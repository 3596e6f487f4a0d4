-- name: insert_entry
insert into audit_entry (account_id, id, at, operation, target, for_account_id, person_id, actor,
                         credential_id, address, outcome, changes)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)

-- name: list_entries
-- Newest first. What is null is not asked.
select account_id, id, at, operation, target, for_account_id, person_id, actor, credential_id, address,
       outcome, changes
from audit_entry
where account_id = $1 and id < $2 and id >= $3
  and ($4::text is null or operation = $4)
  and ($5::bigint is null or person_id = $5)
  and ($6::text is null or target = $6)
  and ($7::text is null or outcome = $7)
order by id desc limit $8
