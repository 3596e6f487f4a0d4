-- name: open_import
insert into list_import (account_id, id, list_id, creates, contents_id, base, state, node, suppression,
                         total_bytes, started_at, beat_at)
values ($1, $2, $3, $4, $5, $6, 'waiting', $7, $8, $9, $10, $10)

-- name: begin_import
update list_import set state = 'running', beat_at = $3
where account_id = $1 and id = $2 and state = 'waiting'
returning id

-- name: note_progress
-- In the transaction that keeps a piece; nothing comes back once the import was given up.
update list_import
set read_bytes = $3, total = total + $4, inserted = inserted + $5, duplicate = duplicate + $6,
    wrong = wrong + $7, truncated = truncated + $8, beat_at = $9
where account_id = $1 and id = $2 and state = 'running'
returning *

-- name: add_lines
insert into list_import_line (account_id, import_id, line, reason, detail)
select $1, $2, * from unnest($3::bigint[], $4::text[], $5::text[])
on conflict do nothing

-- name: end_import
-- $3 is the state that it must be in, $4 the one that it gets.
update list_import set state = $4, problem = coalesce($5, problem), ended_at = $6
where account_id = $1 and id = $2 and state = $3
returning *

-- name: find_import
select * from list_import where account_id = $1 and id = $2

-- name: refused_lines
select line, reason, detail from list_import_line
where account_id = $1 and import_id = $2
order by line

-- name: count_open
select count(*) from list_import
where account_id = $1 and state in ('waiting', 'running')

-- name: beat
-- Listed sweeper: a process's own imports are alive.
update list_import set beat_at = $2
where node = $1 and id = any($3::bigint[]) and state in ('waiting', 'running')

-- name: give_up
-- Listed sweeper: imports whose process is gone.
update list_import set state = 'clearing', problem = $2
where beat_at < $1 and state in ('waiting', 'running')

-- name: give_up_of_node
-- Listed sweeper: a process that has just taken its number has begun none of these.
update list_import set state = 'clearing', problem = $2
where node = $1 and state in ('waiting', 'running')

-- name: find_clearing
-- Listed sweeper: what imports that failed have left.
select account_id, id, contents_id, base from list_import where state = 'clearing' limit 20

-- name: drop_old_imports
-- Listed sweeper: reports of long ago, with their lines.
with old as (
    select account_id, id from list_import where ended_at < $1 limit 50
), lines as (
    delete from list_import_line l using old where l.account_id = old.account_id and l.import_id = old.id
)
delete from list_import i using old where i.account_id = old.account_id and i.id = old.id
