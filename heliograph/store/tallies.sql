-- name: find_tallies
select * from segment_tally where account_id = $1 and segment_id = any($2::bigint[])

-- name: put_tally
-- Each is right by itself, whoever writes last.
insert into segment_tally (account_id, segment_id, upto, counts, captured_micros, open_ids)
values ($1, $2, $3, $4, $5, $6)
on conflict (account_id, segment_id) do update
set upto = excluded.upto, counts = excluded.counts, captured_micros = excluded.captured_micros,
    open_ids = excluded.open_ids

-- name: look_at_open
-- What has become of single messages. $3 and $4 bound the ids, so that other partitions are not looked at.
select m.status, count(*) as messages, array_agg(m.id) as ids,
       coalesce(sum(m.price_micros) filter (where m.charge = $5), 0)::bigint as captured
from unnest($2::bigint[]) as wanted (id)
join message m on m.account_id = $1 and m.id = wanted.id
where m.account_id = $1 and m.id between $3 and $4
group by m.status

-- name: count_piece
-- The next $4 messages of a submission: by status how many, what they were charged, the last of their ids,
-- and of statuses that are not in $5 the ids, unless these are more than $6.
select c.status, count(*) as messages, max(c.id) as upto,
       coalesce(sum(c.price_micros) filter (where c.charge = $7), 0)::bigint as captured,
       case when c.status = any($5::smallint[]) then '{}'::bigint[]
            when count(*) <= $6 then array_agg(c.id) end as ids
from (select m.id, m.status, m.price_micros, m.charge from message m
      where m.account_id = $1 and m.submission_id = $2 and m.id > $3
      order by m.id limit $4) as c
group by c.status

-- name: count_behind
-- All messages of a submission with ids above $3.
select status, count(*) as messages,
       coalesce(sum(price_micros) filter (where charge = $4), 0)::bigint as captured
from message where account_id = $1 and submission_id = $2 and id > $3
group by status
