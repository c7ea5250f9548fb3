"""What `--help` says, apart from the options themselves. Loaded without any of the commands."""

from chargeproof.acceptance.profile import EXAMPLE

EXIT_CODES = """\
Exit codes: 0 passed (with or without remarks), 1 a check failed, 2 inconclusive or not all run, 3 or more: an
error of ours or of usage.
"""

PROGRAM = "Connects charge stations with OCPP 1.6 and proves that they work."

PROGRAM_EXAMPLES = f"""\
Examples:

```
chargeproof demo                      see a whole acceptance test, of two simulated stations
chargeproof accept STATION-1          test a real station, with you as its hands
chargeproof accept STATION-1 --only 3,14
chargeproof judge run/record.jsonl    judge a stored record again
chargeproof serve --data /srv/ocpp    run the central system for stations in the field
chargeproof simulate ws://localhost:9000/ocpp STATION-1
chargeproof backup --data /srv/ocpp /backup/ocpp
```

Each command explains itself: `chargeproof accept --help`.

{EXIT_CODES}"""

DEMO = """\
See it work: two simulated stations go through the whole script, in a minute.

One keeps to OCPP 1.6; the other is the station of the paper form that the script comes from. Everything runs on
this machine, over real sockets with free ports, under a clock that runs faster. Exit code 0: the demo ran as it
should.
"""

DEMO_EXAMPLES = """\
Examples:

```
chargeproof demo
chargeproof demo --out /tmp/demo
chargeproof demo --group security
```
"""

SERVE = """\
Run the central system for real stations until it is interrupted.

Settings come from flags, then from the environment, then from the TOML file, then from the defaults. What is to
be entered into a station is printed. `GET /healthz` on the web port tells that it runs.
"""

SERVE_EXAMPLES = """\
Examples:

```
chargeproof serve
chargeproof serve --config chargeproof.toml --data /srv/ocpp
CHARGEPROOF_UNKNOWN_STATIONS=reject chargeproof serve --ocpp-port 9100
```

A settings file holds any of the settings, for instance:

```toml
ocpp_port = 9100
advertised_host = "ocpp.example.org"   # as stations see this machine
unknown_stations = "pending"
heartbeat_interval_s = 600
```

`chargeproof serve --settings` lists them all.
"""

PEOPLE = """\
Say who may log in to the console and the API, while the central system runs or while it does not.

Roles: a viewer reads; a tester also runs the script; an operator sends all commands and lets stations in; an
administrator also says who may do what. The first start of `chargeproof serve` makes the administrator `admin`.
"""

PEOPLE_EXAMPLES = """\
Examples:

```
chargeproof people list
chargeproof people add ada --role operator --data /srv/ocpp
chargeproof people reset-password admin
chargeproof people remove ada
```
"""

CERTIFICATES = """\
Make, sign and revoke certificates with the embedded authority, for benches and acceptance tests.

`chargeproof serve --ocpp-tls-port 9443` uses it by itself, and so do stations that send SignCertificate. Who has an
authority of his own sets `tls_certificate`, `station_roots` and `certificate_command` instead.
"""

CERTIFICATES_EXAMPLES = """\
Examples:

```
chargeproof certificates export-root --output root.pem
chargeproof certificates server cs.example.org 192.0.2.7
chargeproof certificates sign STATION-1 request.csr --output station.pem
chargeproof certificates list --json
chargeproof certificates revoke STATION-1
```
"""

SECURITY = """\
Show how the stations of a running server are secured, and change that over the wire.

What a station accepts proves nothing: a change is done when a connection used it (`proved`; a certificate that no
profile asks for yet: `installed`). Exit code 0: done; 1: not, and why is printed.
"""

SECURITY_EXAMPLES = """\
Examples:

```
export CHARGEPROOF_SERVER=https://ocpp.example.org:8080 CHARGEPROOF_TOKEN=cp_...
chargeproof security show STATION-1
chargeproof security install-root STATION-1
chargeproof security password STATION-1
chargeproof security raise STATION-1 2
chargeproof security renew STATION-1
chargeproof security log STATION-1 --scheme ftps
chargeproof security events --critical --json
```
"""

