public import PathwayCore
internal import PathwayDocument
internal import Postgres

/// One version of a protocol as the log holds it.
public struct Edition: Sendable {
    /// The log's own number for it, on every event that was judged under it.
    public let number: Int
    /// The compiled protocol.
    public let treatment: TreatmentProtocol
    /// SHA-256 of the document, 32 bytes.
    public let digest: [UInt8]
    /// Who added it.
    public let addedBy: String
    /// When it was added.
    public let addedAt: Instant
}

/// The versions a log holds, compiled once.
public struct Editions: Sendable {
    /// All versions, in the order in which they were added.
    public let all: [Edition]

    static func load(_ connection: inout Connection) async throws -> Editions {
        let rows = try await connection.rows(
            "SELECT edition, document, digest, added_by, added_at FROM pathway.edition ORDER BY edition",
            as: (Int.self, String.self, [UInt8].self, String.self, PostgresTimestamp.self))
        return Editions(
            all: try rows.map { number, text, digest, by, at in
                guard let document = try? ProtocolDocument(trusted: text), document.digest == digest else {
                    throw LogError(.contradiction, "the protocol document of edition \(number) cannot be read back")
                }
                return Edition(
                    number: number, treatment: document.treatment, digest: digest, addedBy: by,
                    addedAt: Instant(microseconds: at.microsecondsSince1970))
            })
    }

    /// The version with the log's number.
    public func edition(_ number: Int) throws -> Edition {
        guard let edition = all.first(where: { $0.number == number }) else {
            throw LogError(.contradiction, "there is no edition \(number) of a protocol in the log")
        }
        return edition
    }

    /// The version that takes new patients: the one named, else the latest in effect on the day.
    public func edition(_ name: EditionName?, on day: Day) throws -> Edition {
        let names = Set(all.map(\.treatment.name))
        if name == nil, names.count > 1 {
            throw LogError(
                .protocolNotNamed, "the log holds several protocols",
                hint: "name one: \(names.sorted().joined(separator: ", "))")
        }
        let named = all.filter { edition in
            (name.map { $0.name == edition.treatment.name } ?? true)
                && (name?.version.map { $0 == edition.treatment.version } ?? true)
        }
        let inForce = named.filter { name?.version != nil || $0.treatment.effective <= day }
        guard let edition = inForce.max(by: { $0.treatment.version < $1.treatment.version }) else {
            let wanted =
                name.map { "protocol \"\($0.name)\"" + ($0.version.map { " version \($0)" } ?? "") } ?? "protocol"
            if let first = named.map(\.treatment.effective).min() {
                throw LogError(
                    .unknownProtocol, "no version of the \(wanted) is in effect on \(day); the first is from \(first)")
            }
            throw LogError(
                .unknownProtocol, "there is no \(wanted) in the log",
                hint: all.isEmpty
                    ? "add one with \"pathway protocol add\"" : "it holds \(names.sorted().joined(separator: ", "))")
        }
        return edition
    }
}
