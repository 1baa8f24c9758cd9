"""One SQLite file: its schema, one connection that writes in groups, connections that read.

files.py opens a file; database.py is what its users hold; group_commit.py is the line of writes.
"""

from shared.sqlite.database import Database
from shared.sqlite.files import open_database
from shared.sqlite.queries import load_queries
from shared.sqlite.schema import Schema

__all__ = ["Database", "Schema", "load_queries", "open_database"]
