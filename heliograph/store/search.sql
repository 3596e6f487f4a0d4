-- name: read_in_order
-- Until the transaction ends: rows come by an index in the order that is asked for, so that a limit bounds
-- what is read. Without knowing the account the planner would take the largest for an average one, and
-- sort all of it.
select set_config('enable_sort', 'off', true), set_config('plan_cache_mode', 'force_custom_plan', true)

-- name: search_messages
-- Newest first, of at most 10,000 messages: `fits` says which of them were meant, `looked_at` counts them.
-- The last one comes whether it fits or not, for that is where to go on. A null argument does not
-- filter. What is a secret, or no text, cannot be found by its text.
select * from (
    select m.*, row_number() over (order by m.id desc) as looked_at,
        ($4::text is null or recipient = $4) and ($5::text is null or sender = $5)
        and ($6::smallint[] is null or status = any($6::smallint[]))
        and ($7::bigint is null or submission_id = $7 or id = $7)
        and ($8::text is null or reference = $8) and ($9::integer is null or carrier_id = $9)
        and ($10::text is null or dialect = $10) and ($11::text is null or country = $11)
        and ($12::text is null or (body is null and not coalesce(extra @> '{"secret": true}', false)
                                   and strpos(lower(text), lower($12)) > 0)) as fits
    from (
        select * from message where account_id = $1 and id < $2 and id >= $3
        order by id desc limit 10000
    ) m
) found
where fits or looked_at = 10000
order by id desc
limit $13

-- name: search_messages_to
-- The same among the messages to one number, by their index.
select * from (
    select m.*, row_number() over (order by m.id desc) as looked_at,
        ($5::text is null or sender = $5)
        and ($6::smallint[] is null or status = any($6::smallint[]))
        and ($7::bigint is null or submission_id = $7 or id = $7)
        and ($8::text is null or reference = $8) and ($9::integer is null or carrier_id = $9)
        and ($10::text is null or dialect = $10) and ($11::text is null or country = $11)
        and ($12::text is null or (body is null and not coalesce(extra @> '{"secret": true}', false)
                                   and strpos(lower(text), lower($12)) > 0)) as fits
    from (
        select * from message
        where account_id = $1 and id < $2 and id >= $3 and recipient = $4::text
        order by id desc limit 10000
    ) m
) found
where fits or looked_at = 10000
order by id desc
limit $13

-- name: search_messages_referenced
-- The same among the messages with one reference, by their index.
select * from (
    select m.*, row_number() over (order by m.id desc) as looked_at,
        ($4::text is null or recipient = $4) and ($5::text is null or sender = $5)
        and ($6::smallint[] is null or status = any($6::smallint[]))
        and ($7::bigint is null or submission_id = $7 or id = $7)
        and ($9::integer is null or carrier_id = $9)
        and ($10::text is null or dialect = $10) and ($11::text is null or country = $11)
        and ($12::text is null or (body is null and not coalesce(extra @> '{"secret": true}', false)
                                   and strpos(lower(text), lower($12)) > 0)) as fits
    from (
        select * from message
        where account_id = $1 and id < $2 and id >= $3 and reference = $8::text
        order by id desc limit 10000
    ) m
) found
where fits or looked_at = 10000
order by id desc
limit $13

-- name: submission_span
-- Until when a submission got its messages; null while it still may, as those of broadcasts do.
select case when exists (select from segment g where g.account_id = $1 and g.submission_id = $2)
            then null else s.closed_at end as closed_at
from submission s where s.account_id = $1 and s.id = $2
