/// A table of cBioPortal: columns divided by tabs, in UTF-8, without quoting.
///
/// Nothing can be escaped in it, so that tabs and line ends in a text become spaces; cBioPortal takes a quotation mark as a part of the value and warns, so that it becomes an apostrophe.
struct TabbedFile {
    private let file: ExportFile
    private let columns: Int

    init(_ name: String, columns: [String], heading: [[String]] = [], in folder: ExportFolder) throws(ExportError) {
        file = try folder.file("cbioportal/\(name)")
        self.columns = columns.count
        for line in heading {
            precondition(line.count == columns.count, "every column is described")
            try file.write("#" + line.map(TabbedFile.cell).joined(separator: "\t") + "\n")
        }
        try file.write(columns.joined(separator: "\t") + "\n")
        file.rows = 0
    }

    /// Writes a row; what is missing is an empty cell.
    func add(_ cells: [String?]) throws(ExportError) {
        precondition(cells.count == columns, "a row has as many cells as the table columns")
        try file.write(cells.map { $0.map(TabbedFile.cell) ?? "" }.joined(separator: "\t") + "\n")
        file.rows = (file.rows ?? 0) + 1
    }

    /// A text as it can stand in a cell.
    static func cell(_ text: String) -> String {
        var cell = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": cell.append("'")
            case _ where scalar.properties.generalCategory == .control: cell.append(" ")
            // Unicode's own line ends divide lines for some readers.
            case "\u{2028}", "\u{2029}": cell.append(" ")
            default: cell.append(scalar)
            }
        }
        return String(cell)
    }
}

/// A description file of cBioPortal: one `name: value` a line.
enum MetaFile {
    /// Writes it, whole.
    static func write(_ name: String, _ lines: [(String, String)], in folder: ExportFolder) throws(ExportError) {
        let file = try folder.file("cbioportal/\(name)")
        for (name, value) in lines { try file.write("\(name): \(TabbedFile.cell(value))\n") }
    }
}
