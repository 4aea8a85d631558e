import CLibpq

/// What the server answered to one statement: its rows, or how many it touched.
///
/// `@unchecked Sendable`: an answer is never changed after it has arrived, and its memory is freed with its last owner.
public final class Answer: @unchecked Sendable {
    private let handle: OpaquePointer
    /// How many rows the answer has.
    public let count: Int
    /// How many columns each row has.
    public let columnCount: Int

    /// Takes over a result of libpq.
    init(_ handle: OpaquePointer) {
        self.handle = handle
        count = Int(PQntuples(handle))
        columnCount = Int(PQnfields(handle))
    }

    deinit { PQclear(handle) }

    var status: ExecStatusType { PQresultStatus(handle) }

    /// What the server says it did, such as `INSERT 0 3`.
    public var commandTag: String { String(cString: PQcmdStatus(handle)) }

    /// How many rows the statement inserted, changed, deleted, copied or returned; 0 for others.
    public var affectedRows: Int { Int(String(cString: PQcmdTuples(handle))) ?? 0 }

    /// The name of a column, counted from 0.
    public func name(column: Int) -> String {
        PQfname(handle, Int32(column)).map { String(cString: $0) } ?? ""
    }

    /// The type of a column, counted from 0.
    public func type(column: Int) -> PostgresType { PostgresType(oid: PQftype(handle, Int32(column))) }

    /// Whether a value is NULL; rows and columns are counted from 0.
    public func isNull(row: Int, column: Int) -> Bool {
        check(row: row, column: column)
        return PQgetisnull(handle, Int32(row), Int32(column)) == 1
    }

    /// Lends the bytes of a value in binary format, without copying them; NULL has none.
    public func withBytes<Result>(row: Int, column: Int, _ body: (RawSpan) throws -> Result) rethrows -> Result {
        try body(bytes(row: row, column: column).bytes)
    }

    /// Reads one value, or throws an error that names the column and what was expected, but never what it holds.
    public func decode<Value: PostgresDecodable>(
        _: Value.Type = Value.self, row: Int, column: Int
    ) throws(PostgresError) -> Value {
        if isNull(row: row, column: column) {
            if let null = Value.postgresNull { return null }
            throw PostgresError(
                .decoding, "column \"\(name(column: column))\" is NULL where a \(Value.self) is expected")
        }
        let type = type(column: column)
        if let value = Value(postgres: bytes(row: row, column: column).bytes, type: type) { return value }
        throw PostgresError(
            .decoding, "column \"\(name(column: column))\" of type \(type) does not hold a \(Value.self)"
        )
    }

    private func bytes(row: Int, column: Int) -> UnsafeRawBufferPointer {
        check(row: row, column: column)
        let start = PQgetvalue(handle, Int32(row), Int32(column))
        return UnsafeRawBufferPointer(start: start, count: Int(PQgetlength(handle, Int32(row), Int32(column))))
    }

    /// libpq prints a warning and goes on when it is asked for what is not there.
    private func check(row: Int, column: Int) {
        precondition(row >= 0 && row < count && column >= 0 && column < columnCount, "no such row or column")
    }

    func serverError() -> PostgresError {
        let message = errorField(handle, .message)
        guard let state = errorField(handle, .sqlState) else {
            let words = PQresultErrorMessage(handle).map { String(cString: $0) } ?? ""
            let line = words.split(whereSeparator: \.isNewline).joined(separator: " ")
            return PostgresError(.connection, line.isEmpty ? "the connection was lost" : line)
        }
        let words = message ?? "the server gave no message"
        var error = PostgresError(.server(SQLState(rawValue: state)), Self.withoutValues(words, state: state))
        error.detail = errorField(handle, .detail)
        // What was left out of the message is for the same eyes as the DETAIL.
        if error.message != words { error.detail = [words, error.detail].compactMap(\.self).joined(separator: "\n") }
        error.hint = errorField(handle, .hint)
        error.constraint = errorField(handle, .constraint)
        error.table = errorField(handle, .table)
        error.column = errorField(handle, .column)
        error.position = errorField(handle, .position).flatMap { Int($0) }
        return error
    }

    /// Messages of class 22 (data exception) quote the value that did not fit: `invalid input syntax for type date:
    /// "…"`.
    private static func withoutValues(_ message: String, state: String) -> String {
        guard state.hasPrefix("22"), let first = message.firstIndex(of: "\""), let last = message.lastIndex(of: "\""),
            first < last
        else { return message }
        return message[...first] + "…" + message[last...]
    }
}
