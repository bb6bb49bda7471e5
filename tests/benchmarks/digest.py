"""Print the size and a hash of each relation, whatever the order of its rows."""

from __future__ import annotations

import json

import duckdb
from common import MEMORY, OUTPUT

RELATIONS = {  # columns that are of a build, or of one contender alone
    "intermediate.int_sessions": (),
    "intermediate.int_user_days": ("day_version",),
    "intermediate.int_users": (),
    "marts.user_engagement": (),
    "marts.user_application_traffic": (),
    "marts.application_traffic": (),
    "marts.top_applications": (),
    "marts.top_users": (),
    "marts.top_users_per_application": (),
}


def digest(connection: duckdb.DuckDBPyConnection, relation: str) -> str:
    columns = connection.sql(f"select * from {relation} limit 0").columns
    kept = sorted(set(columns) - set(RELATIONS[relation]))
    rows, total = connection.execute(
        f"select count(*), sum(hash({', '.join(kept)})::hugeint) from {relation}"
    ).fetchone()
    return f"{rows} rows {total % 2**64:016x}"


warehouse = OUTPUT / "warehouse.duckdb"
config = {"memory_limit": MEMORY}
with duckdb.connect(warehouse, read_only=True, config=config) as connection:
    rejected = connection.execute(
        "select rejection_reason, count(*) from intermediate.int_records_checked"
        " where rejection_reason is not null group by all order by all"
    ).fetchall()
    found = {relation: digest(connection, relation) for relation in RELATIONS}
print(json.dumps(found | {"rejected": dict(rejected)}))