BACKUP = """\
Copy everything that a central system keeps, while it runs or while it does not.

The folder that is written can be served from: its store is whole, checked and on the disk when the command ends.
What is committed while the copy is made is not in it.
"""

BACKUP_EXAMPLES = """\
Examples:

```
chargeproof backup --data /srv/ocpp /backup/ocpp-2026-11-23
chargeproof serve --data /backup/ocpp-2026-11-23    restore: serve from the copy, or from a copy of it
```
"""

SOAK = """\
Kill the central system under load at random points, and hold what stations were told against what was kept.

Starts a central system of its own and stations that send without pause, remember every answer and send again what
was not answered, with the same message id or a new one. After the last kill the store is audited: an answered
message that is missing, a transaction that is there twice, frames and transactions that contradict one another.
Exit code 0: none of these.
"""

SOAK_EXAMPLES = """\
Examples:

```
chargeproof soak --kills 100
chargeproof soak --kills 20 --seed 4711 --data /mnt/slow-disk/soak --store-writer thread
chargeproof soak --pauses 50
```
"""

ACCEPT = """\
Play the acceptance test script with one station and write the report.

Serves as `serve` does, waits for the station, plays the functions of the script and writes the record and the
report in all its forms. A person at this terminal is told what to do at the station; a prompt goes away when the
station's messages show that it was done. Ctrl-C stops: the station is restored and the report written; a second
Ctrl-C leaves the station as it is.

With `--server` and `--token` the run is played on a running server, to which the station is connected, and this
terminal is where its prompts are answered; the report is fetched at the end.

`--group security` plays the security cases instead, `--group all` both. They need no hands. TLS is then served too,
on `--ocpp-tls-port` or a free port. Give the password of the station as CHARGEPROOF_STATION_PASSWORD.
"""

ACCEPT_EXAMPLES = f"""\
Examples:

```
chargeproof accept STATION-1
chargeproof accept STATION-1 --profile acme.toml --only 3,14 --out run
chargeproof accept STATION-1 --site rig --rig http://192.168.1.20:8081
chargeproof accept SIMULATED-1 --site simulated
chargeproof accept SIMULATED-1 --site simulated --group security
chargeproof accept STATION-1 --site none --group security --ocpp-tls-port 9443
CHARGEPROOF_TOKEN=cp_... chargeproof accept STATION-1 --server https://ocpp.example.org:8080
```

The profile of a model holds what is otherwise asked once; every key can be left out:

```toml
{EXAMPLE}```

{EXIT_CODES}"""

OVERRULE = """\
Set a verdict of your own beside the machine's, with your name and your reason, and write the report anew.

The machine's verdict stays visible. The decision is kept in `overrulings.json` beside the record and holds for the
play of the function that it was made on: one that is played again needs another. `--withdraw` takes it back.
"""

OVERRULE_EXAMPLES = """\
Examples:

```
chargeproof overrule chargeproof-data/runs/14 8.2b --verdict pass --by "A. Tester" --reason "Read from the meter."
chargeproof overrule chargeproof-data/runs/14 8.2b --withdraw --by "A. Tester" --reason "It was another meter."
```
"""

COMPARE = """\
Show what differs between two runs: new findings, fixed ones, those in both.

Exit code 0: the later run has no new finding; 1: it has.
"""

COMPARE_EXAMPLES = """\
Examples:

```
chargeproof compare runs/14 runs/17
chargeproof compare before/report.json after/report.json --json
```
"""

JUDGE = """\
Judge a stored record again, without any station.

The same record always gives the same verdicts. One that was cut off in the middle is judged as far as it goes.

What the run was asked for is judged, the functions, the security cases or both: the record says which.

Logs of other systems are judged too, on the functions: JSON lines with a time, a direction and a message, or text
with one OCPP-J message such as `[2,"id","Heartbeat",{}]` on a line. What a log does not show is not run or stays
open; nothing passes for want of evidence.
"""

