"""The same sessions, written in each of the forms that docs/formats.md lists.

A form is named by the anchor of its heading there. What a load must give follows from
the sessions, not from the file.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import duckdb
import zstandard
from conftest import record
from sessions import (
    Session,
    address,
    all_sessions,
    idle,
    imsi,
    interim,
    login,
    mac,
    msisdn,
    per_application,
    per_direction,
    uuid,
)

PARIS, DELHI = ZoneInfo("Europe/Paris"), ZoneInfo("Asia/Kolkata")
KB, MB, GB, KIB = 1000, 10**6, 10**9, 1024

Row = dict[str, Any]


# How a value is written.


def at(time: datetime, form: str, zone: tzinfo = UTC) -> str:
    return time.astimezone(zone).strftime(form)


def iso(time: datetime, zone: tzinfo = UTC) -> str:
    return at(time, "%Y-%m-%d %H:%M:%S", zone)


def epoch(time: datetime, per_second: int = 1) -> int:
    return int(time.timestamp()) * per_second


def clock(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


def amount(number: int, unit: int) -> Decimal:
    return Decimal(number) / unit


def by_application(
    s: Session,
    columns: str = "{name}_down|{name}_up",
    unit: int = 1,
    names: dict[str, str] | None = None,
) -> Row:
    """Write the bytes of each application into columns of its own."""
    return {
        column.format(name=(names or {}).get(name, name)): amount(volume, unit)
        for name, volumes in s.traffic.items()
        for column, volume in zip(columns.split("|"), volumes, strict=True)
    }


# How rows become files.


def write_text(path: Path, text: str, encoding: str = "utf-8") -> Path:
    """Write text, compressed as the name says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = text.encode(encoding)
    if path.suffix == ".gz":
        content = gzip.compress(content)
    elif path.suffix == ".zst":
        content = zstandard.compress(content)
    path.write_bytes(content)
    return path


def as_csv(
    name: str, folder: Path, rows: list[Row], *,
    delimiter: str = ",", encoding: str = "utf-8", decimal: str = ".",
    has_header: bool = True, before: str = "", after: str = "", end: str = "\n",
    null: str = "", quoting: int = csv.QUOTE_MINIMAL,
) -> Path:  # fmt: skip
    """Write rows as a CSV file; a header that ends in _1 is a repeated one."""

    def written(value: Any) -> str:
        if isinstance(value, Decimal):
            return f"{value:f}".replace(".", decimal)
        return null if value is None else str(value)

    text = io.StringIO()
    text.write(before)
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting)
    if has_header:
        writer.writerow(column.removesuffix("_1") for column in rows[0])
    writer.writerows([written(value) for value in row.values()] for row in rows)
    text.write(after)
    return write_text(folder / name, text.getvalue(), encoding)


def _plain(value: Any) -> int | float:
    """Write a Decimal as JSON does."""
    return int(value) if value == int(value) else float(value)


def as_lines(name: str, folder: Path, rows: Iterable[Row]) -> Path:
    """Write rows as JSON, an object on each line."""
    lines = "".join(json.dumps(row, default=_plain) + "\n" for row in rows)
    return write_text(folder / name, lines)


def as_array(name: str, folder: Path, rows: list[Row]) -> Path:
    """Write rows as a JSON array over many lines."""
    return write_text(folder / name, json.dumps(rows, default=_plain, indent=1))


