"""Judges the datasets of an export against the published standards, and against the protocol's own document.

    judge_sdtm.py FOLDER PROTOCOL.yaml

Prints one finding a line and ends with 1 if there is any. It knows nothing of the program that wrote them. What it holds them to:
- the JSON schema of Dataset-JSON 1.1 (CDISC, https://github.com/cdisc-org/DataExchange-DatasetJson), as CDISC's rules engine ships it;
- the rules of the same specification that the schema leaves open: cells by type, planned lengths, the number of records;
- the variables of SDTMIG 3.4 in their order, and its rules for keys, --SEQ, study days, subject elements and trial design.
"""
import csv
import importlib.metadata
import json
import re
import sys
from collections import defaultdict
from datetime import date
from pathlib import Path

import jsonschema
import yaml

# The variables of SDTMIG 3.4 that a dataset may have here, in the order of its tables.
ORDER = {
    "DM": "STUDYID DOMAIN USUBJID SUBJID RFSTDTC RFENDTC RFXSTDTC RFXENDTC RFICDTC RFPENDTC DTHDTC DTHFL SITEID INVID INVNAM"
    " BRTHDTC AGE AGEU SEX RACE ETHNIC ARMCD ARM ACTARMCD ACTARM ARMNRS ACTARMUD COUNTRY DMDTC DMDY",
    "DS": "STUDYID DOMAIN USUBJID DSSEQ DSGRPID DSREFID DSSPID DSTERM DSDECOD DSCAT DSSCAT EPOCH DSDTC DSSTDTC DSDY DSSTDY",
    "SE": "STUDYID DOMAIN USUBJID SESEQ ETCD ELEMENT TAETORD EPOCH SESTDTC SEENDTC SESTDY SEENDY SEUPDES",
    "TA": "STUDYID DOMAIN ARMCD ARM TAETORD ETCD ELEMENT TABRANCH TATRANS EPOCH",
    "TE": "STUDYID DOMAIN ETCD ELEMENT TESTRL TEENRL TEDUR",
    "TV": "STUDYID DOMAIN VISITNUM VISIT VISITDY ARMCD ARM TVSTRL TVENRL",
    "TI": "STUDYID DOMAIN IETESTCD IETEST IECAT IESCAT TIRL TIVERS",
    "EX": "STUDYID DOMAIN USUBJID EXSEQ EXTRT EXCAT EXSCAT EXDOSE EXDOSTXT EXDOSU EXDOSFRM EXDOSFRQ EXDOSRGM EXROUTE EXADJ"
    " TAETORD EPOCH EXSTDTC EXENDTC EXSTDY EXENDY EXDUR",
    "MH": "STUDYID DOMAIN USUBJID MHSEQ MHTERM MHMODIFY MHDECOD MHEVDTYP MHCAT MHSCAT MHPRESP MHOCCUR MHSTAT MHREASND TAETORD"
    " EPOCH MHDTC MHSTDTC MHENDTC MHDY MHSTDY MHENDY",
    "LB": "STUDYID DOMAIN USUBJID LBSEQ LBTESTCD LBTEST LBCAT LBSCAT LBORRES LBORRESU LBORNRLO LBORNRHI LBLLOD LBSTRESC"
    " LBSTRESN LBSTRESU LBSTNRLO LBSTNRHI LBNRIND LBSTAT LBREASND LBNAM LBLOINC LBSPEC LBMETHOD LBLOBXFL VISITNUM VISIT VISITDY TAETORD EPOCH LBDTC LBDY",
    "RS": "STUDYID DOMAIN USUBJID RSSEQ RSTESTCD RSTEST RSCAT RSSCAT RSORRES RSORRESU RSSTRESC RSSTRESN RSSTRESU RSSTAT RSREASND"
    " RSNAM RSMETHOD RSLOBXFL RSEVAL RSEVALID RSACPTFL VISITNUM VISIT VISITDY TAETORD EPOCH RSDTC RSDY",
    "AE": "STUDYID DOMAIN USUBJID AESEQ AETERM AEMODIFY AELLT AELLTCD AEDECOD AEPTCD AEHLT AEHLTCD AEHLGT AEHLGTCD AECAT AESCAT AEPRESP"
    " AEBODSYS AEBDSYCD AESOC AESOCCD AESEV AESER AEACN AEREL AEOUT AETOXGR"
    " TAETORD EPOCH AESTDTC AEENDTC AESTDY AEENDY",
    "PR": "STUDYID DOMAIN USUBJID PRSEQ PRTRT PRDECOD PRCAT PRSCAT PRDOSE PRDOSU TAETORD EPOCH PRSTDTC PRENDTC PRSTDY PRENDY",
    "DV": "STUDYID DOMAIN USUBJID DVSEQ DVTERM DVDECOD DVCAT DVSCAT TAETORD EPOCH DVSTDTC DVENDTC DVSTDY DVENDY",
    "SUPPDM": "STUDYID RDOMAIN USUBJID IDVAR IDVARVAL QNAM QLABEL QVAL QORIG QEVAL",
}
# What the guide requires or expects of a dataset and the study may have nothing for: the variable is there all the same.
EXPECTED = {
    "AE": "AETERM AELLT AELLTCD AEDECOD AEPTCD AEHLT AEHLTCD AEHLGT AEHLGTCD AEBODSYS AEBDSYCD AESOC AESOCCD AESER AEACN AEREL AESTDTC"
    " AEENDTC",
    "LB": "LBTESTCD LBTEST LBCAT LBORRES LBORRESU LBORNRLO LBORNRHI LBSTRESC LBSTRESN LBSTRESU LBSTNRLO LBSTNRHI LBNRIND LBLOBXFL"
    " VISITNUM LBDTC",
    "EX": "EXTRT EXDOSE EXDOSU EXDOSFRM EXSTDTC EXENDTC",
    "RS": "RSTESTCD RSTEST RSCAT RSORRES RSSTRESC RSLOBXFL VISITNUM RSDTC",
}
# CDISC controlled terminology, codelists that cannot be extended, and the terms used of extensible ones.
CLOSED = {
    ("DM", "SEX"): {"F", "M", "U", "UNDIFFERENTIATED"},
    ("DM", "ARMNRS"): {"SCREEN FAILURE", "NOT ASSIGNED", "ASSIGNED, NOT TREATED", "UNPLANNED TREATMENT"},
    ("DM", "DTHFL"): {"Y"},
    ("DM", "AGEU"): {"YEARS"},
    ("DS", "DSCAT"): {"DISPOSITION EVENT", "PROTOCOL MILESTONE", "OTHER EVENT"},
    ("DS", "DSSCAT"): {"STUDY PARTICIPATION", "STUDY TREATMENT"},
    ("AE", "AESER"): {"Y", "N"},
    ("AE", "AETOXGR"): {"1", "2", "3", "4", "5"},
    ("AE", "AEOUT"): {"FATAL"},
    ("LB", "LBSTAT"): {"NOT DONE"},
    ("RS", "RSSTAT"): {"NOT DONE"},
    ("LB", "LBLOBXFL"): {"Y"},
    ("RS", "RSLOBXFL"): {"Y"},
    # Of the codelist's terms the one for what no published criteria say.
    ("RS", "RSCAT"): {"PROTOCOL DEFINED RESPONSE CRITERIA"},
    ("MH", "MHPRESP"): {"Y"},
    ("MH", "MHOCCUR"): {"Y", "N"},
    ("TI", "IECAT"): {"INCLUSION", "EXCLUSION"},
}
EPOCHS = {"SCREENING", "TREATMENT", "FOLLOW-UP"}
PARTIAL = re.compile(r"^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$")

