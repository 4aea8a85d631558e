internal import PathwayCore

/// The statistician's tables as comma-separated values, with a data dictionary and loaders for R and Python.
///
/// Every table has one row for what its name says; `id` is the study number everywhere. Days count from the enrolment, which is day 0; where dates may be
/// shown, a column `…_date` stands beside each.
public struct CSVFormat: SnapshotFormat {
    /// Its spelling.
    public static let word = "csv"

    private let context: ExportContext
    private let folder: ExportFolder
    private var tables: [SubjectTable: TableFile] = [:]
    private var consort: ConsortCount

    /// Opens the tables.
    public init(_ context: ExportContext, in folder: ExportFolder) throws {
        self.context = context
        self.folder = folder
        consort = ConsortCount(context.treatment)
        for table in SubjectTable.allCases {
            tables[table] = try TableFile("csv/\(table.rawValue).csv", table.columns(context), in: folder)
        }
    }

    /// Writes a subject's rows.
    public mutating func add(_ subject: Subject) throws {
        consort.count(subject)
        for table in SubjectTable.allCases {
            for row in table.rows(of: subject, context) { try tables[table]?.add(row) }
        }
    }

    /// Writes the counts, the dictionary and the loaders.
    public mutating func finish() throws {
        var counts = try TableFile("csv/consort.csv", ConsortCount.columns, in: folder)
        for row in consort.rows { try counts.add(row) }
        try writeDictionary()
        try folder.file("csv/load.R").write(Loader.r(allTables))
        try folder.file("csv/load.py").write(Loader.python(allTables))
    }

    private var allTables: [(name: String, columns: [Column])] {
        SubjectTable.allCases.map { ($0.rawValue, $0.columns(context)) } + [("consort", ConsortCount.columns)]
    }

    private func writeDictionary() throws {
        var dictionary = try TableFile("csv/dictionary.csv", Column.dictionary, in: folder)
        for table in allTables {
            for column in table.columns {
                try dictionary.add(column.described(in: table.name))
            }
        }
    }
}

extension Column {
    /// Its row in a data dictionary.
    func described(in table: String) -> [String?] {
        [
            table, name, label, kind.rawValue, unit.isEmpty ? nil : unit,
            codes.isEmpty ? nil : codes.map { "\($0.value) = \($0.label)" }.joined(separator: "; "),
            source,
        ]
    }

    /// The columns of a data dictionary.
    static let dictionary = [
        Column("table", "The table, a file of that name", .text), Column("name", "The column", .text),
        Column("label", "What it says", .text), Column("type", "What its cells hold", .text),
        Column("unit", "The unit of its numbers", .text),
        Column("codes", "The codes that it can hold, with labels", .text),
        Column("source", "Where its meaning comes from", .text),
    ]
}
