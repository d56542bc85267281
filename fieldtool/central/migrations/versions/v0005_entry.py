"""Who may come in: authority, certificates of laptops, people and their tokens."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table("authority", sa.Column("certificate", sa.Text, primary_key=True))
    op.create_table(
        "admission",
        sa.Column("key_id", sa.Text, primary_key=True),
        sa.Column("given_by", sa.Text, nullable=False),
        sa.Column("until", sa.Text, nullable=False),
    )
    _laptops()
    _people()
    op.create_table(
        "turned_away",
        sa.Column("day", sa.Text, primary_key=True),
        sa.Column("peer", sa.Text, primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("last", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
    )
    op.create_table(
        "kept_apart",
        sa.Column("laptop", sa.Text, sa.ForeignKey("laptop.key_id", name="fk_kept_apart_laptop"), primary_key=True),
        sa.Column("leaf", sa.LargeBinary, primary_key=True),
        sa.Column("log", sa.Text, nullable=False),
        sa.Column("envelope", sa.LargeBinary, nullable=False),
        sa.Column("received", sa.Text, nullable=False),
    )


def _laptops() -> None:
    op.create_table(
        "enrolment",
        sa.Column("id", sa.Text, primary_key=True),
        *(
            sa.Column(name, sa.Text, nullable=False)
            for name in (
                "code", "name", "first", "first_key", "key_id", "public_key", "peer", "asked", "until", "state",
            )
        ),
        *(sa.Column(name, sa.Text) for name in ("decided", "decided_by", "certificate")),
    )  # fmt: skip
    op.create_index("ix_enrolment_code", "enrolment", ["code"])
    op.create_index("ix_enrolment_state", "enrolment", ["state", "until"])
    op.create_table(
        "certificate",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("laptop", sa.Text, sa.ForeignKey("laptop.key_id", name="fk_certificate_laptop"), nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("key_id", "pem", "since", "until", "issued_by")),
        sa.Column("ended", sa.Text),
    )
    op.create_index("ix_certificate_laptop", "certificate", ["laptop", "until"])
    op.create_table(
        "revocation",
        sa.Column("laptop", sa.Text, sa.ForeignKey("laptop.key_id", name="fk_revocation_laptop"), primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("at", "revoked_by", "why")),
    )
    op.create_table(
        "used_nonce",
        sa.Column("certificate", sa.Text, primary_key=True),
        sa.Column("nonce", sa.Text, primary_key=True),
        sa.Column("until", sa.Integer, nullable=False),
    )
    op.create_index("ix_used_nonce_until", "used_nonce", ["until"])


def _people() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.Text, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("name", "role", "token", "added")),
        sa.Column("last_seen", sa.Text),
        sa.UniqueConstraint("name", name="uq_person_name"),
    )
    op.create_table(
        "session",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("person", sa.Text, sa.ForeignKey("person.id", name="fk_session_person"), nullable=False),
        sa.Column("until", sa.Text, nullable=False),
    )
    op.create_index("ix_session_person", "session", ["person"])


def downgrade() -> None:
    raise RuntimeError("a database only goes forward")
