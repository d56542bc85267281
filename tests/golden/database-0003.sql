BEGIN TRANSACTION;
CREATE TABLE actor (
	pseudonym TEXT NOT NULL, 
	name TEXT NOT NULL, 
	PRIMARY KEY (pseudonym)
);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0003');
CREATE TABLE audit (
	seq INTEGER NOT NULL, 
	envelope BLOB NOT NULL, 
	leaf BLOB NOT NULL, 
	at TEXT NOT NULL, 
	event TEXT NOT NULL, 
	charger TEXT NOT NULL, 
	run TEXT NOT NULL, 
	PRIMARY KEY (seq)
);
CREATE TABLE audit_log (
	id TEXT NOT NULL, 
	public_key TEXT NOT NULL, 
	key_id TEXT NOT NULL, 
	opened TEXT NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE charger (
	serial TEXT NOT NULL, 
	identity TEXT NOT NULL, 
	profile TEXT NOT NULL, 
	link TEXT NOT NULL, 
	seen TEXT NOT NULL, 
	took_seconds FLOAT, 
	PRIMARY KEY (serial)
);
CREATE TABLE journal (
	id INTEGER NOT NULL, 
	run TEXT NOT NULL, 
	at TEXT NOT NULL, 
	component TEXT NOT NULL, 
	phase TEXT NOT NULL, 
	mark TEXT NOT NULL, 
	detail TEXT NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT fk_journal_run FOREIGN KEY(run) REFERENCES run (id)
);
CREATE TABLE mark (
	name TEXT NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (name)
);
CREATE TABLE pin (
	serial TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	fingerprint TEXT NOT NULL, 
	source TEXT NOT NULL, 
	at TEXT NOT NULL, 
	PRIMARY KEY (serial, kind)
);
INSERT INTO "pin" VALUES('731','ssh','SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA','site-file','2026-11-20T12:00:00.000Z');
CREATE TABLE receipt (
	size INTEGER NOT NULL, 
	note TEXT NOT NULL, 
	received TEXT NOT NULL, 
	PRIMARY KEY (size)
);
CREATE TABLE run (
	id TEXT NOT NULL, 
	serial TEXT NOT NULL, 
	opened TEXT NOT NULL, 
	actor TEXT NOT NULL, 
	"plan" TEXT NOT NULL, 
	outcome TEXT, 
	ended TEXT, 
	PRIMARY KEY (id)
);
CREATE TABLE setting (
	name TEXT NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (name)
);
CREATE TABLE site (
	id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	imported TEXT NOT NULL, 
	current INTEGER NOT NULL, rules TEXT DEFAULT '{}' NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "site" VALUES('depot-west','Depot West','2026-11-20T12:00:00.000Z',1,'{"market": "DE", "backend": "ocpp1.6", "windows": [{"days": [0, 6], "begins": 1320, "ends": 330}], "time_zone": "Europe/Berlin", "baseline": [["main", "1.5.0"], ["modem", "7"]], "overridable": ["LAPTOP_POWER", "OUTSIDE_WINDOW"], "validation": {"soak": 60.0, "required": ["meter"], "waivable": ["clock"], "clock_off": 5.5, "resets": 2, "config_may_change": ["Display.Mode"]}}');
CREATE TABLE site_charger (
	site TEXT NOT NULL, 
	serial TEXT NOT NULL, 
	label TEXT NOT NULL, 
	name TEXT NOT NULL, 
	profile TEXT NOT NULL, 
	links TEXT NOT NULL, 
	PRIMARY KEY (site, serial), 
	CONSTRAINT fk_site_charger_site FOREIGN KEY(site) REFERENCES site (id)
);
INSERT INTO "site_charger" VALUES('depot-west','731','000731','Bay 01','lab-citypost','[["ssh", "192.0.2.7:22"]]');
INSERT INTO "site_charger" VALUES('depot-west','732','000732','000732','','[]');
CREATE INDEX ix_run_open ON run (serial, outcome);
CREATE INDEX ix_journal_run ON journal (run, id);
CREATE INDEX ix_audit_charger ON audit (charger, seq);
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER journal_no_update BEFORE UPDATE ON journal BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER journal_no_delete BEFORE DELETE ON journal BEGIN SELECT RAISE(ABORT, 'append only'); END;
COMMIT;
