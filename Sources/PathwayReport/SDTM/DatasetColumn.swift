/// A variable of a dataset, with where its value comes from.
struct DatasetColumn<Record>: Sendable {
    /// What its cells hold.
    enum Kind: Sendable {
        case text
        case integer
        /// An exact decimal: exchanged as a text, so that nothing rounds it.
        case decimal
        /// A date in ISO 8601, which an export of study days leaves out.
        case date
    }

    /// A value.
    enum Cell: Sendable, Hashable {
        case text(String)
        case integer(Int)
    }

    let name: String
    let label: String
    let kind: Kind
    /// Its place in the dataset's key, from 1.
    let key: Int?
    let value: @Sendable (Record) -> Cell?

    static func text(
        _ name: String, _ label: String, key: Int? = nil, _ value: @escaping @Sendable (Record) -> String?
    ) -> Self {
        Self(name: name, label: label, kind: .text, key: key) { value($0).map { .text($0) } }
    }

    static func integer(
        _ name: String, _ label: String, key: Int? = nil, _ value: @escaping @Sendable (Record) -> Int?
    ) -> Self {
        Self(name: name, label: label, kind: .integer, key: key) { value($0).map { .integer($0) } }
    }

    static func decimal(_ name: String, _ label: String, _ value: @escaping @Sendable (Record) -> String?) -> Self {
        Self(name: name, label: label, kind: .decimal, key: nil) { value($0).map { .text($0) } }
    }

    /// Variables that the guide expects and nobody recorded: they are there, and null.
    static func unrecorded(_ variables: KeyValuePairs<String, String>) -> [Self] {
        // Of the dictionary's variables those called codes are numbers.
        variables.map { name, label in
            name.hasSuffix("CD") ? integer(name, label) { _ in nil } : text(name, label) { _ in nil }
        }
    }

    static func date(_ name: String, _ label: String, _ value: @escaping @Sendable (Record) -> String?) -> Self {
        Self(name: name, label: label, kind: .date, key: nil) { value($0).map { .text($0) } }
    }
}

/// A dataset of the tabulation model: its two-letter code, its label and its variables in the guide's order.
struct Dataset<Record>: Sendable {
    let name: String
    let label: String
    let columns: [DatasetColumn<Record>]

    init(_ name: String, _ label: String, _ columns: [DatasetColumn<Record>]) {
        self.name = name
        self.label = label
        self.columns = columns
    }
}

/// A row about one subject.
protocol SubjectRecord: SendableMetatype {
    var frame: SubjectFrame { get }
    /// Which of the subject's rows it is, from 1.
    var sequence: Int { get }
}

extension Dataset where Record: SubjectRecord {
    /// A dataset with one row or more for each subject, numbered by --SEQ.
    static func ofSubjects(_ name: String, _ label: String, _ columns: [DatasetColumn<Record>]) -> Self {
        Dataset(
            name, label,
            [
                .text("STUDYID", "Study Identifier", key: 1) { $0.frame.study },
                .text("DOMAIN", "Domain Abbreviation") { _ in name },
                .text("USUBJID", "Unique Subject Identifier", key: 2) { $0.frame.identifier },
                .integer("\(name)SEQ", "Sequence Number", key: 3) { $0.sequence },
            ] + columns)
    }
}

/// A row about the study.
protocol StudyRecord: SendableMetatype {
    var study: String { get }
}

extension Dataset where Record: StudyRecord {
    /// A dataset about the study's design.
    static func ofStudy(_ name: String, _ label: String, _ columns: [DatasetColumn<Record>]) -> Self {
        Dataset(
            name, label,
            [
                .text("STUDYID", "Study Identifier", key: 1) { $0.study },
                .text("DOMAIN", "Domain Abbreviation") { _ in name },
            ] + columns)
    }
}
