"""What names of columns say: tables of words, and how names are compared with them."""

from __future__ import annotations

import re
import unicodedata
from functools import cache


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Words of which names are put together without a mark between them.
WORDS = _set(
    "acct accounting start started stop stopped end ended begin first last time times"
    " stamp date session sess duration dur input output octets octet gigawords packets"
    " packet called calling station user users name id ids unique subscriber subs"
    " msisdn imsi imei mac ip addr address client framed nas port bytes byte byt dl ul"
    " down up downlink uplink download upload total volume vol traffic data switched"
    " flow flows in out src dst source dest dpkts cell location site app application"
    " service protocol proto category event record opening closing rx tx sec secs ms to"
    " kb mb gb kib mib sent received orig resp login device terminate cause update"
    " type status rat apn charging bearer connection conn server"
)
SHORT = {
    "ibyt": "in bytes", "obyt": "out bytes", "ipkt": "in packets", "sa": "source ip",
    "opkt": "out packets", "da": "dest ip", "ts": "start time", "te": "end time",
    "td": "duration", "stime": "start time", "etime": "end time", "sip": "source ip",
    "dip": "dest ip", "dur": "duration", "sess": "session", "username": "user name",
    "userid": "user id", "mdn": "msisdn", "kbytes": "kb bytes", "mbytes": "mb bytes",
    "gbytes": "gb bytes", "kilobytes": "kb bytes", "megabytes": "mb bytes",
    "gigabytes": "gb bytes", "octets": "bytes", "octet": "bytes", "byte": "bytes",
    "byt": "bytes", "vol": "volume", "subs": "subscriber", "proto": "protocol",
}  # fmt: skip

