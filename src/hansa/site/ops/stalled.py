"""Jobs that a killed worker had in hand are put back, so that none is left `doing` for ever."""

import psycopg

from hansa.site.ops import database
from hansa.site.ops.home import Home
from hansa.site.ops.roles import connected

HEARTBEAT_LOST = "2 minutes"

_STALLED = """
    SELECT job.id FROM procrastinate_jobs job LEFT JOIN procrastinate_workers worker ON worker.id = job.worker_id
    WHERE job.status = 'doing' AND (worker.id IS NULL OR %(all)s OR worker.last_heartbeat < now() - %(lost)s::interval)
    ORDER BY job.id
"""


def put_back(home: Home) -> int:
    """Queue again what no living worker has in hand; the number of jobs.

    To be called when this installation's own worker is not running: every job in the embedded database is then stalled,
    in a shared database those whose worker's heartbeat has stopped. A job that waits already under the same lock is not
    queued twice. Tasks must bear being run again.
    """
    alone = database.external_url() is None
    with connected(database.address(home, database.OWNER)) as connection:
        if connection.execute("SELECT to_regclass('procrastinate_jobs')").fetchone() == (None,):
            return 0
        stalled = connection.execute(_STALLED, {"all": alone, "lost": HEARTBEAT_LOST}).fetchall()
        for (number,) in stalled:
            try:
                connection.execute("UPDATE procrastinate_jobs SET status = 'todo' WHERE id = %s", [number])
            except psycopg.errors.UniqueViolation:
                connection.execute("UPDATE procrastinate_jobs SET status = 'aborted' WHERE id = %s", [number])
    return len(stalled)
