"""What the pages read: derived from `record`, and may be deleted and worked out again; but for `refused_push`."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text

from fieldtool.central.tables import METADATA

fleet_rules = Table(  # one row: which rules (facts.RULES) the rest was worked out with
    "fleet_rules", METADATA, Column("rules", Integer, primary_key=True, autoincrement=False)
)

fleet_log = Table(  # how far each log is worked in
    "fleet_log",
    METADATA,
    Column("log", Text, ForeignKey("log.id"), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("site", Text, nullable=False),  # that the laptop works on, as of `position`
)

fleet_run = Table(  # facts.Run
    "fleet_run",
    METADATA,
    Column("log", Text, ForeignKey("log.id"), primary_key=True),
    Column("run", Text, primary_key=True),
    Column("first", Integer, nullable=False),
    Column("last", Integer, nullable=False),
    Column("serial", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("site", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("granted", Text, nullable=False),
    Column("began", Text, nullable=False),
    Column("heard", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("recovery", Integer, nullable=False),
    Column("trouble", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("sure", Integer, nullable=False),
    Column("parts", Text, nullable=False),  # JSON
    Column("model", Text, nullable=False),  # of the first part that tells one, to filter by
)
Index("fleet_run_began", fleet_run.c.began, fleet_run.c.log, fleet_run.c.first)
Index("fleet_run_serial", fleet_run.c.serial, fleet_run.c.began)
Index("fleet_run_state", fleet_run.c.state, fleet_run.c.began)
Index("fleet_run_site", fleet_run.c.site, fleet_run.c.began)
Index("fleet_run_model", fleet_run.c.model, fleet_run.c.began)

fleet_unit = Table(  # facts.Unit: one component of one charger
    "fleet_unit",
    METADATA,
    Column("serial", Text, primary_key=True),
    Column("component", Text, primary_key=True),
    Column("label", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("site", Text, nullable=False),
    Column("vendor", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("hardware", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("proof", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("sure", Integer, nullable=False),
    Column("log", Text, nullable=False),
    Column("run", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("left", Text, nullable=False),  # JSON of facts.Account, or "null"
)

fleet_mention = Table(  # which records are the history of which charger
    "fleet_mention",
    METADATA,
    Column("log", Text, ForeignKey("log.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("serial", Text, nullable=False),
    Column("at", Text, nullable=False),
)
Index("fleet_mention_serial", fleet_mention.c.serial, fleet_mention.c.at)

fleet_alarm = Table(  # alarms that laptops raised about their own logs
    "fleet_alarm",
    METADATA,
    Column("log", Text, ForeignKey("log.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("trouble", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("at", Text, nullable=False),
)

DERIVED = (fleet_log, fleet_run, fleet_unit, fleet_mention, fleet_alarm, fleet_rules)

refused_push = Table(  # what a laptop sent and we did not take, where an operator must know; counted. Not derived
    "refused_push",
    METADATA,
    Column("log", Text, primary_key=True),
    Column("key_id", Text, primary_key=True),
    Column("why", Text, primary_key=True),  # name of a text
    Column("since", Text, nullable=False),
    Column("last", Text, nullable=False),
    Column("times", Integer, nullable=False),
)