JUDGE_EXAMPLES = f"""\
Examples:

```
chargeproof judge run/record.jsonl
chargeproof judge run/record.jsonl --out again
chargeproof judge run/record.jsonl --json
chargeproof judge central-system.log --charge-point-id STATION-1
```

{EXIT_CODES}"""

SIMULATE = """\
Run a simulated station until it is interrupted.

It connects to URL/CHARGE-POINT-ID and goes on trying. With `--rig-port` its hands can be used like those of a
lab rig, so that it can be driven like a real station.

The model `secure` has the security extension of OCPP 1.6. What it is given here is what the factory sets; passwords
and certificates that the central system sends later stay in the `--memory` file, with the station's private key.

With `--count` many lean stations connect from this process or several: they boot, tell their statuses, and then go
through transactions with meter values and heartbeats, again and again. Once a second it is told how that goes, and
at the end how long answers took. Exit code 0: every station became ready and every message was answered; 1: not so.
"""

SIMULATE_EXAMPLES = """\
Examples:

```
chargeproof simulate ws://localhost:9000/ocpp STATION-1
chargeproof simulate ws://localhost:9000/ocpp STATION-1 --rig-port 8081
curl -X POST 'http://localhost:8081/api/v1/plugin?connector_id=1'
chargeproof simulate wss://localhost:9443/ocpp STATION-1 --model secure --security-profile 2 \\
    --password 00112233445566778899aabbccddeeff --root data/certificates/root.pem
chargeproof simulate ws://localhost:9000/ocpp FLEET --count 1000 --interval 10 --duration 60
chargeproof simulate ws://localhost:9000/ocpp FLEET --count 10000 --processes 2 --storm 60
```
"""

SELFTEST = """\
Try the judge on simulated stations whose faults are known: mutants, odd but lawful ones, deviants.

Each goes through the functions, or the security cases, in virtual time. A mutant must fail the checks that it
declares, for its reason, and no other; an odd station must pass; a deviation must be named where it is committed,
and only there. Writes a page for people and JSON for machines. Exit code 0: everything holds.
"""

SELFTEST_EXAMPLES = """\
Examples:

```
chargeproof selftest
chargeproof selftest --check 6.2a
chargeproof selftest --group security
chargeproof selftest --json --out /tmp/selftest
```
"""

PROXY = """\
Stand between stations and their present central system, record what passes, and judge it at the end.

Stations connect to this machine instead; whatever they send goes on to the upstream and back unchanged: messages,
pings, closes, sub-protocol, credentials and path. A path in `--upstream` is put before the station's own. Only
what shows in the messages can be judged; the rest is *not run*. Nothing is sent by us.

Where the upstream is away, a station's connection is reset, so that it tries again as it always does. Where the
record cannot be written, traffic goes on, and the program says so. To record anew, start with another `--out`.
"""

PROXY_EXAMPLES = f"""\
Examples:

```
chargeproof proxy --upstream wss://ocpp.example.org/ocpp
chargeproof proxy --upstream ws://10.0.0.5:8180/steve/websocket/CentralSystemService --listen 0.0.0.0:9000
chargeproof proxy --upstream ws://localhost:9100/ocpp --for 86400 --out audit
```

{EXIT_CODES}"""

FUZZ = """\
Send a central system of ours a million texts that no station should send, and see that it lives on.

Some stations send proper messages, payloads with broken places, broken frames, noise, answers of every kind to its
commands. It must answer what can be answered, keep every socket open, serve a lawful station in between, and not
grow. In memory and in virtual time unless `--socket` is given. Exit code 0: nothing broke, 1: something did; what
did is shown with the texts before it, and the seed sends them again.
"""

FUZZ_EXAMPLES = """\
Examples:

```
chargeproof fuzz
chargeproof fuzz --minutes 10
chargeproof fuzz --frames 50000 --seed 7 --socket
```
"""
