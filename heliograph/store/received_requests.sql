-- name: insert_received
-- The requests of a batch, in the transaction that stores their messages. What is the same for all comes once.
insert into received_request (account_id, id, request_id, at, credential_id, person_id, octets, entries,
                              whole, cut, hexadecimal, method, path, query, body, media_type, agent, address)
select coalesce(n.account_id, ($1::bigint[])[1]), n.id, n.request_id, $4::timestamptz,
       n.credential_id, n.person_id, n.octets, n.entries,
       coalesce(n.whole, ($9::boolean[])[1]), coalesce(n.cut, ($10::boolean[])[1]),
       coalesce(n.hexadecimal, ($11::boolean[])[1]), coalesce(n.method, ($12::text[])[1]),
       coalesce(n.path, ($13::text[])[1]), n.query, n.body, n.media_type, n.agent,
       coalesce(n.address, ($18::text[])[1])
from unnest($1::bigint[], $2::bigint[], $3::bigint[], $5::bigint[], $6::bigint[], $7::integer[],
            $8::integer[], $9::boolean[], $10::boolean[], $11::boolean[], $12::text[], $13::text[],
            $14::text[], $15::text[], $16::text[], $17::text[], $18::text[])
     as n (account_id, id, request_id, credential_id, person_id, octets, entries, whole, cut, hexadecimal,
           method, path, query, body, media_type, agent, address)

-- name: find_received
-- The request of a submission or of a single message. Messages of a stream are counted when it has ended.
select r.account_id, r.id, r.request_id, r.at, r.credential_id, r.person_id, r.octets,
       coalesce(r.entries, nullif(s.accepted
                + coalesce((select sum(each.value::integer) from jsonb_each_text(s.skipped) as each), 0), 0)
       )::integer as entries,
       r.whole, r.cut, r.hexadecimal, r.method, r.path, r.query, r.body, r.media_type, r.agent, r.address
from received_request r
left join submission s on s.account_id = r.account_id and s.id = r.id
where r.account_id = $1 and r.id = $2
