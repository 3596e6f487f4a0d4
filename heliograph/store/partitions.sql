-- name: make_partitions
select make_partitions($1, $2, $3)

-- name: drop_partitions
select drop_partitions($1)

-- name: find_progress
select position from progress where name = $1

-- name: set_progress
insert into progress (name, position) values ($1, $2)
on conflict (name) do update set position = excluded.position

-- name: claim_key
-- The first process to come decides which key belongs to the database.
insert into key_mark (mark) values ($1) on conflict do nothing

-- name: find_key
select mark from key_mark
