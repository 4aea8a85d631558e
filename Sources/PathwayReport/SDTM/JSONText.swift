/// JSON in the making, members in the order in which they are added.
struct JSONText {
    private(set) var bytes: [UInt8]

    init(_ text: String) { bytes = Array(text.utf8) }

    mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    mutating func add(_ name: String, _ value: String, first: Bool = false) {
        begin(name, first: first)
        JSONText.append(value, to: &bytes)
    }

    mutating func add(_ name: String, _ value: Int) {
        begin(name, first: false)
        append(String(value))
    }

    /// Begins a member that is an array or object.
    mutating func open(_ name: String, _ bracket: String) {
        begin(name, first: false)
        append(bracket)
    }

    private mutating func begin(_ name: String, first: Bool) {
        if !first { append(",") }
        JSONText.append(name, to: &bytes)
        append(":")
    }

    /// Writes a text in quotes, with what JSON does not allow in it escaped (RFC 8259, section 7).
    static func append(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(contentsOf: [UInt8(ascii: "\\"), byte])
            case 0..<0x20: bytes.append(contentsOf: "\\u00\(hexadecimal([byte]))".utf8)
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
