import DatabaseTesting
import Postgres
import Testing

/// What goes in comes out, by way of the server.
@Suite struct ValueTests {
    private func roundTrip<Value: PostgresCodable & Equatable>(_ values: [Value]) async throws {
        var connection = try await Connection.open(TestServer.conninfo())
        for value in values {
            let returned = try await connection.row("SELECT \(value)", as: Value.self)
            #expect(returned == value)
        }
        // Twice, since the second and third uses are prepared.
        let array = try await connection.row("SELECT \(values)", as: [Value].self)
        #expect(array == values)
        let optionals: [Value?] = [nil] + values.map { $0 } + [nil]
        #expect(try await connection.row("SELECT \(optionals)", as: [Value?].self) == optionals)
        let null: Value? = nil
        let returnedNull = try await connection.row("SELECT \(null)", as: Value?.self)
        #expect(returnedNull == null)
        let empty: [Value] = []
        #expect(try await connection.row("SELECT \(empty)", as: [Value].self) == [])
    }

    @Test func `text of every kind comes back as it was`() async throws {
        try await roundTrip([
            "", "O'Brien", "'; DROP TABLE patient; --", "\"quoted\", {braced}, NULL, \\", "NULL",
            "naïve 😀 \u{1F468}\u{200D}\u{2695}\u{FE0F}",
            "line\nline\ttab", String(repeating: "blinatumomab ", count: 100_000),
        ])
    }

    @Test func `whole numbers come back to their limits`() async throws {
        try await roundTrip([Int.min, -1, 0, 1, Int.max])
        try await roundTrip([Int16.min, -1, 0, 1, Int16.max])
        try await roundTrip([Int32.min, -1, 0, 1, Int32.max])
        try await roundTrip([Int64.min, -1, 0, 1, Int64.max])
    }

    @Test func `truth, doubles and identifiers come back`() async throws {
        try await roundTrip([true, false])
        try await roundTrip([0.1, -Double.infinity, Double.leastNonzeroMagnitude, Double.greatestFiniteMagnitude])
        try await roundTrip([UUIDBytes.random(), .random()])
    }

    @Test func `bytes come back, the empty ones too`() async throws {
        try await roundTrip([[], [0], [UInt8](0...255), [UInt8](repeating: 7, count: 3_000_000)])
    }

    @Test func `days and instants come back to the limits of the server`() async throws {
        let days: [Int32] = [PostgresDate.range.lowerBound, -1, 0, 10_957, PostgresDate.range.upperBound - 1]
        try await roundTrip(days.map(PostgresDate.init(daysSince1970:)))
        let instants: [Int64] = [PostgresTimestamp.earliest, -1, 0, 946_684_800_000_000, .max]
        try await roundTrip(instants.map(PostgresTimestamp.init(microsecondsSince1970:)))
    }

    @Test func `days and instants mean what the server means`() async throws {
        var connection = try await Connection.open(TestServer.conninfo())
        let day = PostgresDate(daysSince1970: 19_782)
        let instant = PostgresTimestamp(microsecondsSince1970: 1_709_209_845_123_456)
        let (dayText, instantText) = try await connection.row(
            "SELECT \(day)::text, (\(instant) AT TIME ZONE 'UTC')::text", as: (String.self, String.self))
        #expect(dayText == "2024-02-29")
        #expect(instantText == "2024-02-29 12:30:45.123456")
        let read = try await connection.row(
            "SELECT '2024-02-29'::date, '2024-02-29 13:30:45.123456+01'::timestamptz",
            as: (PostgresDate.self, PostgresTimestamp.self))
        #expect(read == (day, instant))
    }

