extension Answer {
    /// Makes one value of each row, from its columns in order: `answer.rows(Summary.init)`.
    public func rows<each Column: PostgresDecodable, Value>(
        _ make: (repeat each Column) throws -> Value
    ) throws -> [Value] {
        var values: [Value] = []
        values.reserveCapacity(count)
        try forEachRow { (columns: repeat each Column) in values.append(try make(repeat each columns)) }
        return values
    }

    /// Reads each row as a tuple: `answer.rows(as: (Int.self, String?.self))`.
    public func rows<each Column: PostgresDecodable>(
        as _: (repeat (each Column).Type)
    ) throws(PostgresError) -> [(repeat each Column)] {
        try checkColumns((repeat (each Column).self))
        var rows: [(repeat each Column)] = []
        rows.reserveCapacity(count)
        for row in 0..<count { rows.append(try decode(row: row)) }
        return rows
    }

    /// Goes through the rows without keeping them, and allocates nothing but what the columns' types need.
    public func forEachRow<each Column: PostgresDecodable>(_ body: (repeat each Column) throws -> Void) throws {
        try checkColumns((repeat (each Column).self))
        for row in 0..<count {
            let columns: (repeat each Column) = try decode(row: row)
            try body(repeat each columns)
        }
    }

    private func decode<each Column: PostgresDecodable>(row: Int) throws(PostgresError) -> (repeat each Column) {
        var column = 0
        return (repeat try next((each Column).self, row: row, column: &column))
    }

    private func next<Column: PostgresDecodable>(
        _: Column.Type, row: Int, column: inout Int
    ) throws(PostgresError) -> Column {
        defer { column += 1 }
        return try decode(Column.self, row: row, column: column)
    }

    private func checkColumns<each Column>(_: (repeat (each Column).Type)) throws(PostgresError) {
        var expected = 0
        for _ in repeat (each Column).self { expected += 1 }
        guard expected == columnCount else {
            throw PostgresError(.decoding, "the answer has \(columnCount) columns where \(expected) are expected")
        }
    }

    func checkExactlyOne() throws(PostgresError) {
        guard count == 1 else {
            throw PostgresError(.decoding, "the answer has \(count) rows where exactly one is expected")
        }
    }

    func checkAtMostOne() throws(PostgresError) {
        guard count <= 1 else {
            throw PostgresError(.decoding, "the answer has \(count) rows where at most one is expected")
        }
    }
}
