"""Who may come in: central's authority, certificates of laptops, tokens of people, and what was refused."""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, UniqueConstraint

from fieldtool.central.tables import METADATA

authority = Table(  # one row: who signs the certificates of laptops; the key is in a file of the data folder
    "authority",
    METADATA,
    Column("certificate", Text, primary_key=True),  # PEM
)

admission = Table(  # an administrator knows this key: the first request that it makes needs no further approval
    "admission",
    METADATA,
    Column("key_id", Text, primary_key=True),
    Column("given_by", Text, nullable=False),
    Column("until", Text, nullable=False),  # RFC 3339
)

enrolment = Table(
    "enrolment",
    METADATA,
    Column("id", Text, primary_key=True),  # SHA-256 of the request (CSR, DER), hex
    Column("code", Text, nullable=False),  # what a person reads out, made from `id`
    Column("name", Text, nullable=False),  # as the laptop calls itself: a stranger's words
    Column("first", Text, nullable=False),  # id of the key that its log began with: names the laptop
    Column("first_key", Text, nullable=False),  # PEM
    Column("key_id", Text, nullable=False),  # of the key that signs now: the certificate is for this one
    Column("public_key", Text, nullable=False),  # PEM
    Column("peer", Text, nullable=False),  # address that asked
    Column("asked", Text, nullable=False),
    Column("until", Text, nullable=False),  # waits no longer than this
    Column("state", Text, nullable=False),  # waiting, approved, refused
    Column("decided", Text),
    Column("decided_by", Text),
    Column("certificate", Text),  # id of the one that was issued
)
Index("ix_enrolment_code", enrolment.c.code)
Index("ix_enrolment_state", enrolment.c.state, enrolment.c.until)

certificate = Table(
    "certificate",
    METADATA,
    Column("id", Text, primary_key=True),  # SHA-256 of its DER, hex: `keyid` of signed requests
    Column("laptop", Text, ForeignKey("laptop.key_id"), nullable=False),
    Column("key_id", Text, nullable=False),
    Column("pem", Text, nullable=False),
    Column("since", Text, nullable=False),  # RFC 3339, all of one length: they compare as text
    Column("until", Text, nullable=False),
    Column("issued_by", Text, nullable=False),  # a person, "renewal" or "roll-over"
    Column("ended", Text),  # before `until`: its key was rolled over
)
Index("ix_certificate_laptop", certificate.c.laptop, certificate.c.until)

revocation = Table(  # of a laptop for good: of all its certificates, and it gets no other
    "revocation",
    METADATA,
    Column("laptop", Text, ForeignKey("laptop.key_id"), primary_key=True),
    Column("at", Text, nullable=False),
    Column("revoked_by", Text, nullable=False),
    Column("why", Text, nullable=False),
)

used_nonce = Table(  # of requests that were let in; kept as long as they would be fresh
    "used_nonce",
    METADATA,
    Column("certificate", Text, primary_key=True),
    Column("nonce", Text, primary_key=True),
    Column("until", Integer, nullable=False),  # seconds since 1970
)
Index("ix_used_nonce_until", used_nonce.c.until)

person = Table(
    "person",
    METADATA,
    Column("id", Text, primary_key=True),  # 16 hex digits: the first part of the token
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("token", Text, nullable=False),  # SHA-256 of the secret part, hex
    Column("added", Text, nullable=False),
    Column("last_seen", Text),  # to the minute
    UniqueConstraint("name", name="uq_person_name"),
)

session = Table(  # of a person at the pages
    "session",
    METADATA,
    Column("id", Text, primary_key=True),  # SHA-256 of the cookie's secret, hex
    Column("person", Text, ForeignKey("person.id"), nullable=False),
    Column("until", Text, nullable=False),
)
Index("ix_session_person", session.c.person)

turned_away = Table(  # who was refused at the door, by day and address: counted, not listed one by one
    "turned_away",
    METADATA,
    Column("day", Text, primary_key=True),
    Column("peer", Text, primary_key=True),  # "" = all others, when there are too many
    Column("count", Integer, nullable=False),
    Column("last", Text, nullable=False),
    Column("why", Text, nullable=False),  # name of the text of the last one
)

kept_apart = Table(  # records that a revoked laptop brought: evidence, no part of its log
    "kept_apart",
    METADATA,
    Column("laptop", Text, ForeignKey("laptop.key_id"), primary_key=True),
    Column("leaf", LargeBinary, primary_key=True),
    Column("log", Text, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
    Column("received", Text, nullable=False),
)
