"""Judges an ODM 1.3.2 document: the schema, odmlib's reading, the references, and the transactions.

    judge_odm.py FILE

Prints the state that the transactions leave behind, one line a value, or one finding a line and ends with 1. It knows nothing of the program
that wrote it. The schema is the one that odmlib ships; the rules of transactions are those of the specification's section "Transactions"
(CDISC ODM 1.3.2).
"""
import subprocess
import sys
from importlib import resources

import odmlib.loader
import odmlib.odm_loader

findings = []


def find(what):
    if len(findings) < 50:
        findings.append(what)


def check_schema(path):
    schema = resources.files("odmlib") / "schemas" / "odm" / "1.3.2" / "ODM1-3-2.xsd"
    answer = subprocess.run(
        ["xmllint", "--huge", "--noout", "--nonet", "--schema", str(schema), path], capture_output=True, text=True)
    if answer.returncode != 0:
        find("schema: " + answer.stderr.strip()[:2000])


def content(element):
    return element._content if element is not None else None


class Replay:
    """Applies transactions in the order in which they stand and says which could not be applied."""

    def __init__(self, odm):
        metadata = odm.Study[0].MetaDataVersion[0]
        self.groups = {d.OID: {r.ItemOID for r in d.ItemRef} for d in metadata.ItemGroupDef}
        self.required = {d.OID: {r.ItemOID for r in d.ItemRef if r.Mandatory == "Yes"} for d in metadata.ItemGroupDef}
        self.events = {d.OID: {r.FormOID for r in d.FormRef} for d in metadata.StudyEventDef}
        self.forms = {d.OID: {r.ItemGroupOID for r in d.ItemGroupRef} for d in metadata.FormDef}
        lists = {l.OID: {i.CodedValue for i in list(l.CodeListItem) + list(l.EnumeratedItem)} for l in metadata.CodeList}
        self.codes = {}
        for item in metadata.ItemDef:
            reference = item.CodeListRef
            if reference is not None:
                if reference.CodeListOID not in lists:
                    find(f"{item.OID}: no code list {reference.CodeListOID}")
                self.codes[item.OID] = lists.get(reference.CodeListOID, set())
        self.items = {item.OID for item in metadata.ItemDef}
        self.users = {user.OID for user in odm.AdminData[0].User}
        self.locations = {location.OID for location in odm.AdminData[0].Location}
        self.subjects = {}
        self.values = 0
        self.moments = {}

    def audit(self, place, element):
        record = element.AuditRecord
        if record is None:
            find(f"{place} has no audit record")
            return
        if record.UserRef is None or record.UserRef.UserOID not in self.users:
            find(f"{place}: nobody is named by its audit record")
        if record.LocationRef is None or record.LocationRef.LocationOID not in self.locations:
            find(f"{place}: no place is named by its audit record")
        moment = content(record.DateTimeStamp)
        if not moment:
            find(f"{place}: its audit record has no moment")
        elif str(moment) <= self.moments.get(place, ""):
            find(f"{place}: no later than its audit record before")
        self.moments[place] = str(moment)
        if not content(record.SourceID):
            find(f"{place}: its audit record has no source")
        if element.TransactionType != "Insert" and not content(record.ReasonForChange):
            find(f"{place} was changed without a reason")

    def subject(self, data):
        key = data.SubjectKey
        if data.TransactionType == "Insert":
            if key in self.subjects:
                find(f"{key} is inserted twice")
            self.subjects[key] = {}
        elif data.TransactionType != "Update" or key not in self.subjects:
            find(f"{key}: {data.TransactionType} of a subject that is not there")
            self.subjects.setdefault(key, {})
        if data.SiteRef is None or data.SiteRef.LocationOID not in self.locations:
            find(f"{key} has no site")
        for event in data.StudyEventData:
            self.event(key, self.subjects[key], event)

    def event(self, key, state, event):
        place = f"{key} {event.StudyEventOID} {event.StudyEventRepeatKey}"
        entity = (event.StudyEventOID, event.StudyEventRepeatKey)
        if event.StudyEventOID not in self.events:
            find(f"{place}: no such event")
        kind = event.TransactionType
        if kind == "Insert" and entity in state:
            find(f"{place} is inserted twice")
        if kind in ("Update", "Remove") and entity not in state:
            find(f"{place}: {kind} of what is not there")
        if kind not in ("Insert", "Update", "Remove"):
            find(f"{place}: transaction {kind}")
        if kind == "Remove":
            self.audit(place, event)
            state.pop(entity, None)
            return
        values = state.setdefault(entity, {})
        for form in event.FormData:
            if form.FormOID not in self.events.get(event.StudyEventOID, ()):
                find(f"{place}: form {form.FormOID}")
            for group in form.ItemGroupData:
                if group.ItemGroupOID not in self.forms.get(form.FormOID, ()):
                    find(f"{place}: group {group.ItemGroupOID}")
                for item in group.ItemData:
                    self.item(place, values, group.ItemGroupOID, item)
                missing = self.required.get(group.ItemGroupOID, set()) - set(values)
                if missing:
                    find(f"{place}: without {sorted(missing)}")

    def item(self, place, values, group, item):
        place = f"{place} {item.ItemOID}"
        self.values += 1
        self.audit(place, item)
        if item.ItemOID not in self.groups.get(group, ()) or item.ItemOID not in self.items:
            find(f"{place}: no such item")
        kind = item.TransactionType
        if (kind == "Insert") == (item.ItemOID in values):
            find(f"{place}: {kind} of a value that is {'there' if item.ItemOID in values else 'not there'}")
        if kind == "Remove":
            values.pop(item.ItemOID, None)
            return
        if item.Value is None:
            find(f"{place} has no value")
        if item.ItemOID in self.codes and item.Value not in self.codes[item.ItemOID]:
            find(f"{place}: {item.Value!r} is not in its code list")
        values[item.ItemOID] = item.Value


def main():
    path = sys.argv[1]
    check_schema(path)
    # What is no such document cannot be read as one.
    if findings:
        print("\n".join(findings))
        sys.exit(1)
    reader = odmlib.odm_loader.XMLODMLoader(model_package="odm_1_3_2", ns_uri="http://www.cdisc.org/ns/odm/v1.3")
    loader = odmlib.loader.ODMLoader(reader)
    loader.open_odm_document(path)
    odm = loader.root()
    if odm.FileType != "Transactional" or odm.ODMVersion != "1.3.2":
        find(f"the document is {odm.FileType} {odm.ODMVersion}")
    replay = Replay(odm)
    for data in odm.ClinicalData[0].SubjectData:
        replay.subject(data)
    if findings:
        print("\n".join(findings))
        sys.exit(1)
    print(f"values {replay.values} subjects {len(replay.subjects)}")
    if "--state" in sys.argv:
        for key, state in replay.subjects.items():
            for (event, repeat), values in state.items():
                line = " ".join(f"{item[3:]}={value}" for item, value in values.items())
                print(f"{key} {repeat} {event[3:]} {line}")


main()
