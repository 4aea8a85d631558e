extension Connection {
    /// Runs a query and makes one value of each row, from its columns in order: `connection.rows(query, Summary.init)`.
    public mutating func rows<each Column: PostgresDecodable, Value>(
        _ query: Query, _ make: (repeat each Column) throws -> Value
    ) async throws -> [Value] {
        try await answering(query) { answer in try answer.rows(make) }
    }

    /// Runs a query and reads each row as a tuple: `connection.rows(query, as: (Int.self, String?.self))`.
    public mutating func rows<each Column: PostgresDecodable>(
        _ query: Query, as types: (repeat (each Column).Type)
    ) async throws -> [(repeat each Column)] {
        try await answering(query) { answer in try answer.rows(as: (repeat each types)) }
    }

    /// Runs a query that has exactly one row, and makes a value of it; another number of rows is an error.
    public mutating func row<each Column: PostgresDecodable, Value>(
        _ query: Query, _ make: (repeat each Column) throws -> Value
    ) async throws -> Value {
        try await answering(query) { answer in
            try answer.checkExactlyOne()
            return try answer.rows(make)[0]
        }
    }

    /// Runs a query that has exactly one row, and reads it as a tuple; another number of rows is an error.
    public mutating func row<each Column: PostgresDecodable>(
        _ query: Query, as types: (repeat (each Column).Type)
    ) async throws -> (repeat each Column) {
        try await answering(query) { answer in
            try answer.checkExactlyOne()
            return try answer.rows(as: (repeat each types))[0]
        }
    }

    /// Runs a query that has one row or none, and makes a value of the row; more rows are an error.
    public mutating func optionalRow<each Column: PostgresDecodable, Value>(
        _ query: Query, _ make: (repeat each Column) throws -> Value
    ) async throws -> Value? {
        try await answering(query) { answer in
            try answer.checkAtMostOne()
            return try answer.rows(make).first
        }
    }

    /// Runs a query that has one row or none, and reads the row as a tuple; more rows are an error.
    public mutating func optionalRow<each Column: PostgresDecodable>(
        _ query: Query, as types: (repeat (each Column).Type)
    ) async throws -> (repeat each Column)? {
        try await answering(query) { answer in
            try answer.checkAtMostOne()
            return try answer.rows(as: (repeat each types)).first
        }
    }

    /// Errors of decoding learn here which statement they are about.
    private mutating func answering<Value>(
        _ query: Query, _ read: (Answer) throws -> Value
    ) async throws -> Value {
        let answer = try await self.query(query)
        do {
            return try read(answer)
        } catch let error as PostgresError {
            throw error.about(query.sql)
        }
    }
}

// One column needs forms of its own: the compiler does not look through a tuple of one to find `.chemotherapy` in
// `row(query, as: Arm.self) == .chemotherapy`.
extension Connection {
    /// Runs a query of one column and reads its values.
    public mutating func rows<Value: PostgresDecodable>(_ query: Query, as _: Value.Type) async throws -> [Value] {
        try await rows(query) { (value: Value) in value }
    }

    /// Runs a query that has exactly one row of one column, and reads its value; another number of rows is an error.
    public mutating func row<Value: PostgresDecodable>(_ query: Query, as _: Value.Type) async throws -> Value {
        try await row(query) { (value: Value) in value }
    }

    /// Runs a query that has one row of one column or none, and reads the value; more rows are an error.
    public mutating func optionalRow<Value: PostgresDecodable>(
        _ query: Query, as _: Value.Type
    ) async throws -> Value? {
        try await optionalRow(query) { (value: Value) in value }
    }
}
