-- name: insert_broadcast
insert into broadcast (account_id, name, kind, state, dialect, credential_id, campaign_id, trigger_id,
                       list_ids, send_at, estimated_count, plan, snapshots, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
returning id

-- name: set_snapshots
-- The lists are held under the broadcast's id, so it comes first.
update broadcast set snapshots = $3, estimated_count = $4 where account_id = $1 and id = $2

-- name: insert_recipients
insert into broadcast_recipient (account_id, broadcast_id, place, msisdn, fields)
select $1, $2, n.place, n.msisdn, n.fields
from unnest($3::text[], $4::text[]) with ordinality as n (msisdn, fields, place)

-- name: insert_segment
insert into segment (account_id, broadcast_id, position, state, text, template_id, recipe, size,
                     submission_id, send_at, utc_offset_minutes, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
returning *

-- name: find_broadcast
select * from broadcast where account_id = $1 and id = $2

-- name: lock_broadcast
-- Whoever steers a broadcast and whoever takes its recipients come one after the other.
select * from broadcast where account_id = $1 and id = $2 for no key update

-- name: find_segments
select * from segment where account_id = $1 and broadcast_id = any($2::bigint[])
order by broadcast_id, position

-- name: find_segment
select * from segment where account_id = $1 and id = $2

-- name: list_broadcasts
-- $3 to $9 and $14 filter unless null; $10 is the column that sorts, $11 whether downwards.
select * from broadcast
where account_id = $1
  and ($2::bigint[] is null or id = any($2))
  and ($3::text is null or position(lower($3) in lower(name)) > 0)
  and ($4::smallint[] is null or kind = any($4))
  and ($5::smallint[] is null or state = any($5))
  and ($6::text[] is null or dialect = any($6))
  and ($7::bigint[] is null or campaign_id = any($7))
  and ($8::timestamptz is null or created_at >= $8)
  and ($9::timestamptz is null or created_at < $9)
  and ($14::text[] is null or split_part(coalesce(plan::jsonb ->> 'note', ''), ':', 1) = any($14 || '{""}'::text[]))
order by
  case when $11 and $10 = 'created_at' then created_at when $11 and $10 = 'send_at' then send_at end desc nulls last,
  case when $11 and $10 = 'name' then name end desc,
  case when $11 and $10 = 'state' then state when $11 and $10 = 'kind' then kind end desc,
  case when not $11 and $10 = 'created_at' then created_at when not $11 and $10 = 'send_at' then send_at end nulls last,
  case when not $11 and $10 = 'name' then name end,
  case when not $11 and $10 = 'state' then state when not $11 and $10 = 'kind' then kind end,
  case when $11 then id end desc, id
limit $12 offset $13

-- name: count_statuses
-- Promise P10: where the messages of segments stand, what they were charged.
select submission_id, status, count(*) as messages,
       coalesce(sum(price_micros) filter (where charge = $4), 0)::bigint as captured
from message where account_id = $1 and submission_id = any($2::bigint[]) and id >= $3
group by submission_id, status

-- name: count_clicks
select m.submission_id, count(distinct c.message_id) as clicked, sum(c.clicks)::bigint as clicks
from click c join message m on m.account_id = c.account_id and m.id = c.message_id
where m.account_id = $1 and m.submission_id = any($2::bigint[]) and m.id >= $3 and c.message_id >= $3
group by m.submission_id

-- name: count_conversions
-- A message counts once, whether it was reported itself or by its short links.
select m.submission_id, count(distinct m.id) as converted
from message m join (
    select message_id from conversion where account_id = $1 and message_id >= $3
    union all
    select message_id from short_link
    where account_id = $1 and message_id >= $3 and converted_at is not null
) found on found.message_id = m.id
where m.account_id = $1 and m.submission_id = any($2::bigint[]) and m.id >= $3
group by m.submission_id

-- name: report_page
-- The messages of a broadcast in the order of their ids, with the clicks on their links.
select m.*, coalesce((select sum(c.clicks) from click c
                      where c.account_id = m.account_id and c.message_id = m.id), 0)::bigint as clicks
from message m
where m.account_id = $1 and m.submission_id = any($2::bigint[]) and m.id > $3
order by m.id
limit $4

-- name: reports_since
-- Changes of status of messages of one dialect's broadcasts, in the order of the events' ids.
select m.*, s.id as segment_id, s.broadcast_id, e.id as event_id, e.at as event_at,
       e.status as event_status
from event e
join message m on m.account_id = e.account_id and m.id = e.message_id
join segment s on s.account_id = m.account_id and s.submission_id = m.submission_id
join broadcast b on b.account_id = s.account_id and b.id = s.broadcast_id
where e.account_id = $1 and m.account_id = $1 and b.dialect = $2 and e.kind = 1
  and e.id > $3 and e.id < $4 and e.message_id >= $5 and m.id >= $5
order by e.id
limit $6

-- name: default_campaign
select id from campaign where account_id = $1 and is_default

-- name: make_default_campaign
insert into campaign (account_id, name, is_default) values ($1, $2, true)
on conflict (account_id) where is_default do update set is_default = true
returning id