findings = []


def find(place, what):
    findings.append(f"{place}: {what}")


def schema():
    """The schema as an installed package ships it; its own record says where."""
    files = importlib.metadata.files("cdisc-rules-engine") or []
    path = next(f.locate() for f in files if str(f).endswith("schema/dataset.schema.json"))
    return json.loads(Path(path).read_text())


def read(folder):
    validator = jsonschema.Draft201909Validator(schema())
    datasets = {}
    for path in sorted(folder.glob("sdtm/*.json")):
        text = json.loads(path.read_text(encoding="utf-8"))
        errors = [f"schema: {error.message[:200]}" for error in validator.iter_errors(text)]
        for error in errors:
            find(path.name, error)
        if errors:
            continue
        name = text["name"]
        datasets[name] = check_dataset(path, name, text)
    if set(datasets) != set(ORDER):
        find("sdtm", f"datasets {sorted(set(datasets) ^ set(ORDER))} are missing or unknown")
    return datasets


def check_dataset(path, name, text):
    columns = text["columns"]
    names = [c["name"] for c in columns]
    rows = text.get("rows", [])
    if text["records"] != len(rows):
        find(name, f"records says {text['records']}, and there are {len(rows)} rows")
    if path.stem != name.lower():
        find(name, f"is in the file {path.name}")
    if len(set(names)) != len(names):
        find(name, "has a variable twice")
    order = ORDER.get(name, "").split()
    if names != [v for v in order if v in names]:
        find(name, f"variables are not those of the guide in its order: {names}")
    shows_dates = any(c["dataType"] == "date" for c in columns)
    for variable in EXPECTED.get(name, "").split():
        if variable not in names and (shows_dates or not variable.endswith("DTC")):
            find(name, f"{variable} is expected")
    keys = [c["keySequence"] for c in columns if "keySequence" in c]
    if sorted(keys) != list(range(1, len(keys) + 1)) or not keys:
        find(name, f"key sequence {keys}")
    for column in columns:
        if len(column["label"]) > 40:
            find(name, f"label of {column['name']} is longer than 40: {column['label']}")
        if len(column["name"]) > 8:
            find(name, f"name {column['name']} is longer than 8")
        if column["itemOID"] != f"IT.{name}.{column['name']}":
            find(name, f"item {column['itemOID']}")
    for number, row in enumerate(rows, 1):
        if len(row) != len(columns):
            find(name, f"row {number} has {len(row)} cells for {len(columns)} variables")
            continue
        for column, cell in zip(columns, row):
            check_cell(f"{name} row {number} {column['name']}", column, cell)
    records = [dict(zip(names, row)) for row in rows]
    check_table(path.with_suffix(".csv"), name, names, rows)
    key_names = [c["name"] for c in sorted((c for c in columns if "keySequence" in c), key=lambda c: c["keySequence"])]
    seen = set()
    for record in records:
        key = tuple(record[k] for k in key_names)
        if key in seen:
            find(name, f"key {key} stands twice")
        seen.add(key)
        for variable, cell in record.items():
            allowed = CLOSED.get((name, variable))
            if allowed and cell is not None and cell not in allowed:
                find(name, f"{variable} is {cell!r}")
        if record.get("EPOCH") is not None and record["EPOCH"] not in EPOCHS:
            find(name, f"epoch {record['EPOCH']!r}")
        if name != "SUPPDM" and record.get("DOMAIN") != name:
            find(name, f"domain is {record.get('DOMAIN')!r}")
    return records


