"""Migration operations that several rooms need."""

from typing import Any

from django.db.migrations.operations import RunPython

_POSTGRES = """
CREATE OR REPLACE FUNCTION plimsoll_append_only() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN RAISE EXCEPTION '%% is append-only: %% refused', TG_TABLE_NAME, TG_OP; END $body$;
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
  FOR EACH ROW EXECUTE FUNCTION plimsoll_append_only();
CREATE TRIGGER {table}_append_only_truncate BEFORE TRUNCATE ON {table}
  FOR EACH STATEMENT EXECUTE FUNCTION plimsoll_append_only();
"""
_POSTGRES_UNDO = """
DROP TRIGGER {table}_append_only ON {table};
DROP TRIGGER {table}_append_only_truncate ON {table};
"""
_SQLITE = (
    "CREATE TRIGGER {table}_append_only_update BEFORE UPDATE ON {table} "
    "BEGIN SELECT RAISE(ABORT, '{table} is append-only: UPDATE refused'); END",
    "CREATE TRIGGER {table}_append_only_delete BEFORE DELETE ON {table} "
    "BEGIN SELECT RAISE(ABORT, '{table} is append-only: DELETE refused'); END",
)
_SQLITE_UNDO = (
    "DROP TRIGGER {table}_append_only_update",
    "DROP TRIGGER {table}_append_only_delete",
)


_POSTGRES_FROZEN = """
CREATE OR REPLACE FUNCTION plimsoll_frozen() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN RAISE EXCEPTION 'this row of %% is final: %% refused', TG_TABLE_NAME, TG_OP; END $body$;
CREATE TRIGGER {table}_frozen BEFORE UPDATE OR DELETE ON {table}
  FOR EACH ROW WHEN (OLD.{column} IN ({values})) EXECUTE FUNCTION plimsoll_frozen();
"""
_POSTGRES_FROZEN_UNDO = "DROP TRIGGER {table}_frozen ON {table};"
_SQLITE_FROZEN = tuple(
    f"CREATE TRIGGER {{table}}_frozen_{act.lower()} BEFORE {act} ON {{table}} WHEN OLD.{{column}} IN ({{values}}) "
    f"BEGIN SELECT RAISE(ABORT, 'this row of {{table}} is final: {act} refused'); END"
    for act in ("UPDATE", "DELETE")
)
_SQLITE_FROZEN_UNDO = ("DROP TRIGGER {table}_frozen_update", "DROP TRIGGER {table}_frozen_delete")


def append_only(table: str) -> RunPython:
    """An operation that lets `table` only grow: UPDATE and DELETE are refused by trigger, on both databases."""
    return RunPython(*_growing(table))


def append_only_lifted(table: str) -> RunPython:
    """The opposite of `append_only`: before operations that build `table` anew, which on SQLite loses its triggers."""
    close, open_again = _growing(table)
    return RunPython(open_again, close)


def _growing(table: str) -> tuple[Any, Any]:
    """To let `table` only grow, and to undo it."""

    def forwards(_apps: Any, editor: Any) -> None:
        _run(editor, table, (_POSTGRES,), _SQLITE)

    def backwards(_apps: Any, editor: Any) -> None:
        _run(editor, table, (_POSTGRES_UNDO,), _SQLITE_UNDO)

    return forwards, backwards


def frozen_when(table: str, column: str, *values: str) -> RunPython:
    """An operation that makes a row of `table` final once `column` is one of `values`: no UPDATE or DELETE any more."""
    names = {"column": column, "values": ", ".join(f"'{value}'" for value in values)}

    def forwards(_apps: Any, editor: Any) -> None:
        _run(editor, table, (_POSTGRES_FROZEN,), _SQLITE_FROZEN, **names)

    def backwards(_apps: Any, editor: Any) -> None:
        _run(editor, table, (_POSTGRES_FROZEN_UNDO,), _SQLITE_FROZEN_UNDO, **names)

    return RunPython(forwards, backwards)


def _run(editor: Any, table: str, postgres: tuple[str, ...], sqlite: tuple[str, ...], **names: str) -> None:
    for statement in postgres if editor.connection.vendor == "postgresql" else sqlite:
        with editor.connection.cursor() as cursor:
            cursor.execute(statement.format(table=table, **names).replace("%%", "%"))
