/// A column of a table, as the data dictionary describes it.
public struct Column: Sendable, Hashable {
    /// What its cells hold; the raw value is its spelling in the dictionary.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case text, integer, decimal, flag, code, day, date, instant
    }

    /// Its name, in lower case with underscores.
    public let name: String
    /// What it says, in words.
    public let label: String
    /// What its cells hold.
    public let kind: Kind
    /// The unit of its numbers.
    public let unit: String
    /// The codes it can hold with their labels, in their order; empty for what is no code.
    public let codes: [Code]
    /// Where its meaning comes from: the log, unless the protocol or a standard says what it is.
    public let source: String

    /// A code with its label.
    public struct Code: Sendable, Hashable {
        /// As it stands in the cells.
        public let value: String
        /// What it means.
        public let label: String

        /// Makes a code.
        public init(_ value: String, _ label: String) {
            self.value = value
            self.label = label
        }
    }

    /// Makes a column.
    public init(
        _ name: String, _ label: String, _ kind: Kind, unit: String = "", codes: [Code] = [], source: String = "the log"
    ) {
        self.name = name
        self.label = label
        self.kind = kind
        self.unit = unit
        self.codes = codes
        self.source = source
    }
}

/// A table of an export as comma-separated values (RFC 4180, UTF-8, line feeds), a header first; a missing value is an empty cell.
public struct TableFile {
    /// Its columns.
    public let columns: [Column]
    private let file: ExportFile
    private var line: [UInt8] = []

    /// Opens the file and writes the header.
    public init(_ name: String, _ columns: [Column], in folder: ExportFolder) throws(ExportError) {
        self.columns = columns
        file = try folder.file(name)
        file.rows = 0
        try file.write(columns.map(\.name).joined(separator: ",") + "\n")
    }

    /// Writes a row.
    /// - Precondition: as many cells as columns.
    public mutating func add(_ cells: [String?]) throws(ExportError) {
        precondition(cells.count == columns.count, "a row has \(cells.count) cells for \(columns.count) columns")
        line.removeAll(keepingCapacity: true)
        for (index, cell) in cells.enumerated() {
            if index > 0 { line.append(UInt8(ascii: ",")) }
            if let cell { TableFile.append(cell, to: &line) }
        }
        line.append(UInt8(ascii: "\n"))
        try file.write(line)
        file.rows = (file.rows ?? 0) + 1
    }

    /// Quotes what needs it; an empty text is quoted, so that it is not a missing value.
    private static func append(_ text: String, to line: inout [UInt8]) {
        let needsQuotes =
            text.isEmpty
            || text.utf8.contains { [UInt8(ascii: ","), UInt8(ascii: "\""), 0x0A, 0x0D].contains($0) }
            || text.utf8.first == 0x20 || text.utf8.last == 0x20
        guard needsQuotes else { return line.append(contentsOf: text.utf8) }
        line.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\"") { line.append(byte) }
            line.append(byte)
        }
        line.append(UInt8(ascii: "\""))
    }
}