def as_parquet(name: str, folder: Path, rows: list[Row], columns: str = "*") -> Path:
    """Write rows as Parquet; objects become structs, and SQL may say more."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as elsewhere:
        lines = as_lines("rows.jsonl", Path(elsewhere), rows)
        duckdb.sql(
            f"copy (select {columns} from read_json('{lines}')) to '{path}'"
            " (format parquet)"
        )
    return path


def as_folders(
    write: Callable[[str, Path, list[Row]], Path],
    name: str, pattern: str, column: str, folder: Path, rows: list[Row],
) -> Path:  # fmt: skip
    """Write rows into a folder for each value of a column, which the file lacks."""
    place = folder / "exports"
    for value in sorted({row[column] for row in rows}):
        part = [
            {k: v for k, v in row.items() if k != column}
            for row in rows
            if row[column] == value
        ]
        write(name.format(value), place, part)
    return place / pattern


class Form(NamedTuple):
    """A form of session records.

    Attributes
    ----------
    row : callable
        Writes a record as a row.
    write : callable
        Writes rows into a folder, and returns what XDR_PATH names.
    user : callable
        Gives the id of the user that a load must find.
    records : callable
        Makes records of sessions.
    others : list
        Rows that a load must refuse.
    refused : dict
        Reason to how many of them it refuses.
    """

    row: Callable[[Session], Row]
    write: Callable[[Path, list[Row]], Path]
    user: Callable[[Session], str] = msisdn
    records: Callable[[list[Session]], list[Session]] = list
    others: Callable[[list[Row]], list[Row]] = lambda rows: []
    refused: dict[str, int] = {}  # noqa: RUF012

    def create(self, folder: Path) -> Path:
        """Write the sessions, and return what XDR_PATH has to name."""
        rows = [self.row(session) for session in self.records(all_sessions())]
        return self.write(folder, rows + self.others(rows))

    def users(self) -> dict[str, list[Session]]:
        """List the records of each user, by the id that a load must find."""
        users: dict[str, list[Session]] = {}
        for one in self.records(all_sessions()):
            users.setdefault(self.user(one), []).append(one)
        return users


def plain(s: Session) -> Row:
    """Write what the ways of writing an export have in common."""
    return {
        "msisdn": msisdn(s),
        "start": iso(s.started_at),
        "end": iso(s.ended_at),
        "seconds": s.seconds,
        "cell": s.place,
        "down": s.dl,
        "up": s.ul,
        **by_application(s),
    }


def but(*lacking: str, **changed: Callable[[Session], Any]) -> Callable[[Session], Row]:
    """Write a plain row without some columns and with others changed or added."""

    def row(s: Session) -> Row:
        new = plain(s) | {name: write(s) for name, write in changed.items()}
        return {name: value for name, value in new.items() if name not in lacking}

    return row


TELLCO_NAMES = {
    "youtube": "Youtube",
    "social_media": "Social Media",
    "google": "Google",
    "other": "Other",
}


def tellco(s: Session, form: str = "%m/%d/%Y %H:%M") -> Row:
    """Write a record as TellCo's export has it."""
    return record(
        **{
            "Start": at(s.started_at, form),
            "End": at(s.ended_at, form),
            "Dur. (ms)": s.seconds,
            "Dur. (ms)_1": s.seconds * 1000 + 400,
            "MSISDN/Number": msisdn(s),
            "Last Location Name": s.place,
            "Total DL (Bytes)": s.dl,
            "Total UL (Bytes)": s.ul,
        }
        | {
            f"{name} {way} (Bytes)": 0
            for name in ("Email", "Netflix", "Gaming")
            for way in ("DL", "UL")
        }
        | by_application(s, "{name} DL (Bytes)|{name} UL (Bytes)", names=TELLCO_NAMES)
    )


def footer_of_means(rows: list[Row]) -> list[Row]:
    """Write the last line of TellCo's export: a mean, and no subscriber."""
    return [dict.fromkeys(rows[0], "") | {"Dur. (ms)": "104608.5"}]


LAYER_7 = {
    "youtube": "YouTube",
    "social_media": "Facebook",
    "google": "Google",
    "other": "DNS",
}
SERVICES = {
    "youtube": "quic",
    "social_media": "http",
    "google": "ssl",
    "other": "dns",
}


def zeek(s: Session) -> Row:
    return {
        "ts": f"{epoch(s.started_at)}.250000",
        "uid": f"C{s.number:07}",
        "id.orig_h": address(s),
        "id.orig_p": 40_000 + s.number,
        "id.resp_h": "198.51.100.7",
        "id.resp_p": 443,
        "proto": "tcp",
        "service": SERVICES[s.application],
        "duration": f"{s.seconds}.000000",
        "orig_bytes": s.ul,
        "resp_bytes": s.dl,
        "conn_state": "SF",
    }


