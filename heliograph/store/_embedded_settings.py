"""What the embedded server is told at each start: its settings, and who may log in.

The texts are written into `DATA/postgres`, where the server can read and not change them. They must
never let the server listen beyond its socket, trust a login or answer before a commit is durable.
"""

from __future__ import annotations

from heliograph.store._embedded_home import ROLE

SETTINGS = """\
# Written by heliograph at each start. Your own settings belong into local.conf, beside this file.
listen_addresses = ''
port = {port}
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0700
hba_file = '{hba}'
password_encryption = 'scram-sha-256'

max_connections = 60
# A statement over a partitioned table locks every partition it cannot exclude.
max_locks_per_transaction = 256
shared_buffers = '256MB'
# Reports would take the second core from the traffic, and need more /dev/shm than a container has.
max_parallel_workers_per_gather = 0
jit = off
random_page_cost = 1.1
autovacuum_naptime = '15s'

synchronous_commit = on
fsync = {fsync}
full_page_writes = {fsync}
wal_compression = 'pglz'
max_wal_size = '4GB'
checkpoint_timeout = '15min'

logging_collector = on
log_directory = '{log}'
log_filename = 'postgresql-%a.log'
log_truncate_on_rotation = on
log_rotation_age = '1d'
log_rotation_size = 0
log_file_mode = 0600
log_line_prefix = '%m [%p] '
# A statement holds the text of messages and the numbers of people.
log_min_error_statement = panic
log_timezone = 'UTC'
timezone = 'UTC'

include_if_exists = '{local}'
"""

AUTHENTICATION = f"""\
# Written by heliograph at each start. Who is not named here is refused.
local all {ROLE} scram-sha-256
"""
