"""Reading never waits for writing: with a writer holding the database, every page and every list answers."""

import sqlite3
import time

import pytest
from django.db import connection

from core.jobs.runner import drain
from tests.architecture.routes import routes
from tests.claims.conftest import desk_of

READABLE = [route for route in routes() if "GET" in route.methods and "<" not in route.path]
PATIENCE_SECONDS = 5.0  # far below the twenty seconds a blocked statement would wait


@pytest.mark.django_db(transaction=True)
def test_every_page_and_list_is_read_while_a_writer_holds_the_database(client, organisation, staff, now):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL's readers never wait for writers; the embedded database is the one to prove")
    desk_of(organisation, staff, now).decided()
    drain()
    client.force_login(staff("administrator"), backend="django.contrib.auth.backends.ModelBackend")
    writer = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    try:
        for route in READABLE:
            began = time.monotonic()
            status = client.get(route.url("")).status_code
            assert status < 500, route.path
            assert time.monotonic() - began < PATIENCE_SECONDS, route.path
    finally:
        writer.execute("ROLLBACK")
        writer.close()