def attempts(rows: list[Row]) -> list[Row]:
    """Write connections that nobody answered: no duration, no bytes."""
    unanswered = {"duration": None, "orig_bytes": None, "resp_bytes": None}
    return [row | unanswered | {"conn_state": "S0"} for row in rows[:5]]


def answered(row: Row) -> Row:
    return {name: value for name, value in row.items() if value is not None}


FORMS = {
    # RADIUS accounting
    "freeradius-radacct": Form(
        lambda s: {
            "radacctid": s.number,
            "acctsessionid": f"{s.number:08X}",
            "username": login(s),
            "nasipaddress": "192.0.2.1",
            "acctstarttime": iso(s.started_at),
            "acctstoptime": iso(s.ended_at),
            "acctsessiontime": s.seconds,
            "acctinputoctets": s.ul,
            "acctoutputoctets": s.dl,
            "calledstationid": s.place,
        },
        partial(as_csv, "radacct.csv", null=r"\N"),
        user=login,
        others=lambda rows: [row | {"acctstoptime": None} for row in rows[:3]],
        refused={"missing_value": 3},
    ),
    "radius-detail": Form(
        lambda s: {
            "Event-Timestamp": at(s.ended_at, "%b %d %Y %H:%M:%S UTC"),
            "Acct-Status-Type": "Stop",
            "Calling-Station-Id": msisdn(s),
            "Acct-Session-Id": f"{s.number:08x}",
            "Acct-Session-Time": s.seconds,
            "Acct-Input-Octets": s.ul % 2**32,
            "Acct-Input-Gigawords": s.ul // 2**32 or None,
            "Acct-Output-Octets": s.dl % 2**32,
            "Acct-Output-Gigawords": s.dl // 2**32 or None,
            "3GPP-User-Location-Info": s.place,
        },
        partial(as_csv, "detail.csv", quoting=csv.QUOTE_ALL),
    ),
    # network flows
    "zeek-connlog": Form(
        zeek,
        partial(
            as_csv,
            "conn.log",
            delimiter="\t",
            has_header=False,
            null="-",
            before="#separator \\x09\n#unset_field\t-\n#path\tconn\n"
            "#fields\t" + "\t".join(zeek(per_application(all_sessions())[0])) + "\n",
            after="#close\t2025-10-28-00-00-00\n",
        ),
        user=address,
        records=per_application,
        others=attempts,
        refused={"missing_value": 5},
    ),
    "zeek-json": Form(
        zeek,
        lambda folder, rows: as_lines("conn.json", folder, map(answered, rows)),
        user=address,
        records=per_application,
        others=attempts,
        refused={"missing_value": 5},
    ),
    "nfdump": Form(
        lambda s: {
            "ts": iso(s.started_at),
            "te": iso(s.ended_at),
            "td": f"{s.seconds}.000",
            "sa": address(s),
            "da": "198.51.100.7",
            "pr": "TCP",
            "ibyt": s.ul,
            "obyt": s.dl,
        },
        partial(as_csv, "nfdump.csv"),
        user=address,
    ),
    "silk-rwcut": Form(
        lambda s: {
            "sIP": address(s) if s.ul else "198.51.100.7",
            "dIP": "198.51.100.7" if s.ul else address(s),
            "bytes": s.dl + s.ul,
            "sTime": at(s.started_at, "%Y/%m/%dT%H:%M:%S.250"),
            "duration": f"{s.seconds}.000",
            "eTime": at(s.ended_at, "%Y/%m/%dT%H:%M:%S.250"),
            "": None,
        },
        partial(as_csv, "rwcut.txt", delimiter="|"),
        user=address,
        records=lambda sessions: [s for s in per_direction(sessions) if s.dl + s.ul],
    ),
    "nprobe": Form(
        lambda s: {
            "IPV4_SRC_ADDR": address(s),
            "IPV4_DST_ADDR": "198.51.100.7",
            "IN_BYTES": s.ul,
            "OUT_BYTES": s.dl,
            "FIRST_SWITCHED": epoch(s.started_at),
            "LAST_SWITCHED": epoch(s.ended_at),
            "L7_PROTO_NAME": f"TLS.{LAYER_7[s.application]}",
        },
        partial(as_csv, "flows.txt.gz", delimiter="|"),
        user=address,
        records=per_application,
    ),
    "ipfix-json": Form(
        lambda s: {
            "flows": {
                "sourceIPv4Address": address(s),
                "flowStartMilliseconds": epoch(s.started_at, 1000) + 250,
                "flowEndMilliseconds": epoch(s.ended_at, 1000) + 250,
                "octetTotalCount": s.ul,
                "reverseOctetTotalCount": s.dl,
            }
        },
        partial(as_lines, "flows.json"),
        user=address,
    ),
    "suricata-eve": Form(
        lambda s: {
            "timestamp": at(s.ended_at, "%Y-%m-%dT%H:%M:%S.250000%z", PARIS),
            "event_type": "flow",
            "src_ip": address(s),
            "app_proto": LAYER_7[s.application].lower(),
            "flow": {
                "bytes_toserver": s.ul,
                "bytes_toclient": s.dl,
                "start": at(s.started_at, "%Y-%m-%dT%H:%M:%S.250000%z", PARIS),
                "end": at(s.ended_at, "%Y-%m-%dT%H:%M:%S.250000%z", PARIS),
                "age": s.seconds,
            },
        },
        partial(as_lines, "eve.json.gz"),
        user=address,
        records=per_application,
    ),
    # gateways and charging
    "staros-edr-per-session": Form(
        lambda s: {
            "#sn-start-time": epoch(s.started_at),
            "sn-end-time": epoch(s.ended_at),
            "radius-calling-station-id": msisdn(s),
            "bearer-3gpp charging-id": 90_000 + s.number,
            "p2p-protocol": LAYER_7[s.application].lower(),
            "ip-bytes-downlink": s.dl,
            "ip-bytes-uplink": s.ul,
        },
        partial(as_csv, "edr.psv.gz", delimiter="|"),
        records=per_application,
    ),
    "staros-edr-per-flow": Form(
        lambda s: {
            "#sn-start-time": at(s.started_at, "%m/%d/%Y %H:%M:%S:250"),
            "sn-end-time": at(s.ended_at, "%m/%d/%Y %H:%M:%S:250"),
            "radius-calling-station-id": msisdn(s),
            "p2p-protocol": LAYER_7[s.application].lower(),
            "ip-bytes-downlink": s.dl,
            "ip-bytes-uplink": s.ul,
        },
        partial(as_csv, "edr.csv"),
        records=per_application,
    ),
    "pgw-cdr-as-json": Form(
        lambda s: {
            "pGWRecord": {
                "servedMSISDN": msisdn(s),
                "recordOpeningTime": at(s.started_at, "%Y-%m-%dT%H:%M:%S%z", PARIS),
                "duration": s.seconds,
                "listOfServiceData": [
                    {
                        "ratingGroup": group,
                        "datavolumeFBCDownlink": dl,
                        "datavolumeFBCUplink": ul,
                    }
                    for group, (dl, ul) in enumerate(s.traffic.values())
                ],
                "userLocationInformation": {"eCGI": s.place},
            }
        },
        partial(as_lines, "pgw.ndjson"),
    ),
    "pgw-cdr-as-csv": Form(
        lambda s: {
            "recordType": 85,
            "servedIMSI": imsi(s),
            "servedMSISDN": f"+{msisdn(s)}",
            "recordOpeningTime": at(s.started_at, "%y%m%d%H%M%S%z", PARIS),
            "recordClosingTime": at(s.ended_at, "%y%m%d%H%M%S%z", DELHI),
            "duration": s.seconds,
            "dataVolumeGPRSUplink": s.ul,
            "dataVolumeGPRSDownlink": s.dl,
            "chargingID": s.number,
        },
        partial(as_csv, "cdr.dat", delimiter=";"),
    ),
    "chf-record": Form(
        lambda s: {
            "subscriberIdentifier": {"subscriptionIDData": imsi(s)},
            "recordOpeningTime": at(s.started_at, "%Y-%m-%dT%H:%M:%SZ"),
            "duration": s.seconds,
            "listOfMultipleUnitUsage": [
                {
                    "ratingGroup": group,
                    "usedUnitContainers": [
                        {"dataVolumeDownlink": dl, "dataVolumeUplink": 0},
                        {"dataVolumeDownlink": 0, "dataVolumeUplink": ul},
                    ],
                }
                for group, (dl, ul) in enumerate(s.traffic.values())
            ],
        },
        partial(as_array, "chf.json"),
        user=imsi,
    ),
    # deep packet inspection
    "sandvine": Form(
        lambda s: {
            "subscriber": msisdn(s),
            "start": at(s.started_at, "%Y%m%d%H%M%S"),
            "end": at(s.ended_at, "%Y%m%d%H%M%S"),
            "seconds": s.seconds,
            "down": amount(s.dl, KIB),
            "up": amount(s.ul, KIB),
            **by_application(s, unit=KIB),
        },
        partial(as_csv, "usage.psv", delimiter="|", has_header=False),
    ),
    "allot": Form(
        lambda s: {
            "Abonné": msisdn(s),
            "Début": at(s.started_at, "%d.%m.%Y %H:%M:%S"),
            "Fin": at(s.ended_at, "%d.%m.%Y %H:%M:%S"),
            "Durée": s.seconds,
            "Lieu": s.place.replace("Cell", "Cité"),
            "Reçu (Mo)": amount(s.dl, MB),
            "Émis (Mo)": amount(s.ul, MB),
            **by_application(s, "{name}_reçu|{name}_émis", MB),
        },
        partial(
            as_csv,
            "allot.csv",
            delimiter=";",
            decimal=",",
            encoding="latin-1",
            end="\r\n",
        ),
    ),
    "procera": Form(
        lambda s: {
            "Subscriber": msisdn(s),
            "First Seen": at(s.started_at, "%d-%b-%Y %I:%M:%S %p"),
            "Duration": clock(s.seconds),
            "Service": LAYER_7[s.application],
            "Location": s.place,
            "In (GB)": amount(s.dl, GB),
            "Out (GB)": amount(s.ul, GB),
        },
        partial(as_csv, "procera.tsv", delimiter="\t"),
        records=per_application,
    ),
    # Wi-Fi
    "cisco-wlc": Form(
        lambda s: {
            "Client Username": login(s),
            "Client MAC Address": mac(s),
            "Association Time": at(s.started_at, "%m/%d/%Y %I:%M:%S %p"),
            "Session Duration": clock(s.seconds),
            "AP Name": s.place,
            "Bytes Sent": s.dl,
            "Bytes Received": s.ul,
        },
        partial(as_csv, "client_sessions.csv", quoting=csv.QUOTE_ALL, end="\r\n"),
        user=mac,
    ),
    "aruba": Form(
        lambda s: {
            "macaddr": mac(s).upper(),
            "associated_device_name": s.place,
            "connected_at": epoch(s.started_at, 1000),
            "session_duration": s.seconds * 1000,
            "usage": {"rx_data_bytes": s.ul, "tx_data_bytes": s.dl},
        },
        partial(as_array, "sessions.json"),
        user=lambda s: mac(s).upper(),
    ),
    "unifi": Form(
        lambda s: {
            "_id": {"$oid": f"{s.number:024x}"},
            "mac": mac(s),
            "assoc_time": {"$numberLong": str(epoch(s.started_at))},
            "duration": {"$numberLong": str(s.seconds)},
            "tx_bytes": {"$numberLong": str(s.dl)},
            "rx_bytes": {"$numberLong": str(s.ul)},
        },
        partial(as_lines, "session.jsonl"),
        user=mac,
    ),
    "meraki": Form(
        lambda s: {
            "Client MAC": mac(s),
            "Connected": at(s.started_at, "%Y-%m-%dT%H:%M:%SZ"),
            "Duration": f"{s.seconds // 3600}h{s.seconds // 60 % 60}m{s.seconds % 60}s",
            "Access point": f"Hall 1, {s.place}",
            "Sent (kB)": amount(s.dl, KB),
            "Received (kB)": amount(s.ul, KB),
        },
        partial(as_csv, "meraki.csv"),
        user=mac,
    ),
    # applications on devices
    "app-events-in-parquet": Form(
        lambda s: {
            "user": {"id": uuid(s), "consent": True},
            "session_start": iso(s.started_at),
            "duration_us": s.seconds * MB,
            "network": {"bytes": {"down": s.dl, "up": s.ul}, "carrier": s.place},
        },
        lambda folder, rows: as_parquet(
            "events.parquet",
            folder,
            rows,
            "* replace (session_start::timestamptz as session_start)",
        ),
        user=uuid,
    ),
    "spark-part-files": Form(
        lambda s: {
            "subscriber_id": int(msisdn(s)),
            "started_at": iso(s.started_at),
            "ended_at": iso(s.ended_at),
            "bytes_in": s.dl,
            "bytes_out": s.ul,
            "category": s.application,
            "cell": s.place,
        },
        partial(
            as_folders,
            partial(
                as_parquet,
                columns="* replace ("
                "started_at::timestamp as started_at,"
                "ended_at::timestamp as ended_at)",
            ),
            "cell={}/part-00000-c000.snappy.parquet",
            "**/*",
            "cell",
        ),
        records=per_application,
    ),
    "app-events-in-json": Form(
        lambda s: {
            "context": {"device": {"id": uuid(s)}, "network": {"carrier": s.place}},
            "properties": {
                "started": at(s.started_at, "%Y-%m-%dT%H:%M:%S.250Z"),
                "length": f"PT{s.seconds}S",
                "bytes": [s.dl, s.ul],
            },
        },
        partial(as_lines, "events.ndjson.gz"),
        user=uuid,
    ),
    # TellCo's export, as it is held
    "tellco": Form(
        tellco,
        partial(as_csv, "xdr.csv"),
        others=footer_of_means,
        refused={"missing_user_id": 1},
    ),
    "tellco-saved-by-excel": Form(
        partial(tellco, form="%d/%m/%Y %H:%M"),
        partial(as_csv, "xdr.csv", delimiter=";", encoding="utf-8-sig", end="\r\n"),
        others=footer_of_means,
        refused={"missing_user_id": 1},
    ),
    "tellco-saved-by-pandas": Form(
        lambda s: (
            {"": s.number}
            | {
                k.replace("_1", ".1"): v
                for k, v in tellco(s, "%Y-%m-%d %H:%M:00").items()
            }
            | {"MSISDN/Number": f"{msisdn(s)}.0", "Handset Type": None}
        ),
        partial(as_csv, "xdr.csv", null="nan"),
        others=lambda rows: [rows[0] | {"MSISDN/Number": None}],
        refused={"missing_user_id": 1},
    ),
    "tellco-in-parquet": Form(
        lambda s: (
            tellco(s, "%Y-%m-%d %H:%M:00")
            | {"MSISDN/Number": float(msisdn(s)), "Dur. (ms)": float(s.seconds)}
        ),
        lambda folder, rows: as_parquet(
            "xdr.parquet",
            folder,
            rows,
            """* replace (
                coalesce("MSISDN/Number", 'nan') as "MSISDN/Number",
                "Start"::timestamp_ns as "Start", "End"::timestamp_ns as "End"
            )""",
        ),
        others=lambda rows: [rows[0] | {"MSISDN/Number": None}],
        refused={"missing_user_id": 1},
    ),
    # ways of writing
    "plain-csv": Form(plain, partial(as_csv, "plain.csv")),
    "tabs-with-gzip": Form(plain, partial(as_csv, "plain.tsv.gz", delimiter="\t")),
    "semicolons-with-zstandard": Form(
        plain, partial(as_csv, "plain.csv.zst", delimiter=";")
    ),
    "several-characters-between-fields": Form(
        plain,
        lambda folder, rows: write_text(
            folder / "plain.txt",
            "".join(
                "||".join(map(str, r)) + "\n"
                for r in [rows[0], *map(dict.values, rows)]
            ),
        ),
    ),
    "utf-16": Form(
        but("cell", cellule=lambda s: s.place.replace("Cell", "Cité")),
        partial(as_csv, "plain.txt", delimiter="\t", encoding="utf-16"),
    ),
    "no-header-line": Form(plain, partial(as_csv, "plain.dat", has_header=False)),
    "comment-lines": Form(
        plain, partial(as_csv, "plain.csv", before="# by gateway 7\n", after="# end\n")
    ),
    "null-texts": Form(
        but(cell=lambda s: [None, "-", "NULL"][s.number % 3]),
        partial(as_csv, "plain.csv", null=r"\N"),
        others=lambda rows: [row | {"msisdn": "NULL"} for row in rows[:4]],
        refused={"missing_user_id": 4},
    ),
    "json-lines": Form(plain, partial(as_lines, "plain.ndjson.zst")),
    "nested-folders": Form(
        but(day=lambda s: at(s.ended_at, "%Y/%m/%d")),
        partial(as_folders, as_csv, "{}/sessions.csv", "**/*", "day"),
    ),
    "hive-folders": Form(
        plain,
        partial(as_folders, as_csv, "cell={}/sessions.csv.gz", "**/*", "cell"),
    ),
    "epoch-milliseconds": Form(
        but(
            start=lambda s: epoch(s.started_at, 1000),
            end=lambda s: epoch(s.ended_at, 1000),
        ),
        partial(as_csv, "plain.csv"),
    ),
    "epoch-microseconds": Form(
        but(
            start=lambda s: epoch(s.started_at, MB),
            end=lambda s: epoch(s.ended_at, MB),
        ),
        partial(as_lines, "plain.jsonl"),
    ),
    "offsets": Form(
        but(
            start=lambda s: s.started_at.astimezone(PARIS).isoformat(),
            end=lambda s: s.ended_at.astimezone(DELHI).isoformat(),
        ),
        partial(as_csv, "plain.csv"),
    ),
    "local-times": Form(
        but(
            start=lambda s: iso(s.started_at, PARIS),
            end=lambda s: iso(s.ended_at, PARIS),
        ),
        partial(as_csv, "plain.csv"),
    ),
    "day-first": Form(
        but(
            start=lambda s: at(s.started_at, "%d/%m/%Y %H:%M:%S"),
            end=lambda s: at(s.ended_at, "%d/%m/%Y %H:%M:%S"),
        ),
        partial(as_csv, "plain.csv"),
    ),
    "several-formats": Form(
        but(
            start=lambda s: at(s.started_at, "%d.%m.%Y %H:%M:%S"),
            end=lambda s: epoch(s.ended_at),
        ),
        partial(as_csv, "plain.csv"),
    ),
    "no-duration": Form(but("seconds"), partial(as_csv, "plain.csv")),
    "no-end": Form(but("end"), partial(as_csv, "plain.csv")),
    "no-start": Form(but("start"), partial(as_csv, "plain.csv")),
    "durations-as-text": Form(
        but(seconds=lambda s: f"{s.seconds // 86_400}.{clock(s.seconds % 86_400)}"),
        partial(as_csv, "plain.csv"),
    ),
    "no-volumes": Form(but("down", "up"), partial(as_csv, "plain.csv"), records=idle),
    "one-volume": Form(
        but("down"),
        partial(as_csv, "plain.csv"),
        records=lambda sessions: [
            s._replace(traffic={"other": (0, s.ul)}) for s in sessions
        ],
    ),
    "no-applications": Form(plain, partial(as_csv, "plain.csv")),
    "application-by-value": Form(
        lambda s: (
            {k: v for k, v in plain(s).items() if k not in by_application(s)}
            | {"protocol": LAYER_7[s.application]}
        ),
        partial(as_csv, "plain.csv"),
        records=per_application,
    ),
    "interim-records": Form(
        but(session=lambda s: f"S{s.number}"),
        partial(as_csv, "plain.csv"),
        records=interim,
    ),
    "expressions": Form(
        but(
            "msisdn",
            country=lambda s: "+33",
            number=lambda s: msisdn(s)[2:],
            up=lambda s: s.dl + s.ul,
        ),
        partial(as_csv, "plain.csv"),
    ),
    "international-numbers": Form(
        but(msisdn=lambda s: ["", "+", "00"][s.number % 3] + msisdn(s)),
        partial(as_csv, "plain.csv"),
    ),
    "other-ids": Form(
        but("msisdn", hash=lambda s: f"u-{s.user:06x}"),
        partial(as_csv, "plain.csv"),
        user=lambda s: f"u-{s.user:06x}",
    ),
}
