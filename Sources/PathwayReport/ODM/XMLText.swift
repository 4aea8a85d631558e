/// XML in the making.
struct XMLText {
    private(set) var bytes: [UInt8] = []

    /// An attribute with its value; `nil` is left out.
    typealias Attribute = (name: String, value: String?)

    mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

    /// Begins an element.
    mutating func open(_ name: String, _ attributes: [Attribute] = []) {
        start(name, attributes)
        append(">\n")
    }

    /// Ends an element.
    mutating func close(_ name: String) { append("</\(name)>\n") }

    /// An element without content.
    mutating func empty(_ name: String, _ attributes: [Attribute] = []) {
        start(name, attributes)
        append("/>\n")
    }

    /// An element that holds a text alone.
    mutating func text(_ name: String, _ text: String, _ attributes: [Attribute] = []) {
        start(name, attributes)
        append(">")
        escape(text, inAttribute: false)
        append("</\(name)>\n")
    }

    /// Adds what is XML already.
    mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    private mutating func start(_ name: String, _ attributes: [Attribute]) {
        append("<\(name)")
        for (attribute, value) in attributes {
            guard let value else { continue }
            append(" \(attribute)=\"")
            escape(value, inAttribute: true)
            append("\"")
        }
    }

    /// Writes a text so that it is read as it was (XML 1.0, sections 2.2, 2.4 and 3.3.3).
    ///
    /// A reader makes spaces of line ends and tabs in an attribute, and line feeds of carriage returns everywhere, so those are written by
    /// number; characters that XML cannot hold at all become U+FFFD.
    private mutating func escape(_ text: String, inAttribute: Bool) {
        guard text.utf8.contains(where: XMLText.mayNeedEscape) else { return append(text) }
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": append("&amp;")
            case "<": append("&lt;")
            case ">": append("&gt;")
            case "\"" where inAttribute: append("&quot;")
            case "\r": append("&#13;")
            case "\n" where inAttribute: append("&#10;")
            case "\t" where inAttribute: append("&#9;")
            case "\n", "\t": bytes.append(UInt8(scalar.value))
            case "\u{0}"..<"\u{20}", "\u{FFFE}", "\u{FFFF}": append("\u{FFFD}")
            default: bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
        }
    }

    /// Most texts need nothing; U+FFFE and U+FFFF begin with the last byte named here.
    private static func mayNeedEscape(_ byte: UInt8) -> Bool {
        switch byte {
        case 0..<0x20, UInt8(ascii: "&"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\""), 0xEF: true
        default: false
        }
    }
}