# Names of each field, as patterns of words, with how sure they are.
FIELDS: dict[str, dict[str, int]] = {
    "user_id": {
        r"msisdn": 100, r"(phone|mobile|subscriber|a|calling) (number|no|num)": 92,
        r"(phone|rufnummer|telefono|telephone|numero)": 86, r"gpsi": 88,
        r"imsi|supi": 84, r"subscriber( id)?": 82, r"user( id)?": 78,
        r"calling station( id)?": 75, r"user name": 74,
        r"(customer|account|client|member|profile)( id)?": 70,
        r"(login|email|e mail|mail|identity)": 68,
        r"(client|station|sta|user|device|source) mac( address)?": 62,
        r"mac( address)?": 58, r"(device|install|installation|anonymous) id": 55,
        r"id orig h|orig h|client (ip|address|addr)": 50,
        r"(source|src|s|initiator|inside|private) (ip|addr|address|ipv4|ipv6)": 48,
        r"(source|src) (ipv4|ipv6) (addr|address)": 48, r"imei": 40,
        r"hash|token|pseudonym|guid|uuid|anonymous": 50,
        r"(framed|subscriber|user|ue|pdp) (ip|address|ipv4|addr)": 30, r"hostname": 25,
    },
    "started_at": {
        r"start|started|begin|begins|beginn|debut|inicio|starts|opening": 90,
        r"(first|open|opened|connected|connect|association|assoc|login|from|since)": 78,
        r"(activation|setup|establishment)": 74,
        r"(event|record)? ?(time ?stamp|datetime|date|time|ts|when|at|logged)": 40,
    },
    "ended_at": {
        r"end|ended|ends|stop|stopped|finish|finished|fin|ende|closing": 90,
        r"(last|close|closed|disconnected|disconnect|disassociation|logout|to|until"
        r"|release|released|deactivation|terminated)": 78,
        r"(event|record|log|report) (time ?stamp|time)": 44,
    },
    "duration": {
        r"duration|elapsed|duree|dauer|duracion|length|lifetime|uptime": 92,
        r"(session|connection|connect|usage|connected) (time|seconds|secs|length)": 86,
        r"seconds|secs|minutes|mins|hours|time": 50,
    },
    "session_id": {
        r"session id|charging id|bearer id|connection id|flow id|correlation id": 90,
        r"unique id|(multi session|call|context|pdu session|dialog) id": 80,
        r"uid|sid|session|session key|session uuid": 76,
    },
    "location": {
        r"cell( (id|name|identity))?|celda|cellule|zelle": 92,
        r"(last )?location name": 90,
        r"location( (id|code))?|ecgi|ncgi|eci|cgi|nci": 84,
        r"(user )?location info(rmation)?|uli": 76, r"site( (id|name))?|sector": 78,
        r"(ap|access point|controller|base station|enodeb|gnodeb|enb|gnb|bts)"
        r"( (name|id|mac))?": 74,
        r"venue|building|floor|area|region|city|zone|place|network": 58,
        r"(tac|lac|tai|rai|sai)": 62, r"ssid": 48, r"called station( id)?": 52,
    },
    "application": {
        r"app(lication)?( (name|id|label))?": 92, r"(p2p|l7) protocol( name)?": 88,
        r"service( (name|id|type|flow))?": 78, r"app(lication)? (category|group)": 74,
        r"(category|content|content type|traffic class|class|genre)": 64,
        r"rating group|service identifier": 60, r"protocol": 52,
    },
    "started_ms": {r"(start|started|begin) (ms|msec|millis|milliseconds)": 95},
    "ended_ms": {r"(end|ended|stop) (ms|msec|millis|milliseconds)": 95},
    "device": {
        r"(handset|device|terminal|phone|equipment) (type|model|name)": 92,
        r"handset|terminal": 80, r"model": 60,
    },
    "device_maker": {
        r"(handset|device|terminal|phone|equipment) (manufacturer|maker|vendor|brand)":
        92, r"manufacturer|brand": 80,
    },
    "rtt_ms": {r"rtt|round trip time|latency": 90},
    "throughput_kbps": {r"throughput|bitrate|bit rate|tp": 90},
    "retransmitted_bytes": {r"retrans|retransmitted|retransmission": 90},
}  # fmt: skip
# A name with one of these words is not of the field.
NOT: dict[str, str] = {
    "user_id": r"called|session|agent|server|dest|dst|nas|port|ap|cell|type|count"
    r"|bytes|volume|packets|usage",
    "started_at": r"ms|end|stop|duration|update|uptime|octets|bytes|packets|id|user",
    "ended_at": r"ms|start|duration|update|octets|bytes|packets|id|user",
    "duration": r"activity|idle|rtt|delay|start|end|dl|ul|timeout|interval|delta",
    "location": r"apn|point name|type|count",
    "application": r"l4|version|status",
    "device": r"id|mac|ip|imei|imsi|os|count|user|address",
    "rtt_ms": r"us|sec|s|min|max|count|jitter",
    "throughput_kbps": r"min|max|count",
    "retransmitted_bytes": r"packets|packet|pkts|count|rate|ratio|percent",
}
# What else the name of a measurement has to hold, with its unit.
MEASURED = {
    "rtt_ms": r"ms|rtt|latency",
    "throughput_kbps": r"kbps|kbit s",
    "retransmitted_bytes": r"bytes|vol|volume",
}

DOWN = _set(
    "dl down downlink download downloaded downstream dn descendant bajada descarga"
    " descendente downloads"
)
UP = _set("ul up uplink upload uploaded upstream montant subida ascendente uploads")
# Words whose direction depends on who counts. The first is up, the second is down;
# a pair is sure if everybody counts it so.
RELATIVE = {
    ("acct input", "acct output"): True, ("orig", "resp"): True,
    ("to server", "to client"): True, ("client", "server"): True,
    ("c2s", "s2c"): True, ("src", "dst"): True,
    ("source", "dest"): True, ("fwd", "rev"): True, ("forward", "reverse"): True,
    ("source", "destination"): True, ("fwd", "bwd"): True, ("cli", "srv"): True,
    ("initiator", "responder"): True, ("emis", "recu"): False,
    ("input", "output"): False, ("in", "out"): False, ("sent", "received"): False,
    ("send", "recv"): False, ("tx", "rx"): False, ("sent", "rcvd"): False,
    ("incoming", "outgoing"): False, ("ingress", "egress"): False,
}  # fmt: skip
VOLUME = _set(
    "bytes volume traffic data usage payload b kb mb gb kib mib gib ko mo go kio mio"
)
NO_VOLUME = _set(
    "packets packet pkts pkt duration time rtt throughput tp kbps mbps bps rate"
    " retrans retransmitted retransmission retransmissions latency loss speed sec"
    " ms percent missed ratio port id ip_port gigawords jitter delay tcpflags status"
    " type nb quota limit signal snr rssi quality as asn mask hops mean avg max"
    " lost dropped errors qos interface if snmp"
)
# Words of volumes that say nothing about what the traffic is of.
NOISE = _set(
    "total sum all overall acct session units count amount octet bytes volume traffic"
    " data usage net network radius sn ip gprs list of the payload value l3 used"
    " container flow flows user plane volumes unit multiple 3gpp long number"
)
UNITS = {
    "kb": "kB", "mb": "MB", "gb": "GB", "kib": "KiB", "mib": "MiB", "gib": "GiB",
    "ko": "kB", "mo": "MB", "go": "GB", "kio": "KiB", "mio": "MiB", "gio": "GiB",
}  # fmt: skip


