-- name: make_list
-- With contents of its own, which may be filled already by an import.
with contents as (
    insert into list_contents (account_id, id, list_id) values ($1, $5, $2)
    on conflict (account_id, id) do nothing
)
insert into recipient_list (account_id, id, suppression, name, contents_id, columns, created_at, changed_at)
values ($1, $2, $3, $4, $5, $6, $7, $7)
returning *

-- name: next_list_id
select nextval(pg_get_serial_sequence('recipient_list', 'id'))

-- name: make_contents
insert into list_contents (account_id, id, list_id) values ($1, $2, $3)

-- name: find_list
select * from recipient_list
where account_id = $1 and id = $2 and suppression = $3 and removed_at is null

-- name: lock_list
-- Whoever changes a list comes one after the other; a broadcast that takes hold of it waits for them.
select * from recipient_list
where account_id = $1 and id = $2 and suppression = $3 and removed_at is null
for no key update

-- name: lists
-- Newest first. $3 is the exact name or null, $4 whether enabled or null.
select * from recipient_list
where account_id = $1 and suppression = $2 and removed_at is null
    and ($3::text is null or name = $3) and ($4::boolean is null or enabled = $4)
    and ($7::bigint is null or id < $7)
order by id desc
limit $5 offset $6

-- name: change_list
update recipient_list
set name = coalesce($3, name), enabled = coalesce($4, enabled), changed_at = $5
where account_id = $1 and id = $2
returning *

-- name: move_list
-- After members have come or gone: up to where it counts, how many there are, which fields they have.
update recipient_list
set contents_id = $3, upto = $4, count = $5, columns = $6, name = coalesce($7, name), changed_at = $8
where account_id = $1 and id = $2
returning *

-- name: remove_list
update recipient_list set removed_at = $4
where account_id = $1 and id = $2 and suppression = $3 and removed_at is null
returning id

-- name: insert_members
-- Numbers that are there already stay as they are. $3 is the position before the first.
insert into recipient (account_id, contents_id, position, msisdn, fields)
select $1, $2, $3 + n.ordinal, n.msisdn, n.fields
from unnest($4::text[], $5::text[]) with ordinality as n (msisdn, fields, ordinal)
on conflict (account_id, contents_id, msisdn) where removed_at is null do nothing

-- name: add_members
-- As insert_members; but what an import that is still running has brought ($6 and beyond) is taken over,
-- since it would be lost if the import came to nothing.
insert into recipient as r (account_id, contents_id, position, msisdn, fields)
select distinct on (n.msisdn) $1, $2, $3 + n.ordinal, n.msisdn, n.fields
from unnest($4::text[], $5::text[]) with ordinality as n (msisdn, fields, ordinal)
order by n.msisdn, n.ordinal
on conflict (account_id, contents_id, msisdn) where removed_at is null
do update set position = excluded.position, fields = excluded.fields
where r.position >= $6

-- name: carry_over
-- What was added one by one ($4 and beyond, in contents $2) while an import filled contents $3 to replace
-- them: it is put behind the import's own, from $5 on.
insert into recipient (account_id, contents_id, position, msisdn, fields)
select account_id, $3, $5 + row_number() over (order by position), msisdn, fields from recipient
where account_id = $1 and contents_id = $2 and position > $4 and removed_at is null
on conflict (account_id, contents_id, msisdn) where removed_at is null do nothing

-- name: remove_members
-- Number by number, for the reason that `suppressed` has.
update recipient set removed_at = $4
where account_id = $1 and contents_id = $2 and position = any(array(
    select r.position from unnest($3::text[]) as n (msisdn)
    cross join lateral (
        select position from recipient
        where account_id = $1 and contents_id = $2 and msisdn = n.msisdn and removed_at is null
            and position + 0 <= $5
        limit 1) as r))
returning msisdn

-- name: count_between
-- Members that an import has brought: its last commit counts them.
select count(*) filter (where removed_at is null) as members, coalesce(max(position), 0) as last
from recipient
where account_id = $1 and contents_id = $2 and position >= $3

-- name: page_after
-- Members for whoever reads up to $3, behind position $4.
select position, msisdn, fields from recipient
where account_id = $1 and contents_id = $2 and position > $4 and position <= $3
    and (removed_at is null or removed_at > $3)
order by position
limit $5 offset $6

-- name: suppressed
-- Removed lists too: a broadcast that was accepted with one still heeds it. Number by number, each by
-- recipient_msisdn: as one condition the planner may go through a whole list that it has no statistics of.
select distinct n.msisdn
from recipient_list l
cross join unnest($3::text[]) as n (msisdn)
cross join lateral (
    select from recipient r
    where r.account_id = $1 and r.contents_id = l.contents_id and r.msisdn = n.msisdn
        and r.removed_at is null and r.position + 0 <= l.upto
    limit 1) as r
where l.account_id = $1 and l.id = any($2::bigint[]) and l.suppression

-- name: share_list
-- A list as it is, while nobody changes it; one that is off is for no new broadcast.
select * from recipient_list
where account_id = $1 and id = $2 and suppression = $3 and removed_at is null and enabled
for share

-- name: hold
insert into list_hold (account_id, contents_id, holder, until) values ($1, $2, $3, $4)
on conflict do nothing

-- name: drop_expired_holds
-- Listed sweeper: downloads whose process has died.
delete from list_hold where until < $1

-- name: release
delete from list_hold where account_id = $1 and holder = $2

-- name: find_unused_contents
-- Listed sweeper: contents that no list has, no broadcast reads and no import fills. A list that was removed
-- keeps its last ones while a broadcast holds any of its contents: suppression is asked of the last.
select c.account_id, c.id, c.list_id from list_contents c
where not exists (
        select from recipient_list l
        where l.account_id = c.account_id and l.id = c.list_id and l.contents_id = c.id
            and (l.removed_at is null or exists (
                select from list_contents o
                join list_hold h on h.account_id = o.account_id and h.contents_id = o.id
                where o.account_id = l.account_id and o.list_id = l.id)))
    and not exists (select from list_hold h where h.account_id = c.account_id and h.contents_id = c.id)
    and not exists (select from list_import i where i.account_id = c.account_id and i.list_id = c.list_id
                    and i.contents_id = c.id and i.state in ('waiting', 'running', 'clearing'))
limit 1

-- name: drop_members
-- A piece of them, from a position on.
delete from recipient
where account_id = $1 and contents_id = $2 and position = any(array(
    select position from recipient where account_id = $1 and contents_id = $2 and position >= $3
    order by position limit $4))

-- name: drop_contents
-- And the list, where it was removed and has nothing else.
with gone as (
    delete from list_contents where account_id = $1 and id = $2 returning list_id
)
delete from recipient_list l using gone
where l.account_id = $1 and l.id = gone.list_id and l.removed_at is not null and l.contents_id = $2

-- name: find_removed
-- Listed sweeper: contents of which members were removed that no broadcast can still want.
select r.account_id, r.contents_id from recipient r
where r.removed_at is not null
    and not exists (select from list_hold h
                    where h.account_id = r.account_id and h.contents_id = r.contents_id)
limit 1

-- name: drop_removed
-- A piece of them. A hold that comes now begins after their removal.
delete from recipient
where account_id = $1 and contents_id = $2 and position = any(array(
    select position from recipient
    where account_id = $1 and contents_id = $2 and removed_at is not null
    order by position limit $3))