    @Test func `infinity is neither a day nor an instant`() async throws {
        var connection = try await Connection.open(TestServer.conninfo())
        for query in ["SELECT 'infinity'::date", "SELECT '-infinity'::date"] as [Query] {
            let error = await #expect(throws: PostgresError.self) {
                try await connection.row(query, as: PostgresDate.self)
            }
            #expect(error?.code == .decoding)
        }
        for query in ["SELECT 'infinity'::timestamptz", "SELECT '-infinity'::timestamptz"] as [Query] {
            await #expect(throws: PostgresError.self) { try await connection.row(query, as: PostgresTimestamp.self) }
        }
    }

    @Test func `json keeps its text and jsonb its meaning`() async throws {
        var connection = try await Connection.open(TestServer.conninfo())
        let text = #"{"b": 1,  "a": ["x", null]}"#
        let returned = try await connection.row("SELECT \(.json(text)), \(.jsonb(text))", as: (JSON.self, JSONB.self))
        #expect(returned.0.text == text)
        #expect(returned.1.text == #"{"a": ["x", null], "b": 1}"#)
        let many = [JSONB("1"), JSONB("[]"), JSONB(#""q\"{}""#)]
        #expect(try await connection.row("SELECT \(many)", as: [JSONB].self) == many)
        #expect(try await connection.row("SELECT '{\"a\": 1}'::jsonb", as: String.self) == #"{"a": 1}"#)
    }

    @Test func `arrays feed a set-based statement`() async throws {
        var connection = try await Connection.open(TestServer.conninfo())
        let names: [String?] = ["a", nil, "c,\"d\""]
        let numbers: [Int32] = [1, 2, 3]
        let rows = try await connection.rows(
            "SELECT * FROM unnest(\(names), \(numbers)) AS given (name, number) ORDER BY number",
            as: (String?.self, Int32.self))
        #expect(rows.map(\.0) == names)
        #expect(rows.map(\.1) == numbers)
    }

    @Test func `text can be sent as a type of its own`() async throws {
        var connection = try await Connection.open(TestServer.conninfo())
        #expect(try await connection.row("SELECT extract(day FROM \("3 days", as: .interval))::int", as: Int.self) == 3)
        try await connection.script("CREATE TYPE pg_temp.arm AS ENUM ('blina', 'chemo')")
        #expect(try await connection.row("SELECT \("blina", as: .unknown)::pg_temp.arm", as: String.self) == "blina")
    }

    @Test func `an enum is its raw value, alone and in arrays`() async throws {
        var connection = try await Connection.open(TestServer.conninfo())
        #expect(try await connection.row("SELECT \(Arm.blina)", as: Arm.self) == .blina)
        #expect(try await connection.row("SELECT \([Arm.chemo, .blina])", as: [Arm].self) == [.chemo, .blina])
        let error = await #expect(throws: PostgresError.self) {
            try await connection.row("SELECT 'placebo' AS arm", as: Arm.self)
        }
        #expect(error?.description == "column \"arm\" of type text does not hold a Arm")
    }

    @Test func `a NUL character is refused, and the connection lives on`() async throws {
        var connection = try await Connection.open(TestServer.conninfo())
        let error = await #expect(throws: PostgresError.self) { try await connection.execute("SELECT \("a\0b")") }
        #expect(error?.sqlState == "22021")
        let other = await #expect(throws: PostgresError.self) {
            try await connection.execute("SELECT \("1\0", as: .unknown)")
        }
        #expect(other?.code == .misuse)
        #expect(try await connection.row("SELECT 1", as: Int.self) == 1)
    }

    @Test func `a UUID is its text in either case and nothing else`() {
        let uuid = UUIDBytes("0123ABCD-4567-4890-8bcd-ef0123456789")
        #expect(uuid?.description == "0123abcd-4567-4890-8bcd-ef0123456789")
        #expect(uuid.flatMap { UUIDBytes(bytes: $0.bytes) } == uuid)
        for wrong in [
            "", "0123abcd45674890abcdef0123456789", "0123abcd-4567-4890-8bcd-ef012345678",
            "+123abcd-4567-4890-8bcd-ef0123456789",
        ] {
            #expect(UUIDBytes(wrong) == nil, "\(wrong)")
        }
        #expect(UUIDBytes(bytes: [1, 2, 3]) == nil)
    }
}

enum Arm: String, PostgresCodable { case blina, chemo }
