"""What the central system remembers: laptops it knows, their logs record by record, and alarms."""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, MetaData, Table, Text

METADATA = MetaData(naming_convention={"fk": "fk_%(table_name)s_%(column_0_name)s"})

identity = Table(  # one row
    "identity",
    METADATA,
    Column("name", Text, primary_key=True),  # part of every origin
    Column("key", Text),  # fingerprint of the key that signs receipts; NULL: nobody has opened this database since 0004
)

laptop = Table(
    "laptop",
    METADATA,
    Column("key_id", Text, primary_key=True),  # SHA-256 of the SubjectPublicKeyInfo, hex
    Column("public_key", Text, nullable=False),  # PEM
    Column("name", Text, nullable=False),
    Column("added", Text, nullable=False),
)

log = Table(
    "log",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("key_id", Text, ForeignKey("laptop.key_id"), nullable=False),  # the key that it began with
    Column("size", Integer, nullable=False),
    Column("edge", LargeBinary, nullable=False),  # right edge of the tree, 32 bytes a hash, see audit.tree
    Column("head", LargeBinary, nullable=False),  # leaf of record `size`
)

log_key = Table(  # keys that the log itself introduced later, see audit.rollover
    "log_key",
    METADATA,
    Column("log", Text, ForeignKey("log.id"), primary_key=True),
    Column("since", Integer, primary_key=True),  # the first record that it signs
    Column("key_id", Text, nullable=False),
    Column("public_key", Text, nullable=False),  # PEM
)

record = Table(
    "record",
    METADATA,
    Column("log", Text, ForeignKey("log.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("leaf", LargeBinary, nullable=False),
    Column("envelope", LargeBinary, nullable=False),  # exact bytes
    Column("received", Text, nullable=False),
    sqlite_with_rowid=False,
)

fork = Table(  # a second, validly signed record for a place that is taken: kept as evidence
    "fork",
    METADATA,
    Column("log", Text, ForeignKey("log.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("leaf", LargeBinary, primary_key=True),
    Column("envelope", LargeBinary, nullable=False),
    Column("received", Text, nullable=False),
)

document = Table(  # what a laptop says of a run beside the records: its journal, evidence
    "document",
    METADATA,
    Column("log", Text, ForeignKey("log.id"), primary_key=True),
    Column("sha256", Text, primary_key=True),  # of the envelope, hex
    Column("payload_type", Text, nullable=False),
    Column("run", Text, nullable=False),  # as the laptop says; "": of no single run
    Column("key_id", Text, nullable=False),  # of the key that signed it: one of the log's
    Column("envelope", LargeBinary, nullable=False),  # exact bytes
    Column("received", Text, nullable=False),
)
Index("ix_document_run", document.c.run)
