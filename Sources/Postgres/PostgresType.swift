/// A type of the server, known by its object identifier.
///
/// The identifiers of built-in types are fixed; those of types made with CREATE TYPE differ from database to database.
public struct PostgresType: Sendable, Hashable {
    /// The number that the server gives to the type.
    public let oid: UInt32

    /// Names a type by the server's number for it.
    @inlinable public init(oid: UInt32) { self.oid = oid }

    /// Lets the server infer the type from the statement, as it does for a quoted literal.
    public static let unknown = PostgresType(oid: 0)
    /// `boolean`.
    public static let bool = PostgresType(oid: 16)
    /// `bytea`.
    public static let bytea = PostgresType(oid: 17)
    /// `bigint`.
    public static let int8 = PostgresType(oid: 20)
    /// `smallint`.
    public static let int2 = PostgresType(oid: 21)
    /// `integer`.
    public static let int4 = PostgresType(oid: 23)
    /// `text`.
    public static let text = PostgresType(oid: 25)
    /// `oid`.
    public static let objectIdentifier = PostgresType(oid: 26)
    /// `json`.
    public static let json = PostgresType(oid: 114)
    /// `real`.
    public static let float4 = PostgresType(oid: 700)
    /// `double precision`.
    public static let float8 = PostgresType(oid: 701)
    /// `date`.
    public static let date = PostgresType(oid: 1082)
    /// `timestamp` without time zone.
    public static let timestamp = PostgresType(oid: 1114)
    /// `timestamp with time zone`.
    public static let timestamptz = PostgresType(oid: 1184)
    /// `interval`.
    public static let interval = PostgresType(oid: 1186)
    /// `numeric`.
    public static let numeric = PostgresType(oid: 1700)
    /// `uuid`.
    public static let uuid = PostgresType(oid: 2950)
    /// `jsonb`.
    public static let jsonb = PostgresType(oid: 3802)
    /// `xid8`, a transaction's identifier that does not wrap.
    public static let xid8 = PostgresType(oid: 5069)
}

extension PostgresType {
    /// One line per built-in type: its number, the number of its array type, its name.
    private static let builtin: [(oid: UInt32, array: UInt32, name: String)] = [
        (16, 1000, "boolean"), (17, 1001, "bytea"), (19, 1003, "name"), (20, 1016, "bigint"), (21, 1005, "smallint"),
        (23, 1007, "integer"), (25, 1009, "text"), (26, 1028, "oid"), (28, 1011, "xid"), (114, 199, "json"),
        (700, 1021, "real"), (701, 1022, "double precision"), (1042, 1014, "character"), (1043, 1015, "varchar"),
        (1082, 1182, "date"), (1114, 1115, "timestamp"), (1184, 1185, "timestamptz"), (1186, 1187, "interval"),
        (1700, 1231, "numeric"), (2950, 2951, "uuid"), (3802, 3807, "jsonb"), (5069, 271, "xid8"),
    ]

    /// The type of arrays of this type, if it is a built-in one.
    public var array: PostgresType? {
        Self.builtin.first { $0.oid == oid }.map { PostgresType(oid: $0.array) }
    }
}

extension PostgresType: CustomStringConvertible {
    /// The type's name in SQL, or its number if it is not a built-in one.
    public var description: String {
        if let type = Self.builtin.first(where: { $0.oid == oid }) { return type.name }
        if let type = Self.builtin.first(where: { $0.array == oid }) { return type.name + "[]" }
        return "type \(oid)"
    }
}
