internal import Crypto
internal import PathwayCore

/// The kinds of resources that are written; the raw value is FHIR's name and that of the Bulk Data file.
enum ResourceKind: String, CaseIterable {
    case researchStudy = "ResearchStudy"
    case planDefinition = "PlanDefinition"
    case patient = "Patient"
    case researchSubject = "ResearchSubject"
    case condition = "Condition"
    case observation = "Observation"
    case procedure = "Procedure"
    case medicationAdministration = "MedicationAdministration"
    case adverseEvent = "AdverseEvent"
}

/// A resource's kind with its identifier, which follows from what it is about: the same in every snapshot and every form.
struct ResourceName {
    let kind: ResourceKind
    /// A UUID in its usual spelling, which is a valid FHIR id.
    let identifier: String

    /// Names a resource by what tells it from all others of the protocol.
    init(_ kind: ResourceKind, _ parts: String...) {
        self.kind = kind
        identifier = uuid(of: ([kind.rawValue] + parts).joined(separator: "|"))
    }

    var uniqueName: String { "urn:uuid:\(identifier)" }
}

/// The UUID of a name, version 5 (RFC 9562, section 5.5): SHA-1 of a namespace and the name.
///
/// It hides nothing: whoever knows a study number can work out its UUIDs.
func uuid(of name: String) -> String {
    // The namespace of pathway's names, drawn once and kept.
    let namespace: [UInt8] = [
        0xB1, 0xD5, 0xE3, 0xA4, 0x6C, 0x1F, 0x4F, 0x0A, 0x9D, 0x7E, 0x52, 0xC8, 0xA9, 0x0E, 0x7F, 0x31,
    ]
    var bytes = Array(Insecure.SHA1.hash(data: namespace + Array(name.utf8)).prefix(16))
    bytes[6] = bytes[6] & 0x0F | 0x50
    bytes[8] = bytes[8] & 0x3F | 0x80
    return RequestID(high: number(bytes[..<8]), low: number(bytes[8...])).description
}

private func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
