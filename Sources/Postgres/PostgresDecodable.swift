/// A value that can be read from a column of an answer.
public protocol PostgresDecodable: Sendable {
    /// What NULL is read as: nil, unless NULL is a value of this type, as it is for optionals.
    static var postgresNull: Self? { get }

    /// Reads a value in the server's binary format, or nil if bytes of this type are no such value.
    ///
    /// The caller words the error, since it knows the column; it never quotes the bytes.
    init?(postgres bytes: RawSpan, type: PostgresType)
}

extension PostgresDecodable {
    /// Nil: most types have no value for NULL.
    public static var postgresNull: Self? { nil }
}

extension PostgresDecodable where Self: RawRepresentable, RawValue: PostgresDecodable {
    /// Reads the raw value, and is nil if no value has it.
    public init?(postgres bytes: RawSpan, type: PostgresType) {
        guard let raw = RawValue(postgres: bytes, type: type) else { return nil }
        self.init(rawValue: raw)
    }
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
    /// NULL is a value here.
    public static var postgresNull: Wrapped?? { .some(.none) }

    /// Reads the value that is there.
    public init?(postgres bytes: RawSpan, type: PostgresType) {
        guard let value = Wrapped(postgres: bytes, type: type) else { return nil }
        self = value
    }
}

extension String: PostgresDecodable {
    /// Reads the text types, `json` and `jsonb`, and the types of extensions whose binary format is text, as enums
    /// have.
    public init?(postgres bytes: RawSpan, type: PostgresType) {
        switch type.oid {
        case 18, 19, 25, 114, 705, 1042, 1043, 16384...:
            self.init(postgresUTF8: bytes)
        case PostgresType.jsonb.oid:
            // One byte in front of the text is the version of the format: always 1 so far.
            guard bytes.byteCount > 0, bytes.unsafeLoad(as: UInt8.self) == 1 else { return nil }
            self.init(postgresUTF8: bytes.extracting(droppingFirst: 1))
        default:
            return nil
        }
    }

    /// A NUL byte is never in the server's text: what has one is a composite or another format that is not text.
    init?(postgresUTF8 bytes: RawSpan) {
        let text: String? = bytes.withUnsafeBytes { bytes in
            // `String(validating:as:)` looks up types by name for each text, which takes several times as long as the text itself.
            let text = String(decoding: bytes, as: UTF8.self)
            return text.isMade(of: bytes) && !bytes.contains(0) ? text : nil
        }
        guard let text else { return nil }
        self = text
    }
}

extension String {
    /// Whether it is these bytes in UTF-8, with nothing repaired.
    func isMade(of bytes: UnsafeRawBufferPointer) -> Bool {
        utf8.withContiguousStorageIfAvailable { found in
            UnsafeRawBufferPointer(found).elementsEqual(bytes)
        } ?? utf8.elementsEqual(bytes)
    }
}

extension Bool: PostgresDecodable {
    /// Reads `boolean`.
    public init?(postgres bytes: RawSpan, type: PostgresType) {
        guard type == .bool, let byte = bytes.bigEndian(UInt8.self) else { return nil }
        self = byte != 0
    }
}

extension FixedWidthInteger {
    /// Every integer type of the server reads into every one of ours that can hold the value.
    init?(postgresInteger bytes: RawSpan, type: PostgresType) {
        let value: Int64?
        switch type {
        case .int8: value = bytes.bigEndian(Int64.self)
        case .int4: value = bytes.bigEndian(Int32.self).map(Int64.init)
        case .int2: value = bytes.bigEndian(Int16.self).map(Int64.init)
        case .objectIdentifier: value = bytes.bigEndian(UInt32.self).map(Int64.init)
        case .xid8: value = bytes.bigEndian(UInt64.self).flatMap(Int64.init(exactly:))
        default: value = nil
        }
        guard let value else { return nil }
        self.init(exactly: value)
    }
}

extension Int: PostgresDecodable {
    /// Reads any integer type, `oid` and `xid8`.
    public init?(postgres bytes: RawSpan, type: PostgresType) { self.init(postgresInteger: bytes, type: type) }
}

extension Int16: PostgresDecodable {
    /// Reads any integer type whose value fits.
    public init?(postgres bytes: RawSpan, type: PostgresType) { self.init(postgresInteger: bytes, type: type) }
}

extension Int32: PostgresDecodable {
    /// Reads any integer type whose value fits.
    public init?(postgres bytes: RawSpan, type: PostgresType) { self.init(postgresInteger: bytes, type: type) }
}

extension Int64: PostgresDecodable {
    /// Reads any integer type, `oid` and `xid8`.
    public init?(postgres bytes: RawSpan, type: PostgresType) { self.init(postgresInteger: bytes, type: type) }
}

extension Double: PostgresDecodable {
    /// Reads `double precision` and `real`. `numeric` is exact and is not read as this: cast it where that is meant.
    public init?(postgres bytes: RawSpan, type: PostgresType) {
        switch type {
        case .float8:
            guard let bits = bytes.bigEndian(UInt64.self) else { return nil }
            self.init(bitPattern: bits)
        case .float4:
            guard let bits = bytes.bigEndian(UInt32.self) else { return nil }
            self.init(Float(bitPattern: bits))
        default:
            return nil
        }
    }
}

extension RawSpan {
    /// The integer that fills these bytes, or nil if it does not fill them.
    func bigEndian<Integer: FixedWidthInteger & BitwiseCopyable>(_: Integer.Type) -> Integer? {
        guard byteCount == MemoryLayout<Integer>.size else { return nil }
        return Integer(bigEndian: unsafeLoadUnaligned(as: Integer.self))
    }

    /// The integer at an offset, or nil if it would reach past the end.
    func bigEndian<Integer: FixedWidthInteger & BitwiseCopyable>(_: Integer.Type, at offset: Int) -> Integer? {
        guard offset >= 0, offset + MemoryLayout<Integer>.size <= byteCount else { return nil }
        return Integer(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: Integer.self))
    }
}
