"""Judges the folder cbioportal/ of an export: judge_cbioportal.py FOLDER

By cBioPortal's published description of its files, https://docs.cbioportal.org/file-formats/ (sections Cancer Study, Clinical Data,
Timeline Data), and the rules about column order and identifiers that its loading guide states. cBioPortal's own validator is part of its
importer, which neither PyPI nor Debian has, so that this one was written anew.

Says what is wrong, one fault a line, and exits with 1; else says what was read and exits with 0.
"""

import os
import re
import sys

faults = []
IDENTIFIER = re.compile(r"[A-Za-z0-9._-]+")
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
DAY = re.compile(r"-?[0-9]+")
DATE = re.compile(r"(19|20)[0-9]{2}-[0-9]{2}")
# The levels and types that the description gives to columns with a function.
KNOWN = {
    "OS_STATUS": "STRING", "OS_MONTHS": "NUMBER", "DFS_STATUS": "STRING", "DFS_MONTHS": "NUMBER", "AGE": "NUMBER",
    "SEX": "STRING", "GENDER": "STRING",
}
SAMPLE_ONLY = {"SAMPLE_TYPE", "SAMPLE_CLASS", "METASTATIC_SITE", "PRIMARY_SITE", "TUMOR_TISSUE_SITE", "TUMOR_TYPE"}
BANNED = {"MUTATION_COUNT", "FRACTION_GENOME_ALTERED"}
STATUSES = {"OS_STATUS": {"0:LIVING", "1:DECEASED"}, "DFS_STATUS": {"0:DiseaseFree", "1:Recurred/Progressed"}}


def fault(where, what):
    faults.append(f"{where}: {what}")


def lines(folder, name):
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        fault(name, "is missing")
        return []
    try:
        text = open(path, "rb").read().decode("utf-8")
    except UnicodeDecodeError:
        fault(name, "is not UTF-8")
        return []
    if not text.endswith("\n") or "\r" in text:
        fault(name, "has other line ends than line feeds")
    return text.split("\n")[:-1]


def meta(folder, name, required):
    fields = {}
    for number, line in enumerate(lines(folder, name), 1):
        key, colon, value = line.partition(": ")
        if not colon or not value.strip():
            fault(f"{name} line {number}", "is not a name, a colon and a value")
        if key in fields:
            fault(f"{name} line {number}", f"gives {key} twice")
        fields[key] = value
    for key in required:
        if key not in fields:
            fault(name, f"does not give {key}")
    return fields


def table(folder, name, heading):
    """The described columns and the rows of a table whose first `heading` lines begin with #."""
    all_lines = lines(folder, name)
    if len(all_lines) <= heading:
        fault(name, "has no columns")
        return [], [], []
    described = []
    for number, line in enumerate(all_lines[:heading], 1):
        if not line.startswith("#"):
            fault(f"{name} line {number}", "does not begin with #")
        described.append(line[1:].split("\t"))
    columns = all_lines[heading].split("\t")
    for number, line in enumerate(described, 1):
        if len(line) != len(columns):
            fault(f"{name} line {number}", f"describes {len(line)} columns of {len(columns)}")
        if any(not cell.strip() for cell in line):
            fault(f"{name} line {number}", "leaves a column undescribed")
    if len(set(columns)) != len(columns):
        fault(name, "has a column twice")
    rows = []
    for number, line in enumerate(all_lines[heading + 1 :], heading + 2):
        cells = line.split("\t")
        where = f"{name} line {number}"
        if line.startswith("#") or not line.strip():
            fault(where, "is blank or a comment")
        if len(cells) != len(columns):
            fault(where, f"has {len(cells)} cells for {len(columns)} columns")
            continue
        if any(DATE.search(cell) for cell in cells):
            fault(where, "has a date")
        if any('"' in cell for cell in cells):
            fault(where, "has a quotation mark")
        rows.append((where, dict(zip(columns, cells))))
    return described, columns, rows


