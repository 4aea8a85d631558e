#!/usr/bin/env python3
"""Computes the canonical bytes and the chain digests of a pathway log, with nothing but Python's standard library.

    psql -AtX -c "SET TimeZone = 'UTC'" -c "SELECT row_to_json(r) FROM (SELECT e.*, e.facts::text AS facts_text
        FROM pathway.event AS e ORDER BY e.patient, e.position) AS r" | canonical_rows.py event

    psql -AtX -c "SET TimeZone = 'UTC'" -c "SELECT row_to_json(r) FROM (SELECT j.*, j.detail::text AS detail_text
        FROM pathway.journal AS j ORDER BY j.number) AS r" | canonical_rows.py journal

Each line of its output is: patient (- for the journal), position, canonical bytes and chain digest in hexadecimal.
It is written from "Verifying the log" and shares no code with the log, so that an error in one does not hide in the other.
"""

import datetime
import hashlib
import json
import re
import struct
import sys
import uuid

ABSENT = b"\xff\xff\xff\xff"


def field(content):
    return ABSENT if content is None else struct.pack(">I", len(content)) + content


def text(value):
    return field(None if value is None else value.encode())


def integer(value):
    return field(None if value is None else struct.pack(">q", value))


def flag(value):
    return field(bytes([value]))


def day(value):
    if value is None:
        return field(None)
    infinite = {"-infinity": -(2**31), "infinity": 2**31 - 1}
    number = infinite.get(value)
    if number is None:
        number = (datetime.date.fromisoformat(value) - datetime.date(1970, 1, 1)).days
    return field(struct.pack(">i", number))


def instant(value):
    if value is None:
        return field(None)
    parts = re.fullmatch(r"(\d{4}-\d\d-\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?\+00:00", value)
    days = (datetime.date.fromisoformat(parts[1]) - datetime.date(1970, 1, 1)).days
    seconds = ((days * 24 + int(parts[2])) * 60 + int(parts[3])) * 60 + int(parts[4])
    return integer(seconds * 1_000_000 + int((parts[5] or "").ljust(6, "0")))


def octets(value):
    return field(None if value is None else bytes.fromhex(value.removeprefix("\\x")))


def named(value, spelled):
    if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
        return text(spelled)
    pairs = sorted((name.encode(), one.encode()) for name, one in value.items())
    return field(struct.pack(">I", len(pairs)) + b"".join(field(name) + field(one) for name, one in pairs))


def event(row):
    return b"pathway entry 1\n" + b"".join(
        [
            text(row["patient"]), integer(row["position"]), instant(row["recorded_at"]), integer(row["follows"]),
            text(row["act"]), integer(row["restates"]), integer(row["edition"]), text(row["protocol"]),
            text(row["site"]), text(row["milestone"]), integer(row["transition"]), text(row["arrow"]),
            text(row["phase_before"]), text(row["phase_after"]), text(row["status_before"]), text(row["status_after"]),
            text(row["answer"]), day(row["occurred_on"]), text(row["precision"]), day(row["floor_before"]),
            day(row["floor_after"]), flag(row["locked_before"]), flag(row["locked_after"]),
            named(row["facts"], row["facts_text"]), octets(row["identifying"]), octets(row["reason"]),
            text(row["randomisation"]), text(row["arm"]), text(row["stratum"]), flag(row["synthetic"]),
            text(row["recorded_by"]), text(row["login"]), text(row["origin_by"]), instant(row["origin_at"]),
            field(uuid.UUID(row["request"]).bytes),
        ]
    )


def journal(row):
    return b"pathway journal 1\n" + b"".join(
        [
            integer(row["number"]), instant(row["acted_at"]), text(row["act"]), text(row["subject"]),
            named(row["detail"], row["detail_text"]), text(row["reason"]), text(row["acted_by"]), text(row["login"]),
        ]
    )


def main():
    if sys.argv[1:] not in (["event"], ["journal"]):
        print(__doc__, file=sys.stderr)
        return 64
    heads = {}
    for line in sys.stdin:
        if not line.startswith("{"):
            continue
        row = json.loads(line)
        if sys.argv[1] == "event":
            chain, position, record = row["patient"], row["position"], event(row)
        else:
            chain, position, record = "-", row["number"], journal(row)
        head = hashlib.sha256(b"pathway chain 1\n" + heads.get(chain, bytes(32)) + record).digest()
        heads[chain] = head
        print(chain, position, record.hex(), head.hex())
    return 0


if __name__ == "__main__":
    sys.exit(main())