@cache
def words_of(source: str) -> str:
    """Split a name or path into lower-case words, with a blank between them."""
    plain = unicodedata.normalize("NFKD", source)
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    plain = re.sub(
        r"(?<![A-Za-z0-9])[kKMG]i?B(?![A-Za-z0-9])", lambda unit: unit[0].lower(), plain
    )
    words: list[str] = []
    for whole in re.findall("[A-Za-z0-9]+", plain):
        if whole.lower() in SHORT:
            words.append(SHORT[whole.lower()])
            continue
        spaced = re.sub("([a-z0-9])([A-Z])", r"\1 \2", whole)
        spaced = re.sub("([A-Z]{2,})([A-Z][a-z]{2,})", r"\1 \2", spaced)
        parts = (part for token in spaced.lower().split() for part in _parts(token))
        words += (SHORT.get(part, part) for part in parts)
    return " ".join(words)


def _parts(token: str) -> list[str]:
    """Split a word into the words that it is put together of, if it is."""
    if token in SHORT or token in WORDS or len(token) < 4:
        return [token]
    best: list[list[str] | None] = [[]] + [None] * len(token)
    for end in range(1, len(token) + 1):
        for begin in range(end):
            if best[begin] is None or token[begin:end] not in WORDS:
                continue
            parts = [*best[begin], token[begin:end]]
            if best[end] is None or len(parts) < len(best[end]):
                best[end] = parts
    return best[-1] or [token]


def name_score(field: str, source: str) -> int:
    """Say from 0 to 100 how much a name is that of a field.

    The nearer the words are to the whole name, the better.
    """
    words = words_of(source)
    forbidden = NOT.get(field)
    if forbidden and re.search(rf"\b({forbidden})\b", words):
        return 0
    best = 0
    for pattern, score in FIELDS[field].items():
        for found in re.finditer(rf"\b(?:{pattern})\b", words):
            if not found[0].strip():
                continue
            others = len(words.split()) - len(found[0].split())
            best = max(best, score - min(2 * others, 12))
    return best


def direction_of(source: str) -> tuple[str, tuple[str, str] | None]:
    """Tell from a name whether it is of downlink or uplink.

    Returns
    -------
    tuple of str and a pair of words or None
        ``dl``, ``ul`` or nothing; and the key of `RELATIVE` that was used.
    """
    words = words_of(source)
    split = set(words.split())
    if split & DOWN and not split & UP:
        return "dl", None
    if split & UP and not split & DOWN:
        return "ul", None
    for pair in RELATIVE:
        found = [re.search(rf"\b{word}\b", words) is not None for word in pair]
        if found == [True, False]:
            return "ul", pair
        if found == [False, True]:
            return "dl", pair
    return "", None


def stem_of(source: str) -> tuple[str, ...]:
    """List the words of a volume that say what its traffic is of."""
    relative = {word for pair in RELATIVE for text in pair for word in text.split()}
    passed = DOWN | UP | VOLUME | NOISE | relative
    return tuple(word for word in words_of(source).split() if word not in passed)


def unit_of(source: str) -> str | None:
    """Name the unit of a volume that its name tells."""
    split = words_of(source).split()
    return next((UNITS[word] for word in split if word in UNITS), None)


def slug(text: str) -> str:
    """Make a name for the var applications: lower-case letters, digits and _."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    name = re.sub("[^a-z0-9]+", "_", plain.lower()).strip("_") or "unnamed"
    return name if name[0].isalpha() else f"app_{name}"
