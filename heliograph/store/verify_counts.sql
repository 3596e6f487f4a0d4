-- name: bump_asked
-- Counts who asks, and says how many were issued in the window ($4) and the one before ($5). The rows
-- stay locked until the transaction ends: a limit holds over all processes. One order for all of them.
with wanted as (
    select * from unnest($1::bigint[], $2::smallint[], $3::text[], $4::timestamptz[],
                         $5::timestamptz[], $6::integer[])
        as w (account_id, kind, key, at, before, count)
), bumped as (
    insert into verify_count as c (account_id, kind, key, at, asked)
    select account_id, kind, key, at, count from wanted order by account_id, kind, key
    on conflict (account_id, kind, key, at) do update set asked = c.asked + excluded.asked
    returning c.account_id, c.kind, c.key, c.issued
)
select b.account_id, b.kind, b.key, b.issued, coalesce(p.issued, 0) as before
from bumped b
join wanted w on w.account_id = b.account_id and w.kind = b.kind and w.key = b.key
left join verify_count p on p.account_id = b.account_id and p.kind = b.kind and p.key = b.key
  and p.at = w.before

-- name: add_issued
-- What of it was accepted.
update verify_count c set issued = c.issued + n.count
from unnest($1::bigint[], $2::smallint[], $3::text[], $4::timestamptz[], $5::integer[])
     as n (account_id, kind, key, at, count)
where c.account_id = n.account_id and c.kind = n.kind and c.key = n.key and c.at = n.at

-- name: add_verified
-- A code was typed back: its areas learn from that what is usual.
insert into verify_count as c (account_id, kind, key, at, verified)
select $1, kind, key, $4, 1 from unnest($2::smallint[], $3::text[]) as w (kind, key) order by kind, key
on conflict (account_id, kind, key, at) do update set verified = c.verified + 1

-- name: weigh_areas
-- What the guard judges areas by: what it did to them, the most that were typed back within an hour since
-- $6, and for prefixes (kind 5) the last codes, as many as $4, without those that are younger than the id
-- $5 and not approved (status 2), none older than the id $7.
select w.account_id, w.area, g.mode, g.until, g.tripped_at, coalesce(g.trips, 0) as trips,
       coalesce(u.usual, 0) as usual, coalesce(s.judged, 0) as judged,
       coalesce(s.approved, 0) as approved
from unnest($1::bigint[], $2::smallint[], $3::text[], $4::integer[], $5::bigint[])
     as w (account_id, kind, area, last, mature)
left join verify_guard g on g.account_id = w.account_id and g.area = w.area
left join lateral (
    select max(c.verified) as usual from verify_count c
    where c.account_id = w.account_id and c.kind = w.kind and c.key = w.area and c.at >= $6
) u on true
left join lateral (
    select count(*) as judged, count(*) filter (where l.status = 2) as approved
    from (select v.status from verification v
          where v.account_id = w.account_id and v.prefix = w.area and v.prefix <> ''
            and v.id > $7 and v.id > coalesce(g.judged_from, 0)
            and (v.id < w.mature or v.status = 2)
          order by v.id desc limit w.last) l
) s on w.kind = 5

-- name: trip_areas
-- What the guard does from now on; it judges by what follows the id $7.
insert into verify_guard (account_id, area, mode, why, tripped_at, until, trips, judged_from)
select account_id, area, mode, why, $8, until, trips, $7
from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::integer[])
     as t (account_id, area, mode, why, until, trips)
order by account_id, area
on conflict (account_id, area) do update
set mode = excluded.mode, why = excluded.why, tripped_at = excluded.tripped_at,
    until = excluded.until, trips = excluded.trips, judged_from = excluded.judged_from

-- name: list_areas
-- Prefixes and countries: counts since $2, and what was done to them; those that it is done to first.
select coalesce(c.key, g.area) as area, coalesce(c.asked, 0) as asked,
       coalesce(c.issued, 0) as issued, coalesce(c.verified, 0) as verified,
       g.mode, g.why, g.tripped_at, g.until, coalesce(g.trips, 0) as trips
from (select key, sum(asked) as asked, sum(issued) as issued, sum(verified) as verified
      from verify_count where account_id = $1 and kind in (5, 6) and at >= $2 group by key) c
full join (select * from verify_guard where account_id = $1) g on g.area = c.key
order by (g.mode <> 'off' and (g.until is null or g.until > $3)) desc nulls last,
         coalesce(c.issued, 0) desc, 1
limit $4

-- name: closed_areas
-- What the guard refuses at $2.
select area, until from verify_guard
where account_id = $1 and mode in ('filter', 'block') and (until is null or until > $2)

-- name: release_area
update verify_guard set mode = 'off', until = null, trips = 0, judged_from = $3
where account_id = $1 and area = $2
returning area

-- name: forget_counts
-- A released area begins anew.
delete from verify_count where account_id = $1 and kind in (5, 6) and key = $2 and at >= $3

-- name: drop_old_counts
-- Listed sweeper: windows that nobody looks at any more, a piece at a time.
with gone as (select account_id, kind, key, at from verify_count where at < $1 limit $2)
delete from verify_count c using gone g
where c.account_id = g.account_id and c.kind = g.kind and c.key = g.key and c.at = g.at

-- name: drop_old_areas
-- Listed sweeper: what the guard did once and has not repeated since.
delete from verify_guard where tripped_at < $1 and (mode = 'off' or until < $1)
