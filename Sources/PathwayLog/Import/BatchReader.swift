internal import PathwayCore

/// Reads the lines of a file in batches, each in the parts that are taken in together.
struct BatchReader {
    /// How many lines go into one transaction.
    private static let lines = 4_000
    /// How many bytes of a file at most, but for its last line: lines can be long.
    private static let bytes = 4 << 20
    /// How many lines of a correction are held together beyond that.
    private static let correction = 1_000

    private let format: Importer.Format
    private var columns: [String]?
    /// The line that was read one too far.
    private var kept: ImportLine?

    init(_ format: Importer.Format) { self.format = format }

    /// The next batch; empty at the end of the file.
    /// - Throws: ``LineFault`` if the columns are not those of milestones, ``FileFault`` if the file cannot be read.
    mutating func next(_ reader: inout LineReader) throws -> [ImportPart] {
        var parts: [ImportPart] = []
        var count = 0
        let start = reader.bytesRead
        while let line = try kept ?? nextLine(&reader) {
            let isFull = count >= BatchReader.lines || reader.bytesRead - start >= BatchReader.bytes
            if isFull, let part = parts.last, !BatchReader.holds(part, to: line) {
                kept = line
                return parts
            }
            kept = nil
            count += 1
            if let last = parts.indices.last, parts[last].takes(line) {
                parts[last].append(line)
            } else {
                parts.append(ImportPart(line))
            }
        }
        return parts
    }

    /// Whether a line goes into a batch that is full: a correction is not torn from what it states anew. One that is refused for what cannot
    /// be read of it need not be held together, and what follows waits.
    private static func holds(_ part: ImportPart, to line: ImportLine) -> Bool {
        part.isRestated(by: line) && part.unreadable == nil && part.lines.count <= correction
    }

    /// The next line that says something; `nil` at the end of the file.
    private mutating func nextLine(_ reader: inout LineReader) throws -> ImportLine? {
        while let next = try reader.next() {
            switch next {
            case .tooLong:
                let fault = LineFault("the line is longer than \(LineReader.longest >> 20) MiB")
                return ImportLine(
                    number: reader.lineNumber, bytes: [], patient: nil, content: .fault(fault))
            case .text(let bytes, let isWhole):
                if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { continue }
                if let line = try line(bytes, isWhole, &reader) { return line }
            }
        }
        return nil
    }

    /// A line with something in it; `nil` if it is that of the names.
    private mutating func line(
        _ bytes: ArraySlice<UInt8>, _ isWhole: Bool, _ reader: inout LineReader
    ) throws -> ImportLine? {
        let number = reader.lineNumber
        var bytes = bytes
        let entries: [(name: String, value: String)]?
        do throws(LineFault) { entries = try self.entries(&bytes, &reader) } catch {
            return ImportLine(
                number: number, bytes: bytes, patient: nil,
                content: .fault(isWhole ? error : error.ofCutOffLine))
        }
        guard let entries else {
            if let columns, let fault = LineFault.inColumns(columns) { throw fault }
            return nil
        }
        let patient = entries.first { $0.name == LineKey.patient.rawValue }.flatMap { PatientID($0.value) }
        return ImportLine(number: number, bytes: bytes, patient: patient, content: ImportLine.Content(entries))
    }

    /// The named values of a line, which in a table can go on over the next lines; `nil` if it gave the names themselves.
    private mutating func entries(
        _ bytes: inout ArraySlice<UInt8>, _ reader: inout LineReader
    ) throws(LineFault) -> [(name: String, value: String)]? {
        switch format {
        case .ndjson: return try JSONLine.read(bytes)
        case .csv:
            var isOpen = CSVRecord.isOpen(bytes)
            while isOpen, bytes.count < LineReader.longest {
                guard case .text(let more, _)? = try? reader.next() else { break }
                bytes.append(0x0A)
                bytes.append(contentsOf: more)
                isOpen = CSVRecord.isOpen(more, continued: true)
            }
            let cells = try CSVRecord.read(bytes)
            guard let columns else {
                self.columns = cells
                return nil
            }
            guard cells.count == columns.count else {
                throw LineFault("\(cells.count) cells, and the first line names \(columns.count) columns")
            }
            return zip(columns, cells).map { ($0, $1) }
        }
    }
}
