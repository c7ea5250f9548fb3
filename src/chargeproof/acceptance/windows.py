"""How long the drive waits and what spacing a check tolerates: one table, written into every record.

Waiting ends as soon as what was awaited came; a window is the longest wait. Checks read the table from the
head of the record, so that a record is judged by the rules under which it was made.
"""

from chargeproof.trace import Trace

WINDOWS_S: dict[str, float] = {
    "call": 30.0,  # answer to a Call of ours
    "status": 30.0,  # StatusNotification after a command or an act
    "message": 30.0,  # a triggered message after its confirmation
    "start": 60.0,  # StartTransaction after a remote start or an accepted card
    "stop": 60.0,  # StopTransaction after a remote stop, a card or an unplugged cable
    "absence": 15.0,  # nothing may come in this time
    "triggered_heartbeat": 20.0,  # shorter than the interval, so that no automatic one is mistaken for it
    "settle": 5.0,  # after what was awaited, what belongs to it still arrives
    "reset": 600.0,  # BootNotification after a reset
    "reconnect": 1200.0,  # a station's pause before it connects again
    "after_boot": 60.0,  # StatusNotifications after an accepted BootNotification
    "boot_heartbeat_interval": 30.0,  # the interval in our BootNotification.conf
    "set_heartbeat_interval": 20.0,  # the HeartbeatInterval that is set and measured
    "longer_heartbeat_interval": 60.0,  # the one that is tried where a station refuses the short one
    "longest_heartbeat_interval": 180.0,  # the last one; three of them take nine minutes
    "heartbeat_tolerance": 5.0,
    "meter_interval": 30.0,
    "second_meter_interval": 60.0,
    "meter_tolerance": 5.0,
    "connection_time_out": 30.0,  # the ConnectionTimeOut that is set
    "time_out_tolerance": 15.0,
    "outage_meter_intervals": 3.0,  # how many meter intervals the outage lasts
    "drain": 120.0,  # the offline queue after the line is back
    "fault": 60.0,  # an error or its end in StatusNotification
    "diagnostics": 300.0,
    "firmware": 900.0,
    "download": 300.0,  # of a firmware file, while a session is kept running
    "session": 40.0,  # a session that must not be cut: the time in which it would be
    "retrieve_delay": 20.0,  # from UpdateFirmware to its retrieveDate, so that a start before it shows
    "security_reconnect": 60.0,  # a station disconnects by itself after a new password or security profile
    "server_certificate": 45.0,  # in which a station tries to connect to a server that it must not believe
    "refusals": 120.0,  # in which it tries again after a refused password
    "certificate": 180.0,  # SignCertificate after its trigger: a small station needs time to make a key
    "first_contact": 1200.0,  # the station's first connection
}

TIMES: dict[str, int] = {"heartbeats": 3, "meter_values": 3}


def window_s(trace: Trace, name: str) -> float:
    """The window of that name in seconds: the record's own, else today's."""
    head = trace.head
    return head.windows.get(name, WINDOWS_S[name]) if head is not None else WINDOWS_S[name]
