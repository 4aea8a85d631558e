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

/// A version whose document cannot be read: nothing can be judged by it, and everything else goes on.
public struct UnreadableEdition: Sendable, Hashable {
    /// The log's own number for it.
    public let number: Int
    /// The protocol that it says it is of.
    public let protocolName: String
    /// The version that it says it is.
    public let version: Int
    /// From when it says it is in effect.
    public let effective: Day
    /// Why it cannot be read.
    public let why: String

    var error: LogError {
        LogError(
            .contradiction, "the protocol document of edition \(number) cannot be read back: \(why)",
            hint: "what was judged by other editions is not affected")
    }
}

/// The versions a log holds, compiled once.
public struct Editions: Sendable {
    /// All versions that can be read, in the order in which they were added.
    public let all: [Edition]
    /// Those that cannot.
    public let unreadable: [UnreadableEdition]

    /// How many versions the log holds.
    var count: Int { all.count + unreadable.count }

    static func load(_ connection: inout Connection) async throws -> Editions {
        var all: [Edition] = []
        var unreadable: [UnreadableEdition] = []
        let rows = try await connection.rows(
            """
            SELECT edition, document, digest, added_by, added_at, protocol, version, effective
            FROM pathway.edition ORDER BY edition
            """,
            as: (
                Int.self, String.self, [UInt8].self, String.self, PostgresTimestamp.self, String.self, Int.self,
                PostgresDate.self
            ))
        for (number, text, digest, by, at, name, version, effective) in rows {
            func keep(_ why: String) {
                unreadable.append(
                    UnreadableEdition(
                        number: number, protocolName: name, version: version,
                        effective: Day(number: effective.daysSince1970), why: why))
            }
            do throws(DocumentFaults) {
                let document = try ProtocolDocument(trusted: text)
                guard document.digest == digest else {
                    keep("its digest is that of another")
                    continue
                }
                all.append(
                    Edition(
                        number: number, treatment: document.treatment, digest: digest, addedBy: by,
                        addedAt: Instant(microseconds: at.microsecondsSince1970)))
            } catch {
                keep(error.faults.first.map { "line \($0.line): \($0.message)" } ?? "it does not compile")
            }
        }
        return Editions(all: all, unreadable: unreadable)
    }

    /// The version with the log's number.
    public func edition(_ number: Int) throws -> Edition {
        if let edition = all.first(where: { $0.number == number }) { return edition }
        if let edition = unreadable.first(where: { $0.number == number }) { throw edition.error }
        throw LogError(.contradiction, "there is no edition \(number) of a protocol in the log")
    }

    /// The version that takes new patients: the one named, else the latest in effect on the day.
    public func edition(_ name: EditionName?, on day: Day) throws -> Edition {
        let names = Set(all.map(\.treatment.name))
        if name == nil, names.count > 1 {
            throw LogError(
                .protocolNotNamed, "the log holds several protocols",
                hint:
                    "name one with --protocol, in an import with the field \"protocol\": \(names.sorted().joined(separator: ", "))"
            )
        }
        try checkReadable(name, names, on: day)
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

    /// A version that cannot be read is not passed over for an older one: what it would judge fails.
    private func checkReadable(_ name: EditionName?, _ names: Set<String>, on day: Day) throws {
        let wanted = name.map { [$0.name] } ?? names
        let judging = unreadable.filter { edition in
            guard wanted.contains(edition.protocolName) else { return false }
            if let version = name?.version { return edition.version == version }
            return edition.effective <= day
                && all.allSatisfy {
                    $0.treatment.name != edition.protocolName || $0.treatment.effective > day
                        || $0.treatment.version < edition.version
                }
        }
        if let edition = judging.max(by: { $0.version < $1.version }) { throw edition.error }
    }
}