def clinical(folder, level, study):
    description = meta(
        folder, f"meta_clinical_{level}.txt",
        ("cancer_study_identifier", "genetic_alteration_type", "datatype", "data_filename"))
    expect(description, f"meta_clinical_{level}.txt", study, f"{level.upper()}_ATTRIBUTES")
    name = description.get("data_filename", f"data_clinical_{level}.txt")
    described, columns, rows = table(folder, name, 4)
    if len(described) < 4 or len(described[2]) != len(columns):
        return columns, rows
    types = dict(zip(columns, described[2]))
    for column in columns:
        if column != column.upper():
            fault(name, f"the column {column} is not in upper case")
        if types[column] not in ("STRING", "NUMBER", "BOOLEAN"):
            fault(name, f"the column {column} is of the unknown type {types[column]}")
        if column in KNOWN and (types[column] != KNOWN[column] or level != "patient"):
            fault(name, f"the column {column} must be a {KNOWN[column]} of patients")
        if column in SAMPLE_ONLY and level != "sample":
            fault(name, f"the column {column} must be one of samples")
        if column in BANNED:
            fault(name, f"the column {column} is cBioPortal's own")
    for priority in described[3]:
        if not re.fullmatch(r"-1|[0-9]+", priority):
            fault(name, f"the priority {priority!r} is no number from -1")
    for where, row in rows:
        for column, cell in row.items():
            if cell and types[column] == "NUMBER" and not NUMBER.fullmatch(cell):
                fault(where, f"{column} is no number: {cell!r}")
            if cell and types[column] == "BOOLEAN" and cell not in ("TRUE", "FALSE"):
                fault(where, f"{column} is neither TRUE nor FALSE: {cell!r}")
    return columns, rows


def expect(description, name, study, kind):
    for key, value in (("cancer_study_identifier", study), ("genetic_alteration_type", "CLINICAL"), ("datatype", kind)):
        if description.get(key) != value:
            fault(name, f"{key} is {description.get(key)!r}, not {value!r}")


def identifiers(rows, column):
    seen = set()
    for where, row in rows:
        value = row.get(column, "")
        if not IDENTIFIER.fullmatch(value) or len(value) > 63:
            fault(where, f"no valid {column}: {value!r}")
        if value in seen:
            fault(where, f"{column} {value} twice")
        seen.add(value)
    return seen


def survival(columns, rows):
    prefixes = [column[: -len("_STATUS")] for column in columns if column.endswith("_STATUS")]
    for prefix in prefixes:
        if f"{prefix}_MONTHS" not in columns:
            fault("data_clinical_patient.txt", f"{prefix}_STATUS without {prefix}_MONTHS")
            continue
        for where, row in rows:
            status, months = row[f"{prefix}_STATUS"], row[f"{prefix}_MONTHS"]
            if (status == "") != (months == ""):
                fault(where, f"one of {prefix}_STATUS and {prefix}_MONTHS without the other")
            if status and status not in STATUSES.get(f"{prefix}_STATUS", {status}):
                fault(where, f"{prefix}_STATUS is {status!r}")
            if status and not re.match(r"[01]:", status):
                fault(where, f"{prefix}_STATUS does not begin with 0: or 1:")
            if months.startswith("-"):
                fault(where, f"{prefix}_MONTHS is below 0")
    if "OS" not in prefixes:
        fault("data_clinical_patient.txt", "no overall survival")


def allocations(columns, rows, allocated):
    """Each arm stands beside times that count from its own randomisation, whose day the timeline tells."""
    name = "data_clinical_patient.txt"
    arms = [column for column in columns if column == "ARM" or re.match(r"ARM_(?!RECEIVED)", column)]
    if "ARM" in arms and len(arms) > 1:
        fault(name, "an ARM of no randomisation beside others")
    prefixes = [column[: -len("_STATUS")] for column in columns if column.endswith("_STATUS")]
    for where, row in rows:
        days = allocated.get(row["PATIENT_ID"], {})
        told = {row[column] for column in arms if row[column]}
        if told != set(days):
            fault(where, f"the arms are {sorted(told)}, in the timeline {sorted(days)}")
            continue
        for column in arms:
            suffix, arm = column[len("ARM"):], row[column]
            for prefix in prefixes:
                if suffix and prefix.endswith(suffix) and (row[f"{prefix}_STATUS"] == "") != (arm == ""):
                    fault(where, f"{prefix} of who was not randomised there, or none of who was")
            time, whole = row.get(f"OS_RANDOMISED{suffix}_DAYS"), row.get("OS_DAYS")
            if arm and time and whole and int(whole) - days[arm] != int(time):
                fault(where, f"OS_RANDOMISED{suffix} does not count from the randomisation to {arm}")


