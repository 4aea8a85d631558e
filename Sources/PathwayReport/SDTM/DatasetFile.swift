import PathwayCore

/// A dataset on its way into two files that say the same row for row: Dataset-JSON 1.1 and comma-separated values.
///
/// The standard puts the number of records, and the lengths of the variables, before the rows. So the rows wait in a file until the last one
/// is known; memory holds one number for each variable.
struct DatasetFile<Record> {
    private let dataset: Dataset<Record>
    private let columns: [DatasetColumn<Record>]
    private var table: TableFile
    private let file: ExportFile
    private let rows: SpoolFile
    private var lengths: [Int]
    private var records = 0
    private var line: [UInt8] = []

    /// Opens the files; an export of study days has no variables of dates.
    init(_ dataset: Dataset<Record>, _ context: ExportContext, in folder: ExportFolder) throws(ExportError) {
        self.dataset = dataset
        let showsDates = context.disguise.showsDates
        columns = dataset.columns.filter { showsDates || $0.kind != .date }
        let name = dataset.name.lowercased()
        table = try TableFile(
            "sdtm/\(name).csv", columns.map { Column($0.name, $0.label, $0.kind.inTables) }, in: folder)
        file = try folder.file("sdtm/\(name).json")
        rows = try folder.spool()
        lengths = Array(repeating: 0, count: columns.count)
    }

    /// Writes a row.
    mutating func add(_ record: Record) throws(ExportError) {
        let cells = columns.map { $0.value(record) }
        line.removeAll(keepingCapacity: true)
        line.append(contentsOf: (records == 0 ? "\n[" : ",\n[").utf8)
        for (index, cell) in cells.enumerated() {
            if index > 0 { line.append(UInt8(ascii: ",")) }
            switch cell {
            case .text(let text):
                JSONText.append(text, to: &line)
                lengths[index] = max(lengths[index], text.unicodeScalars.count)
            case .integer(let number): line.append(contentsOf: String(number).utf8)
            case nil: line.append(contentsOf: "null".utf8)
            }
        }
        line.append(UInt8(ascii: "]"))
        try rows.write(line)
        try table.add(cells.map { $0?.inTables })
        records += 1
    }

    /// Writes what stands before the rows, and the rows.
    mutating func finish(_ context: ExportContext) throws(ExportError) {
        try file.write(head(context))
        try rows.copy(to: file)
        try file.write("\n]}\n")
        file.rows = records
    }

    // The instant as of which the log was read stands for the file's creation: the same cut gives the same bytes.
    private func head(_ context: ExportContext) -> [UInt8] {
        let cut = context.cut
        var head = JSONText("{")
        head.add("datasetJSONCreationDateTime", cut.asOf.description, first: true)
        head.add("datasetJSONVersion", "1.1.0")
        head.add("fileOID", "pathway/\(cut.name)/\(cut.digest.prefix(16))/\(dataset.name.lowercased())")
        head.add("originator", cut.isSynthetic ? "pathway (synthetic patients)" : "pathway")
        head.add("studyOID", cut.studyIdentifier)
        head.add("metaDataVersionOID", "\(cut.protocolName).\(context.treatment.version)")
        head.add("itemGroupOID", "IG.\(dataset.name)")
        head.add("records", records)
        head.add("name", dataset.name)
        head.add("label", dataset.label)
        head.open("columns", "[")
        for (index, column) in columns.enumerated() {
            head.append(index == 0 ? "\n{" : ",\n{")
            head.add("itemOID", "IT.\(dataset.name).\(column.name)", first: true)
            head.add("name", column.name)
            head.add("label", column.label)
            head.add("dataType", column.kind.dataType)
            if column.kind == .decimal { head.add("targetDataType", "decimal") }
            if column.kind == .text || column.kind == .decimal, lengths[index] > 0 {
                head.add("length", lengths[index])
            }
            if let key = column.key { head.add("keySequence", key) }
            head.append("}")
        }
        head.append("\n]")
        head.open("rows", "[")
        return head.bytes
    }
}

extension Disguise {
    /// Whether dates are shown at all.
    var showsDates: Bool { if case .shifted = self { true } else { false } }
}

extension Cut {
    /// What the study is called in standard formats: the protocol's word in capitals.
    var studyIdentifier: String { protocolName.uppercased() }
}

extension DatasetColumn.Kind {
    fileprivate var dataType: String {
        switch self {
        case .text: "string"
        case .integer: "integer"
        case .decimal: "decimal"
        // A date may be known to the month or year only, and the standard's type takes those as well.
        case .date: "date"
        }
    }

    fileprivate var inTables: Column.Kind {
        switch self {
        case .text: .text
        case .integer: .integer
        case .decimal: .decimal
        case .date: .date
        }
    }
}

extension DatasetColumn.Cell {
    fileprivate var inTables: String {
        switch self {
        case .text(let text): text
        case .integer(let number): String(number)
        }
    }
}