def check_cell(place, column, cell):
    if cell is None:
        return
    if isinstance(cell, str) and len(cell.encode()) > 200:
        find(place, f"has {len(cell.encode())} bytes, and a transport file holds 200")
    kind = column["dataType"]
    if kind == "integer":
        if not isinstance(cell, int) or isinstance(cell, bool):
            find(place, f"{cell!r} is no integer")
        if column["name"].endswith("DY") and cell == 0:
            find(place, "there is no study day 0")
        return
    if not isinstance(cell, str):
        find(place, f"{cell!r} is no text")
    elif cell == "":
        find(place, "an empty text where null is meant")
    elif kind == "decimal":
        if column.get("targetDataType") != "decimal" or not re.match(r"^-?\d+(\.\d+)?$", cell):
            find(place, f"{cell!r} is no decimal")
    elif kind == "date":
        if not PARTIAL.match(cell):
            find(place, f"{cell!r} is no date of ISO 8601")
    if kind in ("string", "decimal") and len(cell) > column.get("length", 0):
        find(place, f"{cell!r} is longer than {column.get('length')}")


def check_table(path, name, names, rows):
    with open(path, encoding="utf-8", newline="") as file:
        table = list(csv.reader(file))
    if table[0] != names:
        find(name, f"the table's header is {table[0]}")
    expected = [["" if cell is None else str(cell) for cell in row] for row in rows]
    if len(table) - 1 != len(expected):
        find(name, f"the table has {len(table) - 1} rows, the dataset {len(expected)}")
    for number, (one, other) in enumerate(zip(table[1:], expected), 1):
        if one != other:
            find(name, f"row {number} of the table says {one}, the dataset {other}")


def by_subject(records):
    subjects = defaultdict(list)
    for record in records:
        subjects[record["USUBJID"]].append(record)
    return subjects


