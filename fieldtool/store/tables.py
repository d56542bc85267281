"""What this laptop remembers. Core tables, not ORM classes: the journal and the audit log are appended to in the hot
path, and no object of a session may cross threads (design/performance.md, SQLite)."""

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, LargeBinary, MetaData, Table, Text

METADATA = MetaData(
    naming_convention={"ix": "ix_%(table_name)s_%(column_0_name)s", "fk": "fk_%(table_name)s_%(column_0_name)s"}
)

run = Table(
    "run",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("serial", Text, nullable=False),  # normal form, see core.model.normal_serial
    Column("opened", Text, nullable=False),  # RFC 3339
    Column("actor", Text, nullable=False),
    Column("plan", Text, nullable=False),  # JSON of the step: what resume needs
    Column("outcome", Text),  # NULL while open
    Column("ended", Text),
)
Index("ix_run_open", run.c.serial, run.c.outcome)

journal = Table(
    "journal",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("run", Text, ForeignKey("run.id"), nullable=False),
    Column("at", Text, nullable=False),
    Column("component", Text, nullable=False),
    Column("phase", Text, nullable=False),
    Column("mark", Text, nullable=False),
    Column("detail", Text, nullable=False),  # JSON: trouble, before, progress at the end of a phase
)
Index("ix_journal_run", journal.c.run, journal.c.id)

history = Table(  # what each finished run says, leg by leg; a digest of the journal
    "history",
    METADATA,
    Column("run", Text, ForeignKey("run.id"), primary_key=True),
    Column("leg", Integer, primary_key=True),
    Column("serial", Text, nullable=False),  # normal form
    Column("vendor", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("hardware", Text, nullable=False),
    Column("component", Text, nullable=False),
    Column("came_from", Text),  # version; NULL: it sat in its bootloader, or told none
    Column("version", Text, nullable=False),  # that it was to bring
    Column("outcome", Text, nullable=False),
    Column("reason", Text, nullable=False),  # name of a text; "" = nothing to say
    Column("retries", Integer, nullable=False),
    Column("seconds", Text, nullable=False),  # JSON: phase -> seconds
    Column("took", Float),  # seconds; NULL: nobody knows
    Column("sent", Integer, nullable=False),  # bytes
    Column("ended", Text, nullable=False),  # RFC 3339
)
Index("ix_history_model", history.c.model, history.c.component, history.c.version)
Index("ix_history_serial", history.c.serial, history.c.ended)

audit_log = Table(
    "audit_log",
    METADATA,
    Column("id", Text, primary_key=True),  # 32 hex digits
    Column("public_key", Text, nullable=False),  # PEM, SubjectPublicKeyInfo
    Column("key_id", Text, nullable=False),
    Column("opened", Text, nullable=False),
)

audit = Table(
    "audit",
    METADATA,
    Column("seq", Integer, primary_key=True),  # 1, 2, 3 ... without a gap
    Column("envelope", LargeBinary, nullable=False),  # exact bytes of the signed record
    Column("leaf", LargeBinary, nullable=False),  # SHA-256(0x00 || envelope)
    Column("at", Text, nullable=False),  # copies of payload fields, for paging and filters only
    Column("event", Text, nullable=False),
    Column("charger", Text, nullable=False),
    Column("run", Text, nullable=False),
    Column("actor", Text, nullable=False, server_default=""),  # pseudonym
)
Index("ix_audit_charger", audit.c.charger, audit.c.seq)
Index(  # whatever is asked for: the envelopes, a hundred times as much to read, are left where they are
    "ix_audit_list", audit.c.seq, audit.c.at, audit.c.event, audit.c.charger, audit.c.run, audit.c.actor
)

actor = Table(  # erasable: records carry the pseudonym only
    "actor",
    METADATA,
    Column("pseudonym", Text, primary_key=True),
    Column("name", Text, nullable=False),
)

receipt = Table(
    "receipt",
    METADATA,
    Column("size", Integer, primary_key=True),  # records that central has, from the first on
    Column("note", Text, nullable=False),  # C2SP signed note, exact text
    Column("received", Text, nullable=False),
)

outbox = Table(  # documents for central, see sync.outbox
    "outbox",
    METADATA,
    Column("id", Integer, primary_key=True),  # their order
    Column("sha256", Text, nullable=False),  # of the envelope, hex
    Column("payload_type", Text, nullable=False),
    Column("run", Text, nullable=False),  # "": of no single run
    Column("envelope", LargeBinary),  # exact bytes; NULL: central has it
    Column("note", Text),  # C2SP signed note; NULL: pending
)
Index("ix_outbox_sha256", outbox.c.sha256, unique=True)
Index("ix_outbox_run", outbox.c.run, outbox.c.payload_type)

setting = Table("setting", METADATA, Column("name", Text, primary_key=True), Column("value", Text, nullable=False))

mark = Table(  # high-water marks: newest time ever believed, newest metadata versions ever seen
    "mark", METADATA, Column("name", Text, primary_key=True), Column("value", Text, nullable=False)
)

site = Table(
    "site",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("imported", Text, nullable=False),
    Column("current", Integer, nullable=False),  # 1: the site we work on
    Column("rules", Text, nullable=False, server_default="{}"),  # JSON of SiteRules
)

site_charger = Table(
    "site_charger",
    METADATA,
    Column("site", Text, ForeignKey("site.id"), primary_key=True),
    Column("serial", Text, primary_key=True),  # normal form
    Column("label", Text, nullable=False),  # the serial as printed
    Column("name", Text, nullable=False),
    Column("profile", Text, nullable=False),
    Column("links", Text, nullable=False),  # JSON: [[scheme, address], ...]
)

pin = Table(
    "pin",
    METADATA,
    Column("serial", Text, primary_key=True),  # normal form
    Column("kind", Text, primary_key=True),  # "ssh"
    Column("fingerprint", Text, nullable=False),
    Column("source", Text, nullable=False),  # "site-file", "typed", "work-order"
    Column("at", Text, nullable=False),
)

charger = Table(  # what we last read from a charger itself
    "charger",
    METADATA,
    Column("serial", Text, primary_key=True),  # normal form
    Column("identity", Text, nullable=False),  # JSON
    Column("profile", Text, nullable=False),
    Column("link", Text, nullable=False),  # JSON: [scheme, address]
    Column("seen", Text, nullable=False),
    Column("took_seconds", Float),  # duration of its last finished run
)
