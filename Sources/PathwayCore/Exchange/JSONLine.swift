/// Reads and writes one JSON object of plain values on one line.
///
/// A library would turn `0.1` into a binary fraction and take the last of two equal names; here a number keeps its digits,
/// a repeated name is a fault, and a million lines need no trees.
public enum JSONLine {
    /// Reads `{"name": "text", "other": 1.5}`; numbers and booleans keep their spelling, `null` counts as absent.
    public static func read(_ bytes: ArraySlice<UInt8>) throws(LineFault) -> [(name: String, value: String)] {
        var scanner = JSONScanner(bytes)
        return try scanner.object()
    }

    /// Appends a name with its value as JSON text, after a comma where one is needed.
    public static func append(_ name: String, _ value: String, to line: inout [UInt8]) {
        appendName(name, to: &line)
        appendString(value, to: &line)
    }

    /// Appends a name with a value that is already JSON, such as `true` or `12`.
    public static func append(_ name: String, literal value: String, to line: inout [UInt8]) {
        appendName(name, to: &line)
        line.append(contentsOf: value.utf8)
    }

    private static func appendName(_ name: String, to line: inout [UInt8]) {
        if let last = line.last, last != UInt8(ascii: "{") { line.append(UInt8(ascii: ",")) }
        appendString(name, to: &line)
        line.append(UInt8(ascii: ":"))
    }

    /// Appends a quoted and escaped string.
    public static func appendString(_ text: String, to line: inout [UInt8]) {
        line.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                line.append(UInt8(ascii: "\\"))
                line.append(byte)
            case 0x0A: line.append(contentsOf: "\\n".utf8)
            case 0x0D: line.append(contentsOf: "\\r".utf8)
            case 0x09: line.append(contentsOf: "\\t".utf8)
            case 0..<0x20:
                line.append(contentsOf: "\\u00".utf8)
                for digit in [byte >> 4, byte & 15] { line.append(digit < 10 ? 48 + digit : 87 + digit) }
            default: line.append(byte)
            }
        }
        line.append(UInt8(ascii: "\""))
    }
}

struct JSONScanner {
    private let bytes: ArraySlice<UInt8>
    private var index: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        index = bytes.startIndex
    }

    mutating func object() throws(LineFault) -> [(name: String, value: String)] {
        var entries: [(name: String, value: String)] = []
        entries.reserveCapacity(12)
        skipSpace()
        guard take(UInt8(ascii: "{")) else { throw fault("a line must be a JSON object") }
        skipSpace()
        if !take(UInt8(ascii: "}")) {
            repeat {
                skipSpace()
                let name = try string()
                skipSpace()
                guard take(UInt8(ascii: ":")) else { throw fault("\":\" expected") }
                skipSpace()
                if let value = try value() {
                    for entry in entries where entry.name == name {
                        throw LineFault("\"\(name)\" is given twice", quoting: name)
                    }
                    entries.append((name, value))
                }
                skipSpace()
            } while take(UInt8(ascii: ","))
            guard take(UInt8(ascii: "}")) else { throw fault("\",\" or \"}\" expected") }
        }
        skipSpace()
        guard index == bytes.endIndex else { throw fault("nothing may follow the object") }
        return entries
    }

    private mutating func value() throws(LineFault) -> String? {
        guard index < bytes.endIndex else { throw fault("a value expected") }
        switch bytes[index] {
        case UInt8(ascii: "\""): return try string()
        case UInt8(ascii: "{"), UInt8(ascii: "["): throw fault("a plain value expected, not a list or object")
        default: break
        }
        let start = index
        while index < bytes.endIndex, isPlain(bytes[index]) { index += 1 }
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        switch text {
        case "null": return nil
        case "true", "false": return text
        default:
            guard isNumber(bytes[start..<index]) else {
                index = start
                throw fault("a value expected")
            }
            return text
        }
    }

    private func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    // Exponents are left to the field, which refuses them: clinical values are written plainly.
    private func isNumber(_ bytes: ArraySlice<UInt8>) -> Bool {
        var rest = bytes
        func digits() -> Bool {
            let count = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }.count
            rest = rest.dropFirst(count)
            return count > 0
        }
        if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
        guard digits() else { return false }
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            guard digits() else { return false }
        }
        if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
            rest = rest.dropFirst()
            if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
            guard digits() else { return false }
        }
        return rest.isEmpty
    }

    private mutating func string() throws(LineFault) -> String {
        guard take(UInt8(ascii: "\"")) else { throw fault("a quoted name or text expected") }
        let start = index
        while index < bytes.endIndex, bytes[index] != UInt8(ascii: "\""), bytes[index] != UInt8(ascii: "\\"),
            bytes[index] >= 0x20
        { index += 1 }
        if index < bytes.endIndex, bytes[index] == UInt8(ascii: "\"") {
            let text = try decoded(bytes[start..<index], at: start)
            index += 1
            return text
        }
        return try escapedString(from: start)
    }

    private mutating func escapedString(from start: Int) throws(LineFault) -> String {
        var unescaped = Array(bytes[start..<index])
        while true {
            guard index < bytes.endIndex else { throw fault("the line ends inside a text") }
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "\""):
                index += 1
                return try decoded(unescaped[...], at: start)
            case UInt8(ascii: "\\"):
                index += 1
                try escape(into: &unescaped)
            case 0..<0x20: throw fault("a control character inside a text")
            default:
                unescaped.append(byte)
                index += 1
            }
        }
    }

    private mutating func escape(into text: inout [UInt8]) throws(LineFault) {
        guard index < bytes.endIndex else { throw fault("the line ends inside a text") }
        let byte = bytes[index]
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "u"):
            var code = try hexadecimal()
            if (0xD800..<0xDC00).contains(code) {
                guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else { throw fault("half of a surrogate pair") }
                let low = try hexadecimal()
                guard (0xDC00..<0xE000).contains(low) else { throw fault("half of a surrogate pair") }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code), code != 0 else { throw fault("no such character") }
            text.append(contentsOf: String(Character(scalar)).utf8)
        default:
            index -= 1
            throw fault("no such escape")
        }
    }

    private mutating func hexadecimal() throws(LineFault) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard index < bytes.endIndex, let digit = Character(Unicode.Scalar(bytes[index])).hexDigitValue else {
                throw fault("four hexadecimal digits expected")
            }
            code = code << 4 | UInt32(digit)
            index += 1
        }
        return code
    }

    private func decoded(_ bytes: ArraySlice<UInt8>, at start: Int) throws(LineFault) -> String {
        guard let text = String(utf8: bytes) else {
            throw LineFault("not UTF-8 (in the text at byte \(start - self.bytes.startIndex + 1) of the line)")
        }
        return text
    }

    private mutating func skipSpace() {
        while index < bytes.endIndex, bytes[index] == 0x20 || bytes[index] == 0x09 || bytes[index] == 0x0D {
            index += 1
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard index < bytes.endIndex, bytes[index] == byte else { return false }
        index += 1
        return true
    }

    private func fault(_ message: String) -> LineFault {
        LineFault("not JSON: \(message) at byte \(index - bytes.startIndex + 1) of the line")
    }
}
