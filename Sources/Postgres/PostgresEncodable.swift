/// A value that can be sent to the server as a parameter, an element of an array or a field of a binary COPY.
///
/// An enum with raw values, or a wrapper that is `RawRepresentable`, conforms by saying so:
/// ```swift
/// enum Phase: String, PostgresCodable { case reinduction, transplant }
/// ```
public protocol PostgresEncodable: Sendable {
    /// The type that the server is told the value has.
    static var postgresType: PostgresType { get }

    /// Whether the value is sent as NULL; ``encode(into:)`` is not called then.
    var isPostgresNull: Bool { get }

    /// Writes the value in the binary format of ``postgresType``, without a length.
    func encode(into bytes: inout PostgresBytes)
}

/// A value that can be sent, received, and both of these in arrays.
public typealias PostgresCodable = PostgresArrayDecodable & PostgresArrayEncodable & PostgresDecodable
    & PostgresEncodable

extension PostgresEncodable {
    /// False: most values are values.
    @inlinable public var isPostgresNull: Bool { false }
}

extension PostgresEncodable where Self: RawRepresentable, RawValue: PostgresEncodable {
    /// The type of the raw value.
    @inlinable public static var postgresType: PostgresType { RawValue.postgresType }

    /// Writes the raw value.
    @inlinable public func encode(into bytes: inout PostgresBytes) { rawValue.encode(into: &bytes) }
}

extension Optional: PostgresEncodable where Wrapped: PostgresEncodable {
    /// The type of the value, which the server is told even for NULL.
    @inlinable public static var postgresType: PostgresType { Wrapped.postgresType }

    /// Whether there is no value.
    @inlinable public var isPostgresNull: Bool { self?.isPostgresNull ?? true }

    /// Writes the value, if there is one.
    @inlinable public func encode(into bytes: inout PostgresBytes) { self?.encode(into: &bytes) }
}

extension String: PostgresEncodable {
    /// `text`.
    @inlinable public static var postgresType: PostgresType { .text }

    /// Writes UTF-8. A NUL character is refused by the server: its `text` cannot hold one.
    @inlinable public func encode(into bytes: inout PostgresBytes) { bytes.append(utf8: self) }
}

extension Bool: PostgresEncodable {
    /// `boolean`.
    @inlinable public static var postgresType: PostgresType { .bool }

    /// Writes one byte.
    @inlinable public func encode(into bytes: inout PostgresBytes) { bytes.append(self ? 1 as UInt8 : 0) }
}

extension Int: PostgresEncodable {
    /// `bigint`.
    @inlinable public static var postgresType: PostgresType { .int8 }

    /// Writes eight bytes.
    @inlinable public func encode(into bytes: inout PostgresBytes) { bytes.append(Int64(self)) }
}

extension Int16: PostgresEncodable {
    /// `smallint`.
    @inlinable public static var postgresType: PostgresType { .int2 }

    /// Writes two bytes.
    @inlinable public func encode(into bytes: inout PostgresBytes) { bytes.append(self) }
}

extension Int32: PostgresEncodable {
    /// `integer`.
    @inlinable public static var postgresType: PostgresType { .int4 }

    /// Writes four bytes.
    @inlinable public func encode(into bytes: inout PostgresBytes) { bytes.append(self) }
}

extension Int64: PostgresEncodable {
    /// `bigint`.
    @inlinable public static var postgresType: PostgresType { .int8 }

    /// Writes eight bytes.
    @inlinable public func encode(into bytes: inout PostgresBytes) { bytes.append(self) }
}

extension Double: PostgresEncodable {
    /// `double precision`.
    @inlinable public static var postgresType: PostgresType { .float8 }

    /// Writes eight bytes.
    @inlinable public func encode(into bytes: inout PostgresBytes) { bytes.append(bitPattern) }
}
