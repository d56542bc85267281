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
INSERT INTO "alembic_version" VALUES('0002');
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
INSERT INTO "journal" VALUES(1,'run-a','2026-11-20T09:00:00.000Z','main','preflight','entered','{"before": {"facts": {"clock": "1700000000"}, "in_use": "connector 1 is charging", "installing": false, "running": "1.0", "running_hash": "aa", "running_slot": "A", "security_epoch": 3, "serial": "S1", "slots": [{"booted": true, "name": "rootfs.0", "payload_hash": "aa", "primary": true, "state": "good", "version": "1.0"}], "staged": "2.0", "staged_hash": "bb"}, "health": {"connectors": {"1": "available", "2": "faulted"}, "failed_checks": ["backend"], "faults": ["DOOR_OPEN"], "ok": false}, "v": 1}');
INSERT INTO "journal" VALUES(2,'run-a','2026-11-20T09:00:02.000Z','main','preflight','ok','{"v": 1}');
INSERT INTO "journal" VALUES(3,'run-a','2026-11-20T09:00:02.000Z','main','backup','entered','{"v": 1}');
INSERT INTO "journal" VALUES(4,'run-a','2026-11-20T09:00:03.000Z','main','backup','ok','{"v": 1}');
INSERT INTO "journal" VALUES(5,'run-a','2026-11-20T09:00:03.000Z','main','transfer','entered','{"v": 1}');
INSERT INTO "journal" VALUES(6,'run-a','2026-11-20T09:00:43.000Z','main','transfer','lost','{"trouble": {"exit": 10, "params": {"address": "192.0.2.7:22", "detail": "broken pipe"}, "safety": "old_is_kept", "text": "LINK_LOST"}, "v": 1}');
INSERT INTO "journal" VALUES(7,'run-a','2026-11-20T09:01:43.000Z','main','transfer','entered','{"v": 1}');
INSERT INTO "journal" VALUES(8,'run-a','2026-11-20T09:02:03.000Z','main','transfer','ok','{"v": 1}');
INSERT INTO "journal" VALUES(9,'run-a','2026-11-20T09:02:03.000Z','main','verify','entered','{"v": 1}');
INSERT INTO "journal" VALUES(10,'run-a','2026-11-20T09:02:04.000Z','main','verify','ok','{"v": 1}');
INSERT INTO "journal" VALUES(11,'run-a','2026-11-20T09:02:04.000Z','main','install','entered','{"v": 1}');
INSERT INTO "journal" VALUES(12,'run-a','2026-11-20T09:02:34.000Z','main','install','ok','{"v": 1}');
INSERT INTO "journal" VALUES(13,'run-a','2026-11-20T09:02:34.000Z','main','restart','entered','{"v": 1}');
INSERT INTO "journal" VALUES(14,'run-a','2026-11-20T09:03:24.000Z','main','restart','ok','{"v": 1}');
INSERT INTO "journal" VALUES(15,'run-a','2026-11-20T09:03:24.000Z','main','validate','entered','{"v": 1}');
INSERT INTO "journal" VALUES(16,'run-a','2026-11-20T09:03:39.000Z','main','validate','ok','{"v": 1}');
INSERT INTO "journal" VALUES(17,'run-a','2026-11-20T09:03:39.000Z','main','confirm','entered','{"v": 1}');
INSERT INTO "journal" VALUES(18,'run-a','2026-11-20T09:03:40.500Z','main','confirm','ok','{"v": 1}');
INSERT INTO "journal" VALUES(19,'run-a','2026-11-20T09:03:40.500Z','main','done','entered','{"v": 1}');
INSERT INTO "journal" VALUES(20,'run-b','2026-11-20T09:16:40.000Z','main','preflight','entered','{"before": {"facts": {"clock": "1700000000"}, "in_use": "connector 1 is charging", "installing": false, "running": "1.0", "running_hash": "aa", "running_slot": "A", "security_epoch": 3, "serial": "S1", "slots": [{"booted": true, "name": "rootfs.0", "payload_hash": "aa", "primary": true, "state": "good", "version": "1.0"}], "staged": "2.0", "staged_hash": "bb"}, "health": {"connectors": {"1": "available", "2": "faulted"}, "failed_checks": ["backend"], "faults": ["DOOR_OPEN"], "ok": false}, "v": 1}');
INSERT INTO "journal" VALUES(21,'run-b','2026-11-20T09:16:42.000Z','main','preflight','ok','{"v": 1}');
INSERT INTO "journal" VALUES(22,'run-b','2026-11-20T09:16:42.000Z','main','transfer','entered','{"v": 1}');
INSERT INTO "journal" VALUES(23,'run-b','2026-11-20T09:17:02.000Z','main','transfer','ok','{"v": 1}');
INSERT INTO "journal" VALUES(24,'run-b','2026-11-20T09:17:02.000Z','main','install','entered','{"v": 1}');
INSERT INTO "journal" VALUES(25,'run-b','2026-11-20T09:17:32.000Z','main','install','ok','{"v": 1}');
INSERT INTO "journal" VALUES(26,'run-b','2026-11-20T09:17:32.000Z','main','restart','entered','{"v": 1}');
INSERT INTO "journal" VALUES(27,'run-b','2026-11-20T09:18:10.000Z','main','restart','ok','{"v": 1}');
INSERT INTO "journal" VALUES(28,'run-b','2026-11-20T09:18:10.000Z','main','validate','entered','{"v": 1}');
INSERT INTO "journal" VALUES(29,'run-b','2026-11-20T09:18:30.000Z','main','validate','failed','{"trouble": {"exit": 10, "params": {"found": "RFID_SILENT"}, "safety": "old_is_kept", "text": "VALIDATE_HEALTH"}, "v": 1}');
INSERT INTO "journal" VALUES(30,'run-b','2026-11-20T09:18:30.000Z','main','roll_back','entered','{"v": 1}');
INSERT INTO "journal" VALUES(31,'run-b','2026-11-20T09:19:30.000Z','main','roll_back','ok','{"v": 1}');
INSERT INTO "journal" VALUES(32,'run-b','2026-11-20T09:19:30.000Z','main','rolled_back','entered','{"trouble": {"exit": 10, "params": {"found": "RFID_SILENT"}, "safety": "old_is_kept", "text": "VALIDATE_HEALTH"}, "v": 1}');
INSERT INTO "journal" VALUES(33,'run-c','2026-11-20T09:33:20.000Z','main','preflight','entered','{"before": {"facts": {"clock": "1700000000"}, "in_use": "connector 1 is charging", "installing": false, "running": "1.0", "running_hash": "aa", "running_slot": "A", "security_epoch": 3, "serial": "S1", "slots": [{"booted": true, "name": "rootfs.0", "payload_hash": "aa", "primary": true, "state": "good", "version": "1.0"}], "staged": "2.0", "staged_hash": "bb"}, "health": {"connectors": {"1": "available", "2": "faulted"}, "failed_checks": ["backend"], "faults": ["DOOR_OPEN"], "ok": false}, "v": 1}');
INSERT INTO "journal" VALUES(34,'run-c','2026-11-20T09:33:22.000Z','main','preflight','ok','{"v": 1}');
INSERT INTO "journal" VALUES(35,'run-c','2026-11-20T09:33:22.000Z','main','transfer','entered','{"v": 1}');
INSERT INTO "journal" VALUES(36,'run-d','2026-11-20T09:50:00.000Z','main','refused','entered','{"trouble": {"exit": 10, "params": {"expected": "Lab CityPost 22", "found": "Lab Other", "target": "2.0 (main)"}, "safety": "old_is_kept", "text": "WRONG_MODEL"}, "v": 1}');
INSERT INTO "journal" VALUES(37,'run-e','2026-11-20T10:06:40.000Z','main','preflight','entered','{"before": {"facts": {"clock": "1700000000"}, "in_use": "connector 1 is charging", "installing": false, "running": "1.0", "running_hash": "aa", "running_slot": "A", "security_epoch": 3, "serial": "S1", "slots": [{"booted": true, "name": "rootfs.0", "payload_hash": "aa", "primary": true, "state": "good", "version": "1.0"}], "staged": "2.0", "staged_hash": "bb"}, "health": {"connectors": {"1": "available", "2": "faulted"}, "failed_checks": ["backend"], "faults": ["DOOR_OPEN"], "ok": false}, "v": 1}');
INSERT INTO "journal" VALUES(38,'run-e','2026-11-20T10:06:42.000Z','main','preflight','ok','{"v": 1}');
INSERT INTO "journal" VALUES(39,'run-e','2026-11-20T10:06:42.000Z','main','install','entered','{"v": 1}');
INSERT INTO "journal" VALUES(40,'run-e','2026-11-21T10:00:00.000Z','main','restart','entered','{"v": 1}');
INSERT INTO "journal" VALUES(41,'run-e','2026-11-21T10:00:50.000Z','main','restart','ok','{"v": 1}');
INSERT INTO "journal" VALUES(42,'run-e','2026-11-21T10:00:50.000Z','main','validate','entered','{"v": 1}');
INSERT INTO "journal" VALUES(43,'run-e','2026-11-21T10:01:00.000Z','main','validate','ok','{"v": 1}');
INSERT INTO "journal" VALUES(44,'run-e','2026-11-21T10:01:00.000Z','main','confirm','entered','{"v": 1}');
INSERT INTO "journal" VALUES(45,'run-e','2026-11-21T10:01:01.000Z','main','confirm','ok','{"v": 1}');
INSERT INTO "journal" VALUES(46,'run-e','2026-11-21T10:01:01.000Z','main','done','entered','{"v": 1}');
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
INSERT INTO "run" VALUES('run-a','S1','2026-11-20T09:00:00.000Z','demo','{"actor": "demo", "came_from": "1.0", "component": "main", "name": "Bay 01", "release": {"advisories": ["CVE-1"], "component": "main", "duration": [60, 90], "end_of_support": "2026-11-20T09:30:00.000Z", "format": "raucb", "hardware": ["R4"], "length": 300, "markets": ["EU"], "min_from": "", "models": ["CityPost 22"], "notes": "n", "payload_hash": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "published": "2026-11-20T09:30:00.000Z", "release_type": "", "requires": [["modem", "1.2"]], "security_epoch": 0, "sha256": "2222222222222222222222222222222222222222222222222222222222222222", "target": "lab/main-2.0.raucb", "vendor": "Lab", "version": "2.0", "version_format": "dotted"}, "run": "run-a", "serial": "S1", "v": 1}','done','2026-11-20T09:03:40.500Z');
INSERT INTO "run" VALUES('run-b','S1','2026-11-20T09:16:40.000Z','demo','{"actor": "demo", "came_from": "1.0", "component": "main", "name": "Bay 01", "release": {"advisories": ["CVE-1"], "component": "main", "duration": [60, 90], "end_of_support": "2026-11-20T09:30:00.000Z", "format": "raucb", "hardware": ["R3", "R4"], "length": 300, "markets": ["EU"], "min_from": "", "models": ["CityPost 11", "CityPost 22"], "notes": "n", "payload_hash": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "published": "2026-11-20T09:30:00.000Z", "release_type": "", "requires": [["modem", "1.2"]], "security_epoch": 0, "sha256": "2222222222222222222222222222222222222222222222222222222222222222", "target": "lab/main-2.0.raucb", "vendor": "Lab", "version": "2.0", "version_format": "dotted"}, "run": "run-b", "serial": "S1", "v": 1}','rolled_back','2026-11-20T09:19:30.000Z');
INSERT INTO "run" VALUES('run-c','S1','2026-11-20T09:33:20.000Z','demo','{"actor": "demo", "came_from": "1.0", "component": "main", "name": "Bay 01", "release": {"advisories": ["CVE-1"], "component": "main", "duration": [60, 90], "end_of_support": "2026-11-20T09:30:00.000Z", "format": "raucb", "hardware": ["R4"], "length": 300, "markets": ["EU"], "min_from": "", "models": ["CityPost 22"], "notes": "n", "payload_hash": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "published": "2026-11-20T09:30:00.000Z", "release_type": "", "requires": [["modem", "1.2"]], "security_epoch": 0, "sha256": "2222222222222222222222222222222222222222222222222222222222222222", "target": "lab/main-2.0.raucb", "vendor": "Lab", "version": "2.0", "version_format": "dotted"}, "run": "run-c", "serial": "S1", "v": 1}',NULL,NULL);
INSERT INTO "run" VALUES('run-d','S1','2026-11-20T09:50:00.000Z','demo','{"actor": "demo", "came_from": "1.0", "component": "main", "name": "Bay 01", "release": {"advisories": ["CVE-1"], "component": "main", "duration": [60, 90], "end_of_support": "2026-11-20T09:30:00.000Z", "format": "raucb", "hardware": ["R4"], "length": 300, "markets": ["EU"], "min_from": "", "models": ["CityPost 22"], "notes": "n", "payload_hash": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "published": "2026-11-20T09:30:00.000Z", "release_type": "", "requires": [["modem", "1.2"]], "security_epoch": 0, "sha256": "2222222222222222222222222222222222222222222222222222222222222222", "target": "lab/main-2.0.raucb", "vendor": "Lab", "version": "2.0", "version_format": "dotted"}, "run": "run-d", "serial": "S1", "v": 1}','refused','2026-11-20T09:50:00.000Z');
INSERT INTO "run" VALUES('run-e','S1','2026-11-20T10:06:40.000Z','demo','{"actor": "demo", "came_from": "1.0", "component": "main", "name": "Bay 01", "release": {"advisories": ["CVE-1"], "component": "main", "duration": [60, 90], "end_of_support": "2026-11-20T09:30:00.000Z", "format": "raucb", "hardware": ["R4"], "length": 300, "markets": ["EU"], "min_from": "", "models": ["CityPost 22"], "notes": "n", "payload_hash": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "published": "2026-11-20T09:30:00.000Z", "release_type": "", "requires": [["modem", "1.2"]], "security_epoch": 0, "sha256": "2222222222222222222222222222222222222222222222222222222222222222", "target": "lab/main-2.0.raucb", "vendor": "Lab", "version": "2.0", "version_format": "dotted"}, "run": "run-e", "serial": "S1", "v": 1}','done','2026-11-21T10:01:01.000Z');
CREATE TABLE setting (
	name TEXT NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "setting" VALUES('a','kept');
CREATE TABLE site (
	id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	imported TEXT NOT NULL, 
	current INTEGER NOT NULL, 
	PRIMARY KEY (id)
);
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
CREATE INDEX ix_run_open ON run (serial, outcome);
CREATE INDEX ix_journal_run ON journal (run, id);
CREATE INDEX ix_audit_charger ON audit (charger, seq);
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER journal_no_update BEFORE UPDATE ON journal BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER journal_no_delete BEFORE DELETE ON journal BEGIN SELECT RAISE(ABORT, 'append only'); END;
COMMIT;
