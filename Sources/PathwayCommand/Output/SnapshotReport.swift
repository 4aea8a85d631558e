internal import PathwayCore
internal import PathwayLog

/// What a snapshot is, for people and programs.
struct SnapshotReport: Encodable {
    struct Version: Encodable {
        let version: Int
        let sha256: String
    }

    let name: String
    let `protocol`: String
    let versions: [Version]
    let population: String
    let through: String
    let asOf: String
    let size: Int
    let root: String
    let patients: Int
    let entries: Int
    let sha256: String
    let synthetic: Bool
    let takenBy: String
    let takenAt: String

    init(_ snapshot: Snapshot) {
        let cut = snapshot.cut
        name = cut.name
        `protocol` = cut.protocolName
        versions = cut.versions.map { Version(version: $0.version, sha256: $0.digest) }
        population = cut.population.text
        through = cut.through.description
        asOf = cut.asOf.description
        size = cut.size
        root = cut.root
        patients = cut.patients
        entries = cut.entries
        sha256 = cut.digest
        synthetic = cut.isSynthetic
        takenBy = snapshot.takenBy
        takenAt = snapshot.takenAt.description
    }

    var text: String {
        let versions = versions.map { "version \($0.version), SHA-256 \($0.sha256)" }.joined(separator: "; ")
        var text = """
            Snapshot \(name)
              protocol    \(`protocol`): \(versions)
              population  \(population): \(patients.of("patient"))\(synthetic ? ", synthetic" : "")
              cut         what happened by \(through)
              as of       \(asOf)
              head        \(size.of("sealed entry", "sealed entries")), root \(root)
              entries     \(entries), SHA-256 \(sha256)
              taken       by \(takenBy), \(takenAt)

            """
        if !text.hasSuffix("\n") { text += "\n" }
        return text.split(separator: "\n").map { Wrapped.line(String($0)) + "\n" }.joined()
    }

    static func table(_ reports: [SnapshotReport]) -> String {
        guard !reports.isEmpty else { return "no snapshots\n" }
        var table = TextTable(
            ["snapshot", "protocol", "population", "patients", "through", "as of", "taken by"], rightAligned: [3])
        for report in reports {
            table.add([
                report.name, report.protocol, report.population, String(report.patients), report.through, report.asOf,
                report.takenBy,
            ])
        }
        return table.text
    }
}

/// What differs between two snapshots.
struct DifferenceReport: Encodable {
    struct Patient: Encodable {
        let patient: String
        /// `appears`, `disappears` or `changes`.
        let how: String
        let added: [String]
        let removed: [String]
    }

    let first: String
    let second: String
    private(set) var same = 0
    private(set) var appeared = 0
    private(set) var disappeared = 0
    private(set) var changed = 0
    private(set) var patients: [Patient] = []
    /// How many differing patients are counted and not listed.
    private(set) var notListed = 0

    /// How many patients are listed: the counts go on behind it.
    private static let most = 10_000

    init(_ first: Cut, _ second: Cut) {
        self.first = first.name
        self.second = second.name
    }

    mutating func add(_ difference: SnapshotDifference) {
        switch difference.how {
        case .same:
            same += 1
            return
        case .appears: appeared += 1
        case .disappears: disappeared += 1
        case .changes: changed += 1
        }
        guard patients.count < DifferenceReport.most else {
            notListed += 1
            return
        }
        patients.append(
            Patient(
                patient: difference.patient.description, how: difference.how.rawValue,
                added: difference.added.map(\.words), removed: difference.removed.map(\.words)))
    }

    var text: String {
        var text =
            "\(first) → \(second): \(appeared) appear, \(disappeared) disappear, \(changed) change, \(same) are the same\n"
        for patient in patients {
            text += "\n\(patient.patient) \(patient.how)\n"
            for words in patient.removed { text += "  - \(words)\n" }
            for words in patient.added { text += "  + \(words)\n" }
        }
        if notListed > 0 { text += "\n… and \(notListed.of("more patient"))\n" }
        return text
    }
}

extension Milestone {
    /// A milestone in one line: what, when, and its facts.
    fileprivate var words: String {
        let facts = Field.allCases.compactMap { field in
            field.isIdentifying ? nil : self.facts[field].map { "\(field.rawValue)=\(field.text($0))" }
        }
        return ([on.description, kind.rawValue] + facts).joined(separator: " ")
    }
}
