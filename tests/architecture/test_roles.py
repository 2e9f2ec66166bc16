"""On PostgreSQL the application role owns nothing and cannot rewrite history."""

import os

import pytest
from django.db import connection

from core.management.commands.grant import append_only_tables

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        not os.environ.get("OWNER_DATABASE_URL"),
        reason="runs where the tests are an application role on PostgreSQL (OWNER_DATABASE_URL)",
    ),
]


def ask(sql: str, *values: str):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def test_the_tests_run_as_a_plain_role_that_owns_no_table():
    flags = "SELECT rolsuper OR rolbypassrls OR rolcreatedb FROM pg_roles WHERE rolname = current_user"
    assert ask(flags) == [(False,)]
    assert ask("SELECT count(*) FROM pg_tables WHERE tableowner = current_user") == [(0,)]


def test_append_only_tables_can_be_read_and_added_to_and_nothing_else():
    with connection.cursor() as cursor:
        tables = append_only_tables(cursor)
    assert {"core_journalentry", "claims_payment", "underwriting_pricing", "policies_policytransaction"} <= set(tables)
    for table in tables:
        held = {
            right
            for right in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE")
            if ask("SELECT has_table_privilege(current_user, %s, %s)", table, right)[0][0]
        }
        assert held == {"SELECT", "INSERT"}, table
