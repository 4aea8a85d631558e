"""Judges the folder fhir/ of an export: judge_fhir.py FOLDER [--no-dates] [--every] [--synthetic STUDY-NUMBER… | all]

--no-dates: no date may be shown. --every: the slow readers read every resource, and not one of each shape. --synthetic: who is made up.

Three readers that others wrote, each of FHIR R4 (4.0.1):
- fhir.resources 6.4.0, the last release that reads R4 (6.5 reads R4B, 7 and later R5): structure, types, cardinality, no unknown element,
  and the lists that it names as enum_values without asserting them;
- google-fhir-r4: the protocol buffers of R4, in which required code lists are closed and references are typed;
- hl7.fhir.r4.core, HL7's own definitions, which google-fhir-r4 ships: every element bound to a required list, and every code of a system that
  the package defines, with its display.
Then what none of them asks: names given twice, empty values, references that lead nowhere, identity, dates where there may be none.

Says what is wrong, one fault a line, and exits with 1; else says what was read and exits with 0.
"""

import argparse
import decimal
import glob
import importlib
import json
import os
import re
import sys
import tarfile

import fhir.resources
from fhir.resources import construct_fhir_element
from google.fhir.core import fhir_errors
from google.fhir.r4 import json_format
import google.fhir.r4 as google_r4

faults = []


def fault(where, what):
    faults.append(f"{where}: {what}")


# --- Reading: decimals stay decimals, and a name given twice is a fault.


def object_once(pairs):
    names = [name for name, _ in pairs]
    for name in sorted({name for name in names if names.count(name) > 1}):
        fault("json", f"the name {name!r} twice in one object")
    return dict(pairs)


def read(text, where):
    try:
        return json.loads(text, object_pairs_hook=object_once, parse_float=decimal.Decimal)
    except ValueError as error:
        fault(where, f"not JSON: {error}")
        return None


class Digits(json.JSONEncoder):
    """Writes decimals as they were read, for the readers that take text."""

    def default(self, value):
        if isinstance(value, decimal.Decimal):
            return float(value)
        return super().default(value)


# --- HL7's definitions


class Definitions:
    def __init__(self):
        archive = os.path.join(list(google_r4.__path__)[0], "data", "hl7.fhir.r4.core.tgz")
        self.systems, self.value_sets, self.structures = {}, {}, {}
        with tarfile.open(archive) as package:
            for member in package:
                name = os.path.basename(member.name)
                kind = name.split("-")[0]
                if kind not in ("CodeSystem", "ValueSet", "StructureDefinition") or not name.endswith(".json"):
                    continue
                resource = json.load(package.extractfile(member))
                if kind == "CodeSystem" and resource.get("content") == "complete":
                    self.systems[resource["url"]] = dict(Definitions.concepts(resource.get("concept", [])))
                elif kind == "ValueSet":
                    self.value_sets[resource["url"]] = resource
                elif resource.get("kind") in ("resource", "complex-type") and resource.get("derivation") == "specialization":
                    self.structures[resource["type"]] = {
                        element["path"]: element for element in resource["snapshot"]["element"]
                    }

    @staticmethod
    def concepts(concepts):
        for concept in concepts:
            yield concept["code"], concept.get("display")
            yield from Definitions.concepts(concept.get("concept", []))

    def members(self, url):
        """The (system, code) pairs of a list, or None where the package cannot tell them."""
        value_set = self.value_sets.get(url.split("|")[0])
        if value_set is None:
            return None
        members = set()
        for part in value_set.get("compose", {}).get("include", []):
            system = part.get("system")
            if "filter" in part or "valueSet" in part or system is None:
                return None
            if "concept" in part:
                members |= {(system, concept["code"]) for concept in part["concept"]}
            elif system in self.systems:
                members |= {(system, code) for code in self.systems[system]}
            else:
                return None
        return members


def codings(value):
    """The codings of a concept, and a coding itself."""
    if isinstance(value, dict):
        if "coding" in value:
            return value["coding"]
        if "code" in value and "system" in value:
            return [value]
    return []


def check_bindings(definitions, value, structure, path, where):
    """Every element bound to a required list holds one of its codes."""
    elements = definitions.structures.get(structure)
    if elements is None or not isinstance(value, dict):
        return
    for name, child in value.items():
        if name.startswith("_") or name in ("resourceType", "extension"):
            continue
        element = elements.get(f"{path}.{name}") or choice(elements, path, name)
        if element is None:
            continue
        if "contentReference" in element:
            target = element["contentReference"][1:]
            for one in child if isinstance(child, list) else [child]:
                check_bindings(definitions, one, structure, target, where)
            continue
        types = [kind["code"] for kind in element.get("type", [])]
        for one in child if isinstance(child, list) else [child]:
            binding = element.get("binding", {})
            if binding.get("strength") == "required":
                check_binding(definitions, one, binding, f"{where} {path}.{name}")
            if any(types) and types[0] in ("BackboneElement", "Element"):
                check_bindings(definitions, one, structure, element["path"], where)
            elif len(types) == 1 and types[0] in definitions.structures:
                check_bindings(definitions, one, types[0], types[0], where)
            elif element["path"].endswith("[x]"):
                kind = name[len(element["path"].split(".")[-1]) - 3 :]
                if kind in definitions.structures:
                    check_bindings(definitions, one, kind, kind, where)


