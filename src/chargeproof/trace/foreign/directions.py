"""Who sent a message: what logs write beside it, and what the messages themselves give away.

A label is what the log says: a party, or a word such as *received*. Words and arrows mean one thing in a log of
the central system and the other in a log of the station. The requests that only one side may send tell which.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from chargeproof.ocpp import REQUESTS, Role
from chargeproof.trace.entries import Sender

IN, OUT, RIGHT, LEFT, FROM, TO = "in", "out", ">", "<", "from", "to"
STATION, SYSTEM = "party:charge_point", "party:central_system"

_WORDS = {
    IN: "in incoming inbound ingress receive receives received receiving recv rx read rcvd request_in",
    OUT: "out outgoing outbound egress send sends sent sending snd tx transmit transmitted write wrote",
}
_PARTIES = {
    STATION: "cp chargepoint chargingpoint chargebox charger chargingstation chargestation station evse "
    "client device",
    SYSTEM: "csms centralsystem centralsystemservice central backend server system platform cpms cpo host",
}
# CS is the central system beside a charge point, and the charging station beside a CSMS.
_AMBIGUOUS = "cs"
_BY_WORD = {word: label for label, words in {**_WORDS, **_PARTIES}.items() for word in words.split()}
_ARROWS = {">": RIGHT, ">>": RIGHT, ">>>": RIGHT, "->": RIGHT, "-->": RIGHT, "=>": RIGHT, "==>": RIGHT} | {
    "<": LEFT, "<<": LEFT, "<<<": LEFT, "<-": LEFT, "<--": LEFT, "<=": LEFT, "<==": LEFT, "→": RIGHT, "←": LEFT,
}  # fmt: skip
_ARROW = r"<{1,3}|>{1,3}|-{1,2}>|<-{1,2}|={1,2}>|<={1,2}|→|←"
_NAME = r"[A-Za-z][A-Za-z _]{0,20}?"
_PAIR = re.compile(rf"(?<![\w-])({_NAME})[\]\s]*({_ARROW}|\bto\b|2)[\[\s]*({_NAME})(?![\w-])")
_PREPOSITION = re.compile(r"\b(from|to)\b(?:\s+the)?\s*[:=]?\s*([A-Za-z][\w ]{0,20}\b)?", re.IGNORECASE)
_LAST_WORD = re.compile(r"[A-Za-z]+")
_LAST_ARROW = re.compile(rf"(?<![<>=-])(?:{_ARROW})(?![<>=-])")


def label_of_value(value: str) -> str | None:
    """The label that a field of JSON holds; None for a word that says nothing of direction."""
    text = value.strip()
    pair = _PAIR.search(text)
    if pair is not None and (label := _of_pair(pair[1], pair[2], pair[3])) is not None:
        return label
    return _ARROWS.get(text) or _word(text) or label_before(text)


def label_before(prefix: str) -> str | None:
    """The label in the text that stands before a message: parties, else the last word or arrow of direction."""
    pairs = [label for found in _PAIR.finditer(prefix) if (label := _of_pair(*found.groups())) is not None]
    if pairs:
        return pairs[-1]
    for found in reversed(list(_PREPOSITION.finditer(prefix))):
        party = _party(found[2] or "")
        if party is not None:
            return party if found[1].lower() == FROM else _other(party)
    words = [
        label for word in _LAST_WORD.findall(prefix) if (label := _BY_WORD.get(word.lower())) in (IN, OUT)
    ]
    if words:
        return words[-1]
    arrows = _LAST_ARROW.findall(prefix)
    if arrows:
        return _ARROWS[arrows[-1]]
    prepositions = _PREPOSITION.findall(prefix)
    return str(prepositions[-1][0]).lower() if prepositions else None


def label_of_parties(sender: object, receiver: object, charge_point_id: str | None) -> str | None:
    """The label of fields that name sender and receiver by role or by the station's id."""
    for value, is_sender in ((sender, True), (receiver, False)):
        if not isinstance(value, str) or not value.strip():
            continue
        party = STATION if value.strip() == charge_point_id else _party(value)
        if party is not None:
            return party if is_sender else _other(party)
    return None


def _of_pair(first: str, sign: str, second: str) -> str | None:
    left, right = _side(first, second), _side(second, first)
    if left is None or right is None or left == right:
        return None
    return right if _ARROWS.get(sign) == LEFT else left


def _side(name: str, beside: str) -> str | None:
    if _AMBIGUOUS in name.lower().split():
        return STATION if _party(beside) == SYSTEM else SYSTEM
    return _party(name)


def _party(name: str) -> str | None:
    """The party in a name of one word or more ("Charge Point", "INFO central system")."""
    words = name.lower().replace("_", " ").replace("-", " ").split()
    runs = [words[:length] for length in range(len(words), 0, -1)]
    runs += [words[begin:] for begin in range(1, len(words))]
    for run in runs:
        label = _BY_WORD.get("".join(run))
        if label in (STATION, SYSTEM):
            return label
    return None


def is_role(name: str) -> bool:
    """Whether it is the word for a party, and not somebody's name."""
    return name.strip().lower().replace(" ", "").replace("_", "").replace("-", "") in _BY_WORD


def _word(text: str) -> str | None:
    return _BY_WORD.get(_plain(text))


def _plain(text: str) -> str:
    return re.sub(r"[^a-z]", "", text.lower())


def _other(party: str) -> str:
    return SYSTEM if party == STATION else STATION


# ── from labels to senders ───────────────────────────────────────────────────────────────────────────

_AGREED = 0.9
_BY_DEFAULT: Mapping[str, Sender] = {
    IN: "charge_point",
    OUT: "central_system",
    FROM: "charge_point",
    TO: "central_system",
}
_OPPOSITE = {IN: OUT, OUT: IN, RIGHT: LEFT, LEFT: RIGHT, FROM: TO, TO: FROM}


def owner_of(action: str) -> Sender | None:
    """Who alone may send this request; None where both may, or nobody knows it."""
    kind = REQUESTS.get(action)
    if kind is None:
        return None
    station, system = kind.may_be_sent_by(Role.CHARGE_POINT), kind.may_be_sent_by(Role.CENTRAL_SYSTEM)
    if station is system:
        return None
    return "charge_point" if station else "central_system"


def senders_of(calls: Iterable[tuple[str | None, str]]) -> dict[str, Sender]:
    """What each label means in this log, learnt from (label, action) of its requests.

    A label that goes with requests of both sides means nothing and is left out.
    """
    votes: dict[str, Counter[Sender]] = {}
    for label, action in calls:
        owner = owner_of(action)
        if label is not None and owner is not None:
            votes.setdefault(label, Counter())[owner] += 1
    meaning: dict[str, Sender] = {STATION: "charge_point", SYSTEM: "central_system"}
    undecided = set()
    for label, counted in votes.items():
        (sender, most), total = counted.most_common(1)[0], counted.total()
        if label not in meaning and most >= _AGREED * total:
            meaning[label] = sender
        elif label not in meaning:
            undecided.add(label)
    for label, opposite in _OPPOSITE.items():
        if label not in meaning and label not in undecided and opposite in meaning:
            meaning[label] = "central_system" if meaning[opposite] == "charge_point" else "charge_point"
    for label, sender in _BY_DEFAULT.items():
        if label not in meaning and label not in undecided and _OPPOSITE[label] not in undecided:
            meaning[label] = sender
    return meaning
