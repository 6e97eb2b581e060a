"""Row-level security in the words of the house: which rows the application's role sees, by agency, client or lead.

The session says who acts (`hansa.network.middleware.see_as`); these conditions read it. They are SQL for migrations.
"""

from __future__ import annotations

AGENCIES = "string_to_array(nullif(current_setting('hansa.agencies', true), ''), ',')::bigint[]"
CLIENT = "nullif(current_setting('hansa.client', true), '')::bigint"
LEADS = "current_setting('hansa.leads', true) = 'on'"


def of_agency(column: str = "agency_id") -> str:
    """The row belongs to an agency of the reader."""
    return f"{column} = ANY ({AGENCIES})"


def of_client(column: str = "client_id") -> str:
    """The row is about the client whose link is used."""
    return f"{column} = {CLIENT}"


def any_of(*conditions: str) -> str:
    return " OR ".join(f"({condition})" for condition in conditions)


def policies(table: str, *, works: str, reads: str = "", name: str = "of_agency") -> list[str]:
    """Statements that let through a table's rows for reading and writing where `works` holds, and for reading besides
    where `reads` does."""
    made = [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"CREATE POLICY {name} ON {table} USING ({works}) WITH CHECK ({works})",
    ]
    return [*made, f"CREATE POLICY read_besides ON {table} FOR SELECT USING ({reads})"] if reads else made


def without(table: str, *, reads: bool = False, name: str = "of_agency") -> list[str]:
    """The way back from `policies`."""
    dropped = [f"DROP POLICY read_besides ON {table}"] if reads else []
    return [*dropped, f"DROP POLICY {name} ON {table}", f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"]