def choice(elements, path, name):
    for element in elements.values():
        stem = element["path"]
        if stem.endswith("[x]") and stem.startswith(path + ".") and "." not in stem[len(path) + 1 :]:
            if name.startswith(stem[len(path) + 1 : -3]):
                return element
    return None


def check_binding(definitions, value, binding, where):
    members = definitions.members(binding.get("valueSet", ""))
    if members is None:
        return
    if isinstance(value, str):
        if value not in {code for _, code in members}:
            fault(where, f"{value!r} is not in the required list {binding['valueSet']}")
    elif not any((coding.get("system"), coding.get("code")) in members for coding in codings(value)):
        fault(where, f"no coding is in the required list {binding['valueSet']}")


def check_codes(definitions, value, where):
    """Every code of a system that the package defines is one of its codes, in its words."""
    if isinstance(value, list):
        for one in value:
            check_codes(definitions, one, where)
    elif isinstance(value, dict):
        system = value.get("system")
        if system in definitions.systems and "code" in value:
            known = definitions.systems[system]
            if value["code"] not in known:
                fault(where, f"{system} has no code {value['code']!r}")
            elif value.get("display") not in (None, known[value["code"]]):
                fault(where, f"{system} calls {value['code']!r} {known[value['code']]!r}, not {value['display']!r}")
        for child in value.values():
            check_codes(definitions, child, where)


# --- fhir.resources: what it reads, and the lists that it names without asserting them


def check_structure(resource, where):
    try:
        element = construct_fhir_element(resource["resourceType"], json.loads(json.dumps(resource, cls=Digits)))
    except Exception as error:
        fault(where, f"fhir.resources refuses it: {' '.join(str(error).split())[:300]}")
        return
    check_enumerations(element, where)


def check_enumerations(element, where):
    for name, field in type(element).__fields__.items():
        value = getattr(element, name, None)
        if value is None:
            continue
        allowed = field.field_info.extra.get("enum_values")
        for one in value if isinstance(value, list) else [value]:
            # A plus or "etc." stands for codes that the package does not name: the list is open.
            if allowed and not {"+", "etc."} & set(allowed) and isinstance(one, str) and one not in allowed:
                fault(where, f"{name} is {one!r}, not one of {', '.join(allowed)}")
            if hasattr(type(one), "__fields__"):
                check_enumerations(one, where)


# --- google-fhir-r4


def message(kind):
    word = re.sub(r"(?<!^)(?=[A-Z])", "_", kind).lower()
    if kind == "Bundle":
        word = "bundle_and_contained_resource"
    return getattr(importlib.import_module(f"google.fhir.r4.proto.core.resources.{word}_pb2"), kind)


def check_message(resource, text, where):
    try:
        json_format.json_fhir_string_to_proto(text, message(resource["resourceType"]), validate=True)
    except (fhir_errors.InvalidFhirError, ValueError, KeyError, TypeError) as error:
        fault(where, f"google-fhir-r4 refuses it: {' '.join(str(error).split())[:300]}")


# --- What none of them asks


def check_values(value, where):
    if value is None or value in ("", [], {}):
        fault(where, "an empty value")
    elif isinstance(value, list):
        for index, one in enumerate(value):
            check_values(one, f"{where}[{index}]")
    elif isinstance(value, dict):
        for name, child in value.items():
            check_values(child, f"{where}.{name}")
    elif isinstance(value, str) and (value != value.strip() or any(ord(c) < 32 for c in value)):
        fault(where, f"a text with space around it or control characters: {value!r}")


DATE = re.compile(r"^(1[0-9]{3}|2[0-9]{3})(-\d{2}(-\d{2}(T.*)?)?)?$")


def check_dates(value, where, name=""):
    """No text in the form of a date, but for the study number and texts of people."""
    if isinstance(value, list):
        for one in value:
            check_dates(one, where, name)
    elif isinstance(value, dict):
        for child_name, child in value.items():
            check_dates(child, where, child_name)
    elif isinstance(value, str) and DATE.match(value) and name not in ("value", "text", "code", "valueString"):
        fault(where, f"a date where none may be shown: {name} {value!r}")


IDENTITY = ("birthDate", "_birthDate", "name", "telecom", "address", "photo", "contact")


def check_identity(resource, where):
    if resource["resourceType"] == "Patient":
        for name in IDENTITY:
            if name in resource:
                fault(where, f"an element that identifies: {name}")


def references(value):
    if isinstance(value, list):
        for one in value:
            yield from references(one)
    elif isinstance(value, dict):
        if "reference" in value and isinstance(value["reference"], str):
            yield value
        for child in value.values():
            yield from references(child)


def is_marked(resource):
    security = resource.get("meta", {}).get("security", [])
    return any(label.get("code") == "HTEST" for label in security)


