BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0006');
CREATE TABLE audit (
	row_number INTEGER NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	who VARCHAR NOT NULL, 
	via VARCHAR NOT NULL, 
	credential_id VARCHAR NOT NULL, 
	remote VARCHAR NOT NULL, 
	action VARCHAR NOT NULL, 
	subject TEXT NOT NULL, 
	outcome VARCHAR NOT NULL, 
	status INTEGER NOT NULL, 
	detail TEXT NOT NULL, 
	CONSTRAINT pk_audit PRIMARY KEY (row_number)
);
INSERT INTO "audit" VALUES(1,'2026-01-01T12:00:00.000000Z','ada','session','','127.0.0.1','log_in','','done',0,'');
CREATE TABLE baselines (
	name VARCHAR COLLATE "NOCASE" NOT NULL, 
	vendor TEXT, 
	model TEXT, 
	firmware_version TEXT, 
	keys JSON NOT NULL, 
	note TEXT NOT NULL, 
	changed_at VARCHAR(27) NOT NULL, 
	changed_by TEXT NOT NULL, 
	CONSTRAINT pk_baselines PRIMARY KEY (name)
);
INSERT INTO "baselines" VALUES('fleet','Maker',NULL,NULL,'{"HeartbeatInterval":"30"}','','2026-01-01T12:30:15.123456Z','ada');
CREATE TABLE charge_points (
	charge_point_id VARCHAR(255) NOT NULL, 
	first_seen_at VARCHAR(27) NOT NULL, 
	last_seen_at VARCHAR(27) NOT NULL, 
	registration VARCHAR, 
	admitted VARCHAR, 
	accepted_at VARCHAR(27), 
	credential BLOB, 
	clock_offset_s FLOAT, 
	booted_at VARCHAR(27), 
	vendor TEXT, 
	model TEXT, 
	serial_number TEXT, 
	charge_box_serial_number TEXT, 
	firmware_version TEXT, 
	iccid TEXT, 
	imsi TEXT, 
	meter_type TEXT, 
	meter_serial_number TEXT, security_profile INTEGER, asked_security_profile INTEGER, next_credential BLOB, 
	CONSTRAINT pk_charge_points PRIMARY KEY (charge_point_id)
);
INSERT INTO "charge_points" VALUES('CP-1','2026-01-01T12:30:15.123456Z','2026-01-01T12:30:15.123456Z',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE commands (
	command_id VARCHAR NOT NULL, 
	charge_point_id VARCHAR(255) NOT NULL, 
	unique_id VARCHAR NOT NULL, 
	action VARCHAR NOT NULL, 
	payload_text TEXT NOT NULL, 
	state VARCHAR NOT NULL, 
	priority INTEGER NOT NULL, 
	queued_at VARCHAR(27) NOT NULL, 
	sent_at VARCHAR(27), 
	ended_at VARCHAR(27), 
	answer_text TEXT, 
	detail TEXT NOT NULL, 
	CONSTRAINT pk_commands PRIMARY KEY (command_id)
);
INSERT INTO "commands" VALUES('c','CP-1','1','Reset','{}','accepted',0,'2026-01-01T12:30:15.123456Z',NULL,'2026-01-01T12:30:15.123456Z',NULL,'');
CREATE TABLE configuration (
	charge_point_id VARCHAR(255) NOT NULL, 
	"key" VARCHAR COLLATE "NOCASE" NOT NULL, 
	value TEXT, 
	readonly BOOLEAN, 
	known BOOLEAN NOT NULL, 
	read_at VARCHAR(27) NOT NULL, 
	CONSTRAINT pk_configuration PRIMARY KEY (charge_point_id, "key")
);
INSERT INTO "configuration" VALUES('CP-1','HeartbeatInterval','30',0,1,'2026-01-01T12:30:15.123456Z');
CREATE TABLE configuration_changes (
	row_number INTEGER NOT NULL, 
	charge_point_id VARCHAR(255) NOT NULL, 
	"key" VARCHAR COLLATE "NOCASE" NOT NULL, 
	value TEXT, 
	readonly BOOLEAN, 
	known BOOLEAN NOT NULL, 
	read_at VARCHAR(27) NOT NULL, 
	firmware_version TEXT, 
	CONSTRAINT pk_configuration_changes PRIMARY KEY (row_number)
);
INSERT INTO "configuration_changes" VALUES(1,'CP-1','HeartbeatInterval','60',0,1,'2026-01-01T12:30:15.123456Z',NULL);
INSERT INTO "configuration_changes" VALUES(2,'CP-1','HeartbeatInterval','30',0,1,'2026-01-01T12:30:15.123456Z',NULL);
CREATE TABLE connections (
	connection INTEGER NOT NULL, 
	charge_point_id VARCHAR(255) NOT NULL, 
	opened_at VARCHAR(27) NOT NULL, 
	remote VARCHAR NOT NULL, 
	subprotocol VARCHAR, 
	tls VARCHAR, 
	closed_at VARCHAR(27), 
	close_code INTEGER, 
	close_reason TEXT NOT NULL, 
	closed_by VARCHAR, 
	CONSTRAINT pk_connections PRIMARY KEY (connection)
);
INSERT INTO "connections" VALUES(7,'CP-1','2026-01-01T12:30:15.123456Z','',NULL,NULL,'2026-01-01T12:30:15.123456Z',1006,'','network');
CREATE TABLE decisions (
	row_number INTEGER NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	charge_point_id VARCHAR(255) NOT NULL, 
	action VARCHAR NOT NULL, 
	id_tag VARCHAR COLLATE "NOCASE" NOT NULL, 
	status VARCHAR NOT NULL, 
	reason TEXT NOT NULL, 
	CONSTRAINT pk_decisions PRIMARY KEY (row_number)
);
INSERT INTO "decisions" VALUES(1,'2026-01-01T12:30:15.123456Z','CP-1','Authorize','T','Invalid','');
CREATE TABLE exchanges (
	row_number INTEGER NOT NULL, 
	charge_point_id VARCHAR(255) NOT NULL, 
	connection INTEGER NOT NULL, 
	caller VARCHAR NOT NULL, 
	outcome VARCHAR NOT NULL, 
	requested_at VARCHAR(27) NOT NULL, 
	answered_at VARCHAR(27), 
	unique_id TEXT, 
	action TEXT, 
	request_text TEXT, 
	answer_text TEXT, 
	raw BLOB, 
	station_time_text TEXT, 
	clock_offset_s FLOAT, 
	CONSTRAINT pk_exchanges PRIMARY KEY (row_number)
);
INSERT INTO "exchanges" VALUES(1,'CP-1',1,'charge_point','answered','2026-01-01T12:30:15.123456Z','2026-01-01T12:30:15.123456Z','1','Heartbeat','[2,"1","Heartbeat",{}]','[3]',NULL,NULL,-0.5);
INSERT INTO "exchanges" VALUES(2,'CP-1',1,'charge_point','answered','2026-01-01T12:30:15.123456Z','2026-01-01T12:30:15.123456Z','\udc80',NULL,'[2,"1","Heartbeat",{}]','[3]',X'FF00',NULL,-0.5);
CREATE TABLE exchanges_by_station (
	charge_point_id VARCHAR(255) NOT NULL, 
	row_number INTEGER NOT NULL, 
	CONSTRAINT pk_exchanges_by_station PRIMARY KEY (charge_point_id, row_number)
)
 WITHOUT ROWID

;
INSERT INTO "exchanges_by_station" VALUES('CP-1',1);
INSERT INTO "exchanges_by_station" VALUES('CP-1',2);
CREATE TABLE file_jobs (
	job_id VARCHAR NOT NULL, 
	charge_point_id VARCHAR(255) NOT NULL, 
	kind VARCHAR NOT NULL, 
	scheme VARCHAR NOT NULL, 
	url TEXT NOT NULL, 
	opened_at VARCHAR(27) NOT NULL, 
	closed_at VARCHAR(27), request_id INTEGER, 
	CONSTRAINT pk_file_jobs PRIMARY KEY (job_id)
);
INSERT INTO "file_jobs" VALUES('j','CP-1','upload','ftp','ftp://host/','2026-01-01T12:30:15.123456Z',NULL,NULL);
INSERT INTO "file_jobs" VALUES('log','CP-1','upload','http','http://h/','2026-01-01T12:30:15.123456Z',NULL,5);
CREATE TABLE file_transfers (
	row_number INTEGER NOT NULL, 
	job_id VARCHAR NOT NULL, 
	charge_point_id VARCHAR(255) NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	event VARCHAR NOT NULL, 
	name TEXT NOT NULL, 
	size INTEGER, 
	sha256 VARCHAR, 
	complete BOOLEAN NOT NULL, 
	remote VARCHAR NOT NULL, 
	detail TEXT NOT NULL, 
	CONSTRAINT pk_file_transfers PRIMARY KEY (row_number)
);
INSERT INTO "file_transfers" VALUES(1,'j','CP-1','2026-01-01T12:30:15.123456Z','upload','',3,NULL,1,'','');
CREATE TABLE flags (
	row_number INTEGER NOT NULL, 
	charge_point_id VARCHAR(255) NOT NULL, 
	connection INTEGER NOT NULL, 
	unique_id TEXT, 
	action TEXT, 
	rule VARCHAR NOT NULL, 
	"where" TEXT NOT NULL, 
	value TEXT NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	CONSTRAINT pk_flags PRIMARY KEY (row_number)
);
INSERT INTO "flags" VALUES(1,'CP-1',1,'1','Authorize','missing','$.idTag','null','2026-01-01T12:30:15.123456Z');
CREATE TABLE handshakes (
	row_number INTEGER NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	charge_point_id VARCHAR(255) NOT NULL, 
	path TEXT NOT NULL, 
	offered JSON NOT NULL, 
	chosen VARCHAR, 
	authentication VARCHAR NOT NULL, 
	tls VARCHAR, 
	remote VARCHAR NOT NULL, 
	outcome VARCHAR NOT NULL, 
	http_status INTEGER NOT NULL, 
	reason TEXT NOT NULL, 
	hint TEXT NOT NULL, security JSON, 
	CONSTRAINT pk_handshakes PRIMARY KEY (row_number)
);
INSERT INTO "handshakes" VALUES(1,'2026-01-01T12:30:15.123456Z','CP-1','/ocpp/CP-1','["ocpp1.6","x"]','ocpp1.6','none',NULL,'127.0.0.1:1','accepted',101,'','','{"profile":3,"server_certificate":"ECDSA","client_expires_at":"2026-01-01T12:30:15.123456Z"}');
CREATE TABLE id_tags (
	id_tag VARCHAR COLLATE "NOCASE" NOT NULL, 
	status VARCHAR NOT NULL, 
	expires_at VARCHAR(27), 
	parent_id_tag VARCHAR COLLATE "NOCASE", 
	note TEXT NOT NULL, 
	CONSTRAINT pk_id_tags PRIMARY KEY (id_tag)
);
INSERT INTO "id_tags" VALUES('CARD','Accepted',NULL,'FLEET','');
CREATE TABLE kept_answers (
	who VARCHAR NOT NULL, 
	"key" VARCHAR NOT NULL, 
	request_hash VARCHAR(64) NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	status INTEGER, 
	headers JSON NOT NULL, 
	body BLOB NOT NULL, 
	CONSTRAINT pk_kept_answers PRIMARY KEY (who, "key")
);
INSERT INTO "kept_answers" VALUES('ada','k','h','2026-01-01T12:00:00.000000Z',NULL,'{}',X'');
CREATE TABLE late_indexes (
	name VARCHAR NOT NULL, 
	up_to INTEGER NOT NULL, 
	CONSTRAINT pk_late_indexes PRIMARY KEY (name)
);
INSERT INTO "late_indexes" VALUES('exchanges',2);
CREATE TABLE "meter_values" (
	row_number INTEGER NOT NULL, 
	charge_point_id VARCHAR(255) NOT NULL, 
	connector_id INTEGER, 
	transaction_id INTEGER, 
	received_at VARCHAR(27) NOT NULL, 
	timestamp_text TEXT, 
	measured_at VARCHAR(27), 
	source VARCHAR NOT NULL, 
	sampled JSON, 
	exchange INTEGER, 
	position INTEGER, 
	CONSTRAINT pk_meter_values PRIMARY KEY (row_number)
);
INSERT INTO "meter_values" VALUES(1,'CP-1',1,5,'2026-01-01T12:30:15.123456Z','x',NULL,'MeterValues','[{"value":"1","unit":"Hz"}]',NULL,NULL);
CREATE TABLE people (
	name VARCHAR(64) NOT NULL, 
	role VARCHAR NOT NULL, 
	password_hash TEXT NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	changed_at VARCHAR(27) NOT NULL, 
	logged_in_at VARCHAR(27), 
	CONSTRAINT pk_people PRIMARY KEY (name)
);
INSERT INTO "people" VALUES('ada','tester','$argon2id$','2026-01-01T12:00:00.000000Z','2026-01-01T12:00:00.000000Z',NULL);
CREATE TABLE progress (
	row_number INTEGER NOT NULL, 
	charge_point_id VARCHAR(255) NOT NULL, 
	subject VARCHAR NOT NULL, 
	status TEXT NOT NULL, 
	received_at VARCHAR(27) NOT NULL, request_id INTEGER, 
	CONSTRAINT pk_progress PRIMARY KEY (row_number)
);
INSERT INTO "progress" VALUES(1,'CP-1','firmware','Idle','2026-01-01T12:30:15.123456Z',NULL);
INSERT INTO "progress" VALUES(2,'CP-1','log','Uploaded','2026-01-01T12:30:15.123456Z',5);
CREATE TABLE security_events (
	row_number INTEGER NOT NULL, 
	charge_point_id VARCHAR(255) NOT NULL, 
	type TEXT NOT NULL, 
	critical BOOLEAN NOT NULL, 
	received_at VARCHAR(27) NOT NULL, 
	timestamp_text TEXT, 
	happened_at VARCHAR(27), 
	tech_info TEXT, 
	CONSTRAINT pk_security_events PRIMARY KEY (row_number)
);
INSERT INTO "security_events" VALUES(1,'CP-1','StartupOfTheDevice',1,'2026-01-01T12:30:15.123456Z','2026-01-01T12:30:00Z','2026-01-01T12:30:00.123456Z',NULL);
INSERT INTO "security_events" VALUES(2,'CP-1','LidOpened',0,'2026-01-01T12:30:15.123456Z','2026-01-01T12:30:00Z','2026-01-01T12:30:00.123456Z','tamper');
CREATE TABLE sessions (
	session_hash VARCHAR(64) NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	began_at VARCHAR(27) NOT NULL, 
	used_at VARCHAR(27) NOT NULL, 
	expires_at VARCHAR(27) NOT NULL, 
	remote VARCHAR NOT NULL, 
	user_agent TEXT NOT NULL, 
	CONSTRAINT pk_sessions PRIMARY KEY (session_hash)
);
INSERT INTO "sessions" VALUES('5e55','ada','2026-01-01T12:00:00.000000Z','2026-01-01T12:00:00.000000Z','2026-01-01T13:00:00.000000Z','127.0.0.1','a browser');
CREATE TABLE statuses (
	row_number INTEGER NOT NULL, 
	charge_point_id VARCHAR(255) NOT NULL, 
	connector_id INTEGER NOT NULL, 
	status TEXT NOT NULL, 
	error_code TEXT NOT NULL, 
	received_at VARCHAR(27) NOT NULL, 
	timestamp_text TEXT, 
	info TEXT, 
	vendor_id TEXT, 
	vendor_error_code TEXT, 
	CONSTRAINT pk_statuses PRIMARY KEY (row_number)
);
INSERT INTO "statuses" VALUES(1,'CP-1',0,'Available','NoError','2026-01-01T12:30:15.123456Z',NULL,NULL,NULL,NULL);
INSERT INTO "statuses" VALUES(2,'CP-1',1,'Available','NoError','2026-01-01T12:30:15.123456Z',NULL,NULL,NULL,NULL);
INSERT INTO "statuses" VALUES(3,'CP-1',0,'Preparing','NoError','2026-01-01T12:30:15.123456Z',NULL,NULL,NULL,NULL);
INSERT INTO "statuses" VALUES(4,'CP-1',1,'Preparing','NoError','2026-01-01T12:30:15.123456Z',NULL,NULL,NULL,NULL);
CREATE TABLE stops (
	row_number INTEGER NOT NULL, 
	charge_point_id VARCHAR(255) NOT NULL, 
	told_transaction_id INTEGER, 
	unique_id TEXT NOT NULL, 
	stopped_text TEXT, 
	stopped_at VARCHAR(27), 
	stop_received_at VARCHAR(27) NOT NULL, 
	meter_stop_wh INTEGER, 
	reason TEXT, 
	id_tag VARCHAR COLLATE "NOCASE", 
	id_tag_status VARCHAR, 
	id_tag_expires_at VARCHAR(27), 
	parent_id_tag VARCHAR, 
	transaction_id INTEGER, 
	repeated BOOLEAN NOT NULL, 
	CONSTRAINT pk_stops PRIMARY KEY (row_number), 
	CONSTRAINT fk_stops_transaction_id FOREIGN KEY(transaction_id) REFERENCES transactions (transaction_id)
);
INSERT INTO "stops" VALUES(1,'CP-1',8,'stop-1','2026-01-01T13:00:00Z','2026-01-01T13:00:00.000000Z','2026-01-01T13:30:15.123456Z',900,'Local','CARD','Accepted',NULL,NULL,8,0);
INSERT INTO "stops" VALUES(2,'CP-1',NULL,'stop-1','2026-01-01T13:00:00Z','2026-01-01T13:00:00.000000Z','2026-01-01T13:30:15.123456Z',900,'Local','CARD','Accepted',NULL,NULL,NULL,0);
INSERT INTO "stops" VALUES(3,'CP-1',0,'stop-1','2026-01-01T13:00:00Z','2026-01-01T13:00:00.000000Z','2026-01-01T13:30:15.123456Z',900,'Local','CARD','Accepted',NULL,NULL,NULL,0);
INSERT INTO "stops" VALUES(4,'CP-1',-1,'stop-1','2026-01-01T13:00:00Z','2026-01-01T13:00:00.000000Z','2026-01-01T13:30:15.123456Z',900,'Local','CARD','Accepted',NULL,NULL,NULL,0);
INSERT INTO "stops" VALUES(5,'CP-1',1099511627776,'stop-1','2026-01-01T13:00:00Z','2026-01-01T13:00:00.000000Z','2026-01-01T13:30:15.123456Z',900,'Local','CARD','Accepted',NULL,NULL,NULL,0);
INSERT INTO "stops" VALUES(6,'CP-1',10,'stop-1','2026-01-01T13:00:00Z','2026-01-01T13:00:00.000000Z','2026-01-01T13:30:15.123456Z',900,'Local','CARD','Accepted',NULL,NULL,NULL,0);
INSERT INTO "stops" VALUES(7,'CP-1',-1,'other','2026-01-01T13:00:00Z','2026-01-01T13:00:00.000000Z','2026-01-01T13:30:15.123456Z',900,'Local','CARD','Accepted',NULL,NULL,NULL,1);
CREATE TABLE tokens (
	token_id VARCHAR(32) NOT NULL, 
	token_hash VARCHAR(64) NOT NULL, 
	owner VARCHAR(64) NOT NULL, 
	label TEXT NOT NULL, 
	role VARCHAR NOT NULL, 
	read_only BOOLEAN NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	expires_at VARCHAR(27), 
	used_at VARCHAR(27), 
	CONSTRAINT pk_tokens PRIMARY KEY (token_id)
);
INSERT INTO "tokens" VALUES('t1','hash of t1','ada','for the nightly test','viewer',1,'2026-01-01T12:00:00.000000Z',NULL,NULL);
CREATE TABLE transactions (
	transaction_id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	charge_point_id VARCHAR(255) NOT NULL, 
	connector_id INTEGER, 
	id_tag VARCHAR COLLATE "NOCASE", 
	meter_start_wh INTEGER, 
	started_text TEXT, 
	started_at VARCHAR(27), 
	start_received_at VARCHAR(27) NOT NULL, 
	start_unique_id TEXT NOT NULL, 
	reservation_id INTEGER, 
	id_tag_status VARCHAR NOT NULL, 
	id_tag_expires_at VARCHAR(27), 
	parent_id_tag VARCHAR, 
	stopped_text TEXT, 
	stopped_at VARCHAR(27), 
	stop_received_at VARCHAR(27), 
	meter_stop_wh INTEGER, 
	stop_reason TEXT, 
	stop_id_tag VARCHAR COLLATE "NOCASE"
);
INSERT INTO "transactions" VALUES(1,'CP-1',1,'CARD',100,'2026-01-01T12:00:00Z','2026-01-01T12:00:00.000000Z','2026-01-01T12:30:15.123456Z','start-1',NULL,'Accepted',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "transactions" VALUES(2,'CP-1',2,'CARD',100,'2026-01-01T12:00:00Z','2026-01-01T12:00:00.000000Z','2026-01-01T12:30:15.123456Z','start-1',NULL,'Accepted',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "transactions" VALUES(3,'CP-1',1,'OTHER',100,'2026-01-01T12:00:00Z','2026-01-01T12:00:00.000000Z','2026-01-01T12:30:15.123456Z','start-1',NULL,'Accepted',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "transactions" VALUES(4,'CP-1',1,'CARD',101,'2026-01-01T12:00:00Z','2026-01-01T12:00:00.000000Z','2026-01-01T12:30:15.123456Z','start-1',NULL,'Accepted',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "transactions" VALUES(5,'X',1,'CARD',100,'2026-01-01T12:00:00Z','2026-01-01T12:00:00.000000Z','2026-01-01T12:30:15.123456Z','start-1',NULL,'Accepted',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "transactions" VALUES(6,'CP-1',1,'CARD',100,NULL,NULL,'2026-01-01T12:30:15.123456Z','start-1',NULL,'Accepted',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "transactions" VALUES(7,'CP-1',1,'CARD',100,NULL,NULL,'2026-01-01T12:30:15.123456Z','start-2',NULL,'Accepted',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "transactions" VALUES(8,'CP-1',1,'CARD',100,'1970-01-01T00:00:00Z','1970-01-01T00:00:00.000000Z','2026-01-01T12:30:15.123456Z','start-1',NULL,'Accepted',NULL,NULL,'2026-01-01T13:00:00Z','2026-01-01T13:00:00.000000Z','2026-01-01T13:30:15.123456Z',900,'Local','CARD');
INSERT INTO "transactions" VALUES(9,'CP-1',1,'CARD',100,'1970-01-01T00:00:00Z','1970-01-01T00:00:00.000000Z','2026-01-01T12:30:15.123456Z','start-3',NULL,'Accepted',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "transactions" VALUES(10,'CP-2',1,'CARD',100,'2026-01-01T12:00:00Z','2026-01-01T12:00:00.000000Z','2026-01-01T12:30:15.123456Z','start-1',NULL,'Accepted',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE INDEX ix_commands_charge_point_id_queued_at ON commands (charge_point_id, queued_at);
CREATE INDEX ix_commands_state ON commands (state);
CREATE INDEX ix_connections_charge_point_id_connection ON connections (charge_point_id, connection);
CREATE INDEX ix_decisions_charge_point_id_row_number ON decisions (charge_point_id, row_number);
CREATE INDEX ix_file_jobs_charge_point_id_opened_at ON file_jobs (charge_point_id, opened_at);
CREATE INDEX ix_file_transfers_charge_point_id_row_number ON file_transfers (charge_point_id, row_number);
CREATE INDEX ix_flags_charge_point_id_row_number ON flags (charge_point_id, row_number);
CREATE INDEX ix_handshakes_charge_point_id_row_number ON handshakes (charge_point_id, row_number);
CREATE INDEX ix_progress_charge_point_id_row_number ON progress (charge_point_id, row_number);
CREATE INDEX ix_statuses_charge_point_id_connector_id_row_number ON statuses (charge_point_id, connector_id, row_number);
CREATE INDEX ix_transactions_charge_point_id_started_text ON transactions (charge_point_id, started_text);
CREATE INDEX ix_transactions_charge_point_id_transaction_id ON transactions (charge_point_id, transaction_id);
CREATE INDEX ix_transactions_id_tag_stop_received_at ON transactions (id_tag, stop_received_at);
CREATE INDEX ix_stops_charge_point_id_told_transaction_id ON stops (charge_point_id, told_transaction_id);
CREATE INDEX ix_sessions_name ON sessions (name);
CREATE UNIQUE INDEX ix_tokens_token_hash ON tokens (token_hash);
CREATE INDEX ix_tokens_owner ON tokens (owner);
CREATE INDEX ix_audit_who_row_number ON audit (who, row_number);
CREATE INDEX ix_audit_action_row_number ON audit (action, row_number);
CREATE INDEX ix_kept_answers_at ON kept_answers (at);
CREATE INDEX ix_configuration_changes_charge_point_id_key_row_number ON configuration_changes (charge_point_id, "key", row_number);
CREATE INDEX ix_flags_connection_unique_id ON flags (connection, unique_id);
CREATE INDEX ix_security_events_charge_point_id_row_number ON security_events (charge_point_id, row_number);
CREATE INDEX ix_meter_values_transaction_id_row_number ON meter_values (transaction_id, row_number);
CREATE INDEX ix_meter_values_exchange ON meter_values (exchange) WHERE exchange IS NOT NULL;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('transactions',10);
COMMIT;