def timelines(folder, study, patients, samples):
    count, allocated = 0, {}
    for file in sorted(os.listdir(folder)):
        if not file.startswith("meta_timeline_"):
            continue
        description = meta(
            folder, file, ("cancer_study_identifier", "genetic_alteration_type", "datatype", "data_filename"))
        expect(description, file, study, "TIMELINE")
        name = description.get("data_filename", "")
        _, columns, rows = table(folder, name, 0)
        if columns[:4] != ["PATIENT_ID", "START_DATE", "STOP_DATE", "EVENT_TYPE"]:
            fault(name, "does not begin with PATIENT_ID, START_DATE, STOP_DATE, EVENT_TYPE")
            continue
        for where, row in rows:
            count += 1
            if row["PATIENT_ID"] not in patients:
                fault(where, f"an unknown patient {row['PATIENT_ID']!r}")
            if not DAY.fullmatch(row["START_DATE"]):
                fault(where, f"START_DATE is no number of days: {row['START_DATE']!r}")
                continue
            if row.get("STATUS") == "randomised":
                allocated.setdefault(row["PATIENT_ID"], {})[row["DETAIL"]] = int(row["START_DATE"])
            if row["STOP_DATE"] and not DAY.fullmatch(row["STOP_DATE"]):
                fault(where, f"STOP_DATE is no number of days: {row['STOP_DATE']!r}")
            elif row["STOP_DATE"] and int(row["STOP_DATE"]) < int(row["START_DATE"]):
                fault(where, "ends before it begins")
            if not row["EVENT_TYPE"]:
                fault(where, "has no EVENT_TYPE")
            if row.get("SAMPLE_ID") and row["SAMPLE_ID"] not in samples:
                fault(where, f"an unknown sample {row['SAMPLE_ID']!r}")
    return count, allocated


def main():
    folder = os.path.join(sys.argv[1], "cbioportal")
    study = meta(folder, "meta_study.txt", ("type_of_cancer", "cancer_study_identifier", "name", "description"))
    identifier = study.get("cancer_study_identifier", "")
    if not re.fullmatch(r"[a-z0-9_]{1,255}", identifier):
        fault("meta_study.txt", f"no valid cancer_study_identifier: {identifier!r}")
    if len(study.get("name", "")) > 255 or len(study.get("description", "")) > 1024:
        fault("meta_study.txt", "name or description is too long")
    if study.get("add_global_case_list") != "true":
        fault("meta_study.txt", "no list of all samples")
    patient_columns, patients = clinical(folder, "patient", identifier)
    sample_columns, samples = clinical(folder, "sample", identifier)
    for column in set(patient_columns) & set(sample_columns) - {"PATIENT_ID"}:
        fault("data_clinical_sample.txt", f"the column {column} is one of patients too")
    known = identifiers(patients, "PATIENT_ID")
    sampled = identifiers(samples, "SAMPLE_ID")
    if {row["PATIENT_ID"] for _, row in samples} != known:
        fault("data_clinical_sample.txt", "the patients are not those of the patients' table")
    survival(patient_columns, patients)
    events, allocated = timelines(folder, identifier, known, sampled)
    allocations(patient_columns, patients, allocated)
    for line in faults[:50]:
        print(line)
    if not faults:
        print(f"{len(known)} patients, {len(sampled)} samples, {events} events")
    return 1 if faults else 0


sys.exit(main())
