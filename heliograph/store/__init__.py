"""All the SQL. Queries stand in `x.sql` beside `x.py`; nothing outside this room speaks to PostgreSQL."""
