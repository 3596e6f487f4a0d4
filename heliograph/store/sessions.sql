-- name: insert_session
insert into session (account_id, person_id, token_hash, whole, created_at, seen_at, ends_at, address, agent)
values ($1, $2, $3, $4, $5, $5, $6, $7, $8)
returning account_id, id, person_id, whole, created_at, seen_at, ends_at, address, agent

-- name: find_session
-- Listed sweeper: a cookie brings nothing but its token.
select s.account_id, s.id, s.person_id, s.whole, s.created_at, s.seen_at, s.ends_at, s.address, s.agent,
       p.email, p.name, p.role, p.operator, p.state, p.totp_since is not null as second_factor,
       p.created_at as person_created_at, p.signed_in_at
from session s join person p on p.account_id = s.account_id and p.id = s.person_id
where s.token_hash = $1

-- name: is_alive
select exists (
    select from session s join person p on p.account_id = s.account_id and p.id = s.person_id
    where s.account_id = $1 and s.id = $2 and s.ends_at > $3 and p.state = 'active')

-- name: touch_session
update session set seen_at = $3 where account_id = $1 and id = $2

-- name: list_sessions
select account_id, id, person_id, whole, created_at, seen_at, ends_at, address, agent
from session
where account_id = $1 and person_id = $2 and whole and ends_at > $3 and seen_at > $4
order by id desc limit 100

-- name: end_session
delete from session where account_id = $1 and person_id = $2 and id = $3 returning id

-- name: end_token
-- Listed sweeper: see find_session.
delete from session where token_hash = $1

-- name: end_sessions
-- All of a person's but $3, where it is not null.
delete from session where account_id = $1 and person_id = $2 and id is distinct from $3

-- name: drop_ended
-- Listed sweeper: sessions that are over, of everybody.
delete from session where ends_at <= $1 or seen_at <= $2 or (not whole and created_at <= $3)
returning id
