/// Reads one record of comma-separated values, quoted as in RFC 4180.
public enum CSVRecord {
    /// The cells of a record; a quoted cell may hold commas, doubled quotes and line breaks.
    public static func read(_ bytes: ArraySlice<UInt8>) throws(LineFault) -> [String] {
        var cells: [String] = []
        var index = bytes.startIndex
        while true {
            var cell: [UInt8] = []
            if index < bytes.endIndex, bytes[index] == UInt8(ascii: "\"") {
                index += 1
                while true {
                    guard index < bytes.endIndex else { throw LineFault("a quoted cell has no closing quote") }
                    if bytes[index] == UInt8(ascii: "\"") {
                        index += 1
                        guard index < bytes.endIndex, bytes[index] == UInt8(ascii: "\"") else { break }
                    }
                    cell.append(bytes[index])
                    index += 1
                }
                guard index == bytes.endIndex || bytes[index] == UInt8(ascii: ",") else {
                    throw LineFault("something follows the closing quote of cell \(cells.count + 1)")
                }
            } else {
                let start = index
                while index < bytes.endIndex, bytes[index] != UInt8(ascii: ",") { index += 1 }
                cell = Array(bytes[start..<index])
                if cell.contains(UInt8(ascii: "\"")) { throw LineFault("a quote inside cell \(cells.count + 1)") }
            }
            guard let text = String(utf8: cell[...]) else {
                throw LineFault("not UTF-8 (in cell \(cells.count + 1))")
            }
            cells.append(text)
            guard index < bytes.endIndex else { return cells }
            index += 1
        }
    }

    /// Whether a quoted cell is still open at the end of these bytes, so that the record goes on in the next line.
    ///
    /// Only a quote at the start of a cell opens it: one inside is a fault of its own line.
    /// - Parameter continued: whether a quoted cell was open before these bytes.
    public static func isOpen(_ bytes: ArraySlice<UInt8>, continued: Bool = false) -> Bool {
        var isQuoted = continued
        var isStart = !continued
        for byte in bytes {
            if byte == UInt8(ascii: "\""), isQuoted || isStart { isQuoted.toggle() }
            // A doubled quote closes the cell and opens it again.
            isStart = !isQuoted && (byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\""))
        }
        return isQuoted
    }
}