# --- The shape of a resource: what is left of it when identifiers, numbers, dates and free words are taken out. Readers that take milliseconds read
# one of each shape.


def shape(value, name=""):
    if isinstance(value, dict):
        return "{" + ",".join(f"{key}:{shape(child, key)}" for key, child in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(shape(one, name) for one in value) + "]"
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, (int, decimal.Decimal)):
        return "#" + re.sub(r"[0-9]+", "0", str(value))
    if name in ("id", "reference", "fullUrl", "value", "text", "valueString"):
        return re.sub(r"[0-9a-f]", "x", value) if name != "text" and name != "valueString" else "words"
    return re.sub(r"^\d{4}(-\d{2}(-\d{2})?)?$", lambda match: re.sub(r"\d", "0", match.group()), value)


def judge_bundle(folder):
    where = "bundle.json"
    bundle = read(open(os.path.join(folder, where), encoding="utf-8").read(), where)
    if not isinstance(bundle, dict) or not bundle.get("entry"):
        fault(where, "no bundle with entries")
        return {}
    if bundle.get("resourceType") != "Bundle" or bundle.get("type") != "collection":
        fault(where, "not a Bundle of type collection")
    check_values({name: value for name, value in bundle.items() if name != "entry"}, where)
    resources = {}
    for index, entry in enumerate(bundle["entry"]):
        place = f"{where} entry {index}"
        resource = entry.get("resource", {})
        identifier = resource.get("id", "")
        if not re.fullmatch(r"[A-Za-z0-9\-.]{1,64}", identifier):
            fault(place, f"no valid id: {identifier!r}")
        if entry.get("fullUrl") != f"urn:uuid:{identifier}":
            fault(place, f"the fullUrl {entry.get('fullUrl')!r} is not that of the id")
        if entry.get("fullUrl") in resources:
            fault(place, "a fullUrl twice")
        resources[entry.get("fullUrl")] = resource
    for url, resource in resources.items():
        for reference in references(resource):
            if reference["reference"] not in resources:
                fault(f"{where} {resource.get('resourceType')} {url}", f"a reference to nothing: {reference['reference']}")
    head = {**bundle, "entry": bundle["entry"][:1]}
    check_structure(head, where)
    check_message(head, json.dumps(head, cls=Digits), where)
    return resources


def relative(resources):
    """The resources with their references as in Bulk Data."""
    names = {url: f"{resource.get('resourceType')}/{resource.get('id')}" for url, resource in resources.items()}
    for resource in resources.values():
        for reference in references(resource):
            reference["reference"] = names.get(reference["reference"], reference["reference"])
    return {names[url]: resource for url, resource in resources.items()}


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("folder")
    arguments.add_argument("--no-dates", action="store_true")
    arguments.add_argument("--every", action="store_true")
    arguments.add_argument("--synthetic", nargs="*", default=[])
    given = arguments.parse_args()
    assert fhir.resources.__fhir_version__ == "4.0.1", fhir.resources.__fhir_version__
    folder = os.path.join(given.folder, "fhir")
    definitions = Definitions()
    bundled = relative(judge_bundle(folder))

    seen, shapes, count = set(), set(), 0
    for path in sorted(glob.glob(os.path.join(folder, "*.ndjson"))):
        for number, line in enumerate(open(path, encoding="utf-8"), 1):
            where = f"{os.path.basename(path)} line {number}"
            resource = read(line, where)
            if resource is None:
                continue
            count += 1
            kind = resource.get("resourceType", "")
            name = f"{kind}/{resource.get('id')}"
            if kind != os.path.basename(path)[: -len(".ndjson")]:
                fault(where, f"a {kind} in the wrong file")
            seen.add(name)
            if bundled.get(name) != resource:
                fault(where, "not the resource of the bundle")
            check_values(resource, where)
            check_identity(resource, where)
            if given.no_dates and kind not in ("ResearchStudy", "PlanDefinition"):
                check_dates(resource, where)
            one = shape(resource)
            if one in shapes and not given.every:
                continue
            shapes.add(one)
            check_codes(definitions, resource, where)
            check_bindings(definitions, resource, kind, kind, where)
            check_structure(resource, where)
            check_message(resource, line, where)
    for name in sorted(set(bundled) - seen):
        fault("bundle.json", f"{name} is in no file of its kind")
    check_marks(bundled, set(given.synthetic))
    for line in faults[:50]:
        print(line)
    if not faults:
        print(f"{count} resources of {len(shapes)} shapes")
    return 1 if faults else 0


def check_marks(resources, synthetic):
    """The resources of made-up patients, and no others, are marked as test data."""
    patients = {
        name: resource["identifier"][0]["value"]
        for name, resource in resources.items()
        if resource.get("resourceType") == "Patient" and resource.get("identifier")
    }
    for name, resource in resources.items():
        owner = name if name in patients else next(
            (r["reference"] for r in references(resource) if r["reference"] in patients), None)
        if owner is None:
            continue
        expected = "all" in synthetic or patients[owner] in synthetic
        if is_marked(resource) != expected:
            fault(name, "is not marked as test data" if expected else "is marked as test data")


sys.exit(main())
