-- name: last_writer
-- Which of these accounts wrote to a handset from a number last.
select w.account_id from unnest($1::bigint[]) as w (account_id)
cross join lateral (
    select m.id from message m
    where m.account_id = w.account_id and m.recipient = $2 and m.sender = $3
    order by m.id desc limit 1) as l
order by l.id desc
limit 1

-- name: last_campaign
-- The campaign of what was last sent to a handset from a number, our own answers aside.
select m.extra ->> 'campaign' from message m
where m.account_id = $1 and m.recipient = $2 and m.sender = $3 and m.extra ->> 'answers' is null
order by m.id desc
limit 1

-- name: list_conversations
-- The newest message of each pair of handset and number, newest first, and how many of the pair's are
-- unread. A row that has a younger one of its pair is passed over by the index inbound_pair.
select i.*, (select count(*) from inbound u
             where u.account_id = i.account_id and u.sender = i.sender
               and u.recipient = i.recipient and u.read_at is null) as unread
from inbound i
where i.account_id = $1 and i.id < $2
  and not exists (select from inbound n
                  where n.account_id = i.account_id and n.sender = i.sender
                    and n.recipient = i.recipient and n.id > i.id)
order by i.id desc
limit $3

-- name: last_sent
-- The newest message from each number to each handset.
select l.* from unnest($2::text[], $3::text[]) as p (handset, number)
cross join lateral (
    select * from message m
    where m.account_id = $1 and m.recipient = p.handset and m.sender = p.number
    order by m.id desc limit 1) as l

-- name: sent_between
-- What a handset was sent, newest first; by one sender, or by any where $3 is null.
select * from message m
where m.account_id = $1 and m.recipient = $2 and ($3::text is null or lower(m.sender) = $3)
  and m.id < $4
order by m.id desc
limit $5

-- name: heard_between
-- What a handset sent, newest first; to one number, or to any where $3 is null.
select * from inbound i
where i.account_id = $1 and i.sender = $2 and ($3::text is null or i.recipient = $3) and i.id < $4
order by i.id desc
limit $5

-- name: mark_read
update inbound set read_at = $4
where account_id = $1 and sender = $2 and ($3::text is null or recipient = $3) and read_at is null

-- name: inbound_since
-- An account's messages from handsets for its stream.
select * from inbound where account_id = $1 and id > $2 order by id limit $3