def check_subjects(datasets):
    subjects = {record["USUBJID"]: record for record in datasets["DM"]}
    if len(subjects) != len(datasets["DM"]):
        find("DM", "a subject stands twice")
    for name, records in datasets.items():
        if not records or "USUBJID" not in records[0]:
            continue
        for identifier, own in by_subject(records).items():
            if identifier not in subjects:
                find(name, f"{identifier} is not in DM")
                continue
            if f"{name}SEQ" in own[0]:
                numbers = [record[f"{name}SEQ"] for record in own]
                if numbers != list(range(1, len(numbers) + 1)):
                    find(name, f"{identifier} has the sequence numbers {numbers}")
            check_days(name, own, subjects[identifier])
    for record in datasets["DM"]:
        if (record["ARMCD"] is None or record["ACTARMCD"] is None) != (record["ARMNRS"] is not None):
            find("DM", f"{record['USUBJID']}: ARMNRS {record['ARMNRS']!r} for the arms {record['ARMCD']!r}, {record['ACTARMCD']!r}")
        if (record["ARMCD"] is None) != (record["ARM"] is None) or (record["ACTARMCD"] is None) != (record["ACTARM"] is None):
            find("DM", f"{record['USUBJID']}: an arm without its code")
        if (record["ARMNRS"] == "UNPLANNED TREATMENT") != (record["ACTARMUD"] is not None):
            find("DM", f"{record['USUBJID']}: ACTARMUD {record['ACTARMUD']!r}")
    dead = {r["USUBJID"] for r in datasets["DS"] if r["DSDECOD"] == "DEATH" and r["DSSCAT"] == "STUDY PARTICIPATION"}
    if dead != {r["USUBJID"] for r in datasets["DM"] if r["DTHFL"] == "Y"}:
        find("DM", "DTHFL is not with those who died in DS")


def check_days(name, records, subject):
    """A study day is counted from RFSTDTC, where both are shown."""
    start = subject.get("RFSTDTC")
    for record in records:
        for variable, cell in record.items():
            if not variable.endswith("DY") or variable == "VISITDY":
                continue
            shown = record.get(variable[:-2] + "DTC")
            if start is None or variable[:-2] + "DTC" not in record:
                continue
            if shown is None or len(shown) < 10:
                if cell is not None:
                    find(name, f"{record['USUBJID']}: {variable} {cell} of a date that is not known to the day")
                continue
            days = (date.fromisoformat(shown) - date.fromisoformat(start)).days
            if cell != (days + 1 if days >= 0 else days):
                find(name, f"{record['USUBJID']}: {variable} is {cell} for {shown}, counted from {start}")


def check_elements(datasets):
    definitions = {record["ETCD"]: record for record in datasets["TE"]}
    orders = {(r["ARMCD"], r["TAETORD"]): r["ETCD"] for r in datasets["TA"]}
    arms = {record["USUBJID"]: record["ARMCD"] for record in datasets["DM"]}
    for code in definitions:
        if len(code) > 8 or code == "UNPLAN":
            find("TE", f"element code {code!r}")
    for identifier, stays in by_subject(datasets["SE"]).items():
        for one, next_one in zip(stays, stays[1:]):
            for end, start in (("SEENDTC", "SESTDTC"), ("SEENDY", "SESTDY")):
                if end in one and (one[end] is None or one[end] != next_one[start]):
                    find("SE", f"{identifier}: element {one['SESEQ']} ends {one[end]}, the next begins {next_one[start]}")
        for stay in stays:
            unplanned = stay["ETCD"] == "UNPLAN"
            if unplanned != (stay["SEUPDES"] is not None) or unplanned != (stay["ELEMENT"] is None):
                find("SE", f"{identifier}: element {stay['SESEQ']} {stay['ETCD']} is described by {stay['SEUPDES']!r}")
            if not unplanned and stay["ETCD"] not in definitions:
                find("SE", f"{identifier}: {stay['ETCD']} is not in TE")
            elif not unplanned and stay["ELEMENT"] != definitions[stay["ETCD"]]["ELEMENT"]:
                find("SE", f"{identifier}: {stay['ETCD']} is called {stay['ELEMENT']!r}")
            order = stay["TAETORD"]
            if order is not None and orders.get((arms.get(identifier), order)) != stay["ETCD"]:
                find("SE", f"{identifier}: {stay['ETCD']} is not element {order} of arm {arms.get(identifier)}")
            if stay["SESTDY"] is None:
                find("SE", f"{identifier}: element {stay['SESEQ']} has no start")
    if set(by_subject(datasets["SE"])) != set(arms):
        find("SE", "not every subject of DM has an element")


def check_findings(datasets):
    for record in datasets["LB"]:
        place = f"{record['USUBJID']} {record['LBSEQ']}"
        if (record["LBORRES"] is None) != (record["LBSTAT"] == "NOT DONE"):
            find("LB", f"{place}: result {record['LBORRES']!r} with status {record['LBSTAT']!r}")
        number = record["LBORRES"] is not None and re.match(r"^\d+(\.\d+)?$", record["LBORRES"])
        if bool(number) != (record["LBSTRESN"] is not None):
            find("LB", f"{place}: {record['LBORRES']!r} has the number {record['LBSTRESN']!r}")
        if record["LBTESTCD"] == "MRD" and record["LBORRES"] is not None and record["LBORRESU"] != "%":
            find("LB", f"{place}: residual disease without its unit")
    flagged = [(r["USUBJID"], r["LBTESTCD"]) for r in datasets["LB"] if r["LBLOBXFL"] == "Y"]
    if len(set(flagged)) != len(flagged):
        find("LB", "two last observations before exposure of one test")
    for record in datasets["AE"]:
        if record["AEOUT"] == "FATAL" and record["AESER"] != "Y":
            find("AE", f"{record['USUBJID']} {record['AESEQ']}: fatal and not serious")
        if (record["AETOXGR"] == "5") != (record["AEOUT"] == "FATAL"):
            find("AE", f"{record['USUBJID']} {record['AESEQ']}: grade {record['AETOXGR']} with outcome {record['AEOUT']!r}")


