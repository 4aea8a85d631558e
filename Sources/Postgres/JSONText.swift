/// Text that is sent as `json`, which keeps it as it is written.
public struct JSON: Sendable, Hashable {
    /// The document; the server checks it.
    public let text: String

    /// Takes a document as text.
    public init(_ text: String) { self.text = text }
}

/// Text that is sent as `jsonb`, which keeps what it means: keys come back in another order, and without their spaces.
public struct JSONB: Sendable, Hashable {
    /// The document's bytes; the server checks them.
    public let utf8: [UInt8]

    /// The document as text.
    public var text: String { String(decoding: utf8, as: UTF8.self) }

    /// Takes a document as text.
    public init(_ text: String) { utf8 = Array(text.utf8) }

    /// Takes a document as bytes of UTF-8.
    public init(utf8: [UInt8]) { self.utf8 = utf8 }
}

extension PostgresEncodable where Self == JSON {
    /// Sends text as `json`: `\(.json(text))`.
    public static func json(_ text: String) -> JSON { JSON(text) }
}

extension PostgresEncodable where Self == JSONB {
    /// Sends text as `jsonb`: `\(.jsonb(text))`.
    public static func jsonb(_ text: String) -> JSONB { JSONB(text) }
}

extension JSON: PostgresCodable {
    /// `json`.
    public static var postgresType: PostgresType { .json }

    /// Writes the text.
    public func encode(into bytes: inout PostgresBytes) { bytes.append(utf8: text) }

    /// Reads `json`.
    public init?(postgres bytes: RawSpan, type: PostgresType) {
        guard type == .json, let text = String(postgres: bytes, type: type) else { return nil }
        self.text = text
    }
}

extension JSONB: PostgresCodable {
    /// `jsonb`.
    public static var postgresType: PostgresType { .jsonb }

    /// Writes the version of the format, 1, and the text.
    public func encode(into bytes: inout PostgresBytes) {
        bytes.append(1 as UInt8)
        bytes.append(bytes: utf8)
    }

    /// Reads `jsonb`.
    public init?(postgres bytes: RawSpan, type: PostgresType) {
        // One byte in front of the text is the version of the format: always 1 so far.
        guard type == .jsonb, bytes.byteCount > 0, bytes.unsafeLoad(as: UInt8.self) == 1 else { return nil }
        utf8 = bytes.extracting(droppingFirst: 1).withUnsafeBytes { [UInt8]($0) }
    }
}
