-- What the doors refused lately, for whoever writes programs against them.

-- The newest of each account; those of nobody who is known have the account 0 and are the operator's. Each
-- process writes a few every other second however many there are, and left_out counts the others of their
-- kind. It is a ring: what is new pushes out what is old.
create table refused_request (
    account_id bigint not null,
    id bigint not null,
    credential_id bigint,
    left_out integer not null default 0,
    entries integer not null default 0,
    octets integer,
    caller text not null,
    dialect text not null,
    operation text not null,
    target text not null,
    answered text not null,
    code text not null,
    field text,
    detail text not null,
    address text not null,
    agent text not null,
    media_type text not null,
    primary key (account_id, id)
);