def check_design(datasets, protocol):
    """Every arm of the document is on a way, and every step of a way is an arrow of the document."""
    phases = protocol["phases"]
    groups = {name: members for name, members in (protocol.get("groups") or {}).items()}
    groups["all"] = list(phases)

    def members(names):
        return [phase for name in names for phase in groups.get(name, [name])]

    arrows = {(phase, row["to"]) for phase, body in phases.items() for row in body.get("exits", [])}
    for row in protocol.get("across") or []:
        arrows |= {(phase, row["to"]) for phase in members(row["from"])}
    phase_of = {body["title"]: phase for phase, body in phases.items()}
    ways = defaultdict(list)
    for record in sorted(datasets["TA"], key=lambda r: (r["ARMCD"], r["TAETORD"])):
        ways[record["ARMCD"]].append(record)
    allocated = {arm for code in ways for arm in code.split("-")}
    if allocated != {str(arm) for arm in protocol["arms"]}:
        find("TA", f"the arms on planned ways are {sorted(allocated)}")
    codes = {record["ETCD"] for record in datasets["TE"]}
    for code, way in ways.items():
        names = [phase_of.get(record["ELEMENT"]) for record in way]
        if [record["TAETORD"] for record in way] != list(range(1, len(way) + 1)):
            find("TA", f"{code}: the order has gaps")
        if names[0] != protocol["start"]:
            find("TA", f"{code} begins with {names[0]}")
        if not (names[-1] and phases[names[-1]].get("ends")):
            find("TA", f"{code} ends with {names[-1]}, which is no end")
        for one, next_one in zip(names, names[1:]):
            if (one, next_one) not in arrows:
                find("TA", f"{code}: no arrow leads from {one} to {next_one}")
        for record in way:
            if record["ETCD"] not in codes:
                find("TA", f"{code}: {record['ETCD']} is not in TE")
        branches = [record["TABRANCH"] for record in way if record["TABRANCH"]]
        if branches != [f"Randomised to {arm}" for arm in code.split("-")]:
            find("TA", f"{code}: branches {branches}")
    for record in datasets["DM"]:
        if record["ARMCD"] is not None and record["ARMCD"] not in ways:
            find("DM", f"{record['USUBJID']}: arm {record['ARMCD']} is not in TA")
    rules = [rule for rule in protocol.get("rules") or [] if rule["on"] == "enrolled"]
    if [record["IETEST"] for record in datasets["TI"]] != [rule["name"] for rule in rules]:
        find("TI", "the criteria are not the document's rules of enrolment")
    for record in datasets["TV"]:
        if record["ARMCD"] is not None and record["ARMCD"] not in ways:
            find("TV", f"visit {record['VISITNUM']}: arm {record['ARMCD']} is not in TA")
    visits = {record["VISITNUM"]: record["VISIT"] for record in datasets["TV"]}
    for name in ("LB", "RS"):
        for record in datasets[name]:
            if record["VISITNUM"] is None and record["EPOCH"] == "SCREENING":
                find(name, f"{record['USUBJID']}: a finding before treatment belongs to no visit")
            if record["VISITNUM"] is not None and visits.get(record["VISITNUM"]) != record["VISIT"]:
                find(name, f"visit {record['VISITNUM']} is called {record['VISIT']!r}")


def main():
    folder = Path(sys.argv[1])
    # Words only: "on" and "no" are words of the document, not truths.
    protocol = yaml.load(Path(sys.argv[2]).read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    datasets = read(folder)
    # What is no dataset is not asked what it says.
    if set(datasets) == set(ORDER):
        check_subjects(datasets)
        check_elements(datasets)
        check_findings(datasets)
        check_design(datasets, protocol)
    print("\n".join(findings[:50]) if findings else "rows " + " ".join(f"{n}={len(r)}" for n, r in datasets.items()))
    sys.exit(1 if findings else 0)


main()
