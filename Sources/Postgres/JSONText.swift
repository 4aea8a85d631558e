/// Text that is sent as `json`, which keeps it as it is written.
public struct JSON: Sendable, Hashable {
    /// The document; the server checks it.
    public let text: String

    /// Takes a document as text.
    public init(_ text: String) { self.text = text }
}

/// Text that is sent as `jsonb`, which keeps what it means: keys come back in another order, and without their spaces.
public struct JSONB: Sendable, Hashable {
    /// The document; the server checks it.
    public let text: String

    /// Takes a document as text.
    public init(_ text: String) { self.text = text }
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
        bytes.append(utf8: text)
    }

    /// Reads `jsonb`.
    public init?(postgres bytes: RawSpan, type: PostgresType) {
        guard type == .jsonb, let text = String(postgres: bytes, type: type) else { return nil }
        self.text = text
    }
}
