/// Rows of a composite type of the database, to be sent as one array.
///
/// The numbers of such types differ from database to database; ask for them with `'place'::regtype::oid` and `'place[]'::regtype::oid`.
/// ```swift
/// var rows = PostgresRows(of: place, columns: 2)
/// for visit in visits { rows.appendRow { row in row.append(visit.patient); row.append(visit.day) } }
/// try await connection.execute("SELECT keep(\(rows, as: placeArray))")
/// ```
public struct PostgresRows: Sendable {
    @usableFromInline var output = PostgresBytes()
    private let type: PostgresType
    private let columns: Int32
    @usableFromInline var written: Int32 = 0

    /// How many rows there are.
    public private(set) var count = 0

    /// Starts without rows.
    /// - Parameter columns: how many fields the type has.
    public init(of type: PostgresType, columns: Int) {
        self.type = type
        self.columns = Int32(columns)
    }

    /// Adds a row; `body` appends as many fields as the type has, each of the type's own types.
    public mutating func appendRow(_ body: (inout PostgresRows) -> Void) {
        let start = output.count
        output.append(0 as Int32)
        output.append(columns)
        written = 0
        body(&self)
        precondition(written == columns, "\(written) fields for a type of \(columns)")
        output.setLength(at: start)
        count += 1
    }

    /// Adds a field to the row that is being written.
    @inlinable public mutating func append<Value: PostgresEncodable>(_ value: borrowing Value) {
        written += 1
        output.append(Value.postgresType.oid)
        output.append(field: value)
    }

    func encode(into bytes: inout PostgresBytes) {
        guard count > 0 else {
            bytes.append(0 as Int32)
            bytes.append(0 as Int32)
            bytes.append(type.oid)
            return
        }
        bytes.append(1 as Int32)
        bytes.append(0 as Int32)
        bytes.append(type.oid)
        bytes.append(Int32(clamping: count))
        bytes.append(1 as Int32)
        bytes.append(bytes: output.storage)
    }
}
