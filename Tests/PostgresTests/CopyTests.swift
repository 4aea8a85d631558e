import DatabaseTesting
import Postgres
import Testing

private struct Refusal: Error {}

@Suite(.timeLimit(.minutes(10))) struct CopyTests {
    private func connectionWithTable() async throws -> Connection {
        var connection = try await Connection.open(TestServer.conninfo())
        try await connection.script("CREATE TEMP TABLE t (n int PRIMARY KEY, name text)")
        return connection
    }

    @Test func `text goes in and comes out as it is`() async throws {
        var connection = try await connectionWithTable()
        let copied = try await connection.copyIn("COPY t FROM STDIN (FORMAT csv)") { writer in
            try await writer.write("1,one\n2,\"two, ")
            try await writer.write("\"\"quoted\"\"\"\n3,\n")
        }
        #expect(copied == 3)
        var text = ""
        let read = try await connection.copyOut("COPY (SELECT * FROM t ORDER BY n) TO STDOUT (FORMAT csv)") { chunk in
            text += String(decoding: chunk, as: UTF8.self)
        }
        #expect(read == 3)
        #expect(text == "1,one\n2,\"two, \"\"quoted\"\"\"\n3,\n")
    }

    @Test func `every type goes in and comes out in binary`() async throws {
        var connection = try await Connection.open(TestServer.conninfo())
        try await connection.script(
            """
            CREATE TEMP TABLE wide (a smallint, b int, c bigint, d text, e bytea, f date, g timestamptz, h uuid, i jsonb,
              j boolean, k double precision, l text[], m int[])
            """)
        let uuid = UUIDBytes.random()
        let day = PostgresDate(daysSince1970: 12_345)
        let instant = PostgresTimestamp(microsecondsSince1970: 1_234_567_890_123_456)
        try await connection.copyIn("COPY wide FROM STDIN (FORMAT binary)") { writer in
            var rows = BinaryCopyBuffer(columns: 13)
            rows.append(
                row: 1 as Int16, 2 as Int32, 3 as Int64, "four", [5] as [UInt8], day, instant, uuid,
                .jsonb("{}") as JSONB, true, 0.5,
                ["a", nil] as [String?], [1, 2] as [Int32])
            rows.appendRow()
            for _ in 1...13 { rows.appendNull() }
            try await writer.finish(&rows)
        }
        let found = try await connection.row(
            "SELECT a, b, c, d, e, f, g, h, i, j, k FROM wide WHERE a IS NOT NULL",
            as: (
                Int16.self, Int32.self, Int64.self, String.self, [UInt8].self, PostgresDate.self,
                PostgresTimestamp.self,
                UUIDBytes.self, JSONB.self, Bool.self, Double.self
            ))
        #expect((found.0, found.1, found.2, found.3, found.4) == (1, 2, 3, "four", [5]))
        #expect((found.5, found.6, found.7, found.8.text, found.9, found.10) == (day, instant, uuid, "{}", true, 0.5))

        var reader = BinaryCopyReader()
        var seen: [String] = []
        try await connection.copyOut("COPY (SELECT d, b, l, d FROM wide ORDER BY a) TO STDOUT (FORMAT binary)") {
            chunk in
            try reader.read(chunk) { row in
                let isFour = try row.next(is: "four")
                let number = try row.next(Int32?.self)
                let names = try row.next([String?]?.self)
                seen.append("\(isFour) \(number ?? -1) \(names?.count ?? -1) \(row.columnCount)")
            }
        }
        #expect(seen == ["true 2 2 4", "false -1 -1 4"])
    }

    @Test func `an error in the body aborts the COPY, and the connection lives on`() async throws {
        var connection = try await connectionWithTable()
        await #expect(throws: Refusal.self) {
            try await connection.copyIn("COPY t FROM STDIN") { writer in
                try await writer.write("1\tone\n")
                throw Refusal()
            }
        }
        #expect(try await connection.row("SELECT count(*) FROM t", as: Int.self) == 0)
        var chunks = 0
        await #expect(throws: Refusal.self) {
            try await connection.copyOut("COPY (SELECT generate_series(1, 100000000)) TO STDOUT") { _ in
                chunks += 1
                throw Refusal()
            }
        }
        #expect(chunks == 1)
        #expect(try await connection.row("SELECT 1", as: Int.self) == 1)
    }

    @Test func `a row the server refuses ends the COPY with its error`() async throws {
        var connection = try await connectionWithTable()
        let late = await #expect(throws: PostgresError.self) {
            try await connection.copyIn("COPY t FROM STDIN") { writer in try await writer.write("1\ta\n1\tsecret\n") }
        }
        #expect(late?.sqlState == .uniqueViolation)
        let early = await #expect(throws: PostgresError.self) {
            try await connection.copyIn("COPY t FROM STDIN") { writer in
                for _ in 1...300 { try await writer.write(String(repeating: "secret\tb\n", count: 10_000)) }
            }
        }
        #expect(early?.sqlState == "22P02")
        #expect(early.map { "\($0)" }?.contains("secret") == false)
        #expect(try await connection.row("SELECT count(*) FROM t", as: Int.self) == 0)
    }

    @Test func `a statement that is no COPY, or one the other way, is refused`() async throws {
        var connection = try await connectionWithTable()
        for query in ["SELECT 1", "COPY t TO STDOUT", "CREATE TEMP TABLE u (n int)"] as [Query] {
            let error = await #expect(throws: PostgresError.self) { try await connection.copyIn(query) { _ in } }
            #expect(error?.code == .misuse)
        }
        for query in ["SELECT 1", "COPY t FROM STDIN"] as [Query] {
            let error = await #expect(throws: PostgresError.self) { try await connection.copyOut(query) { _ in } }
            #expect(error?.code == .misuse)
        }
        let parameter = await #expect(throws: PostgresError.self) {
            try await connection.copyOut("COPY (SELECT \(1)) TO STDOUT") { _ in }
        }
        #expect(parameter?.code == .misuse)
        let missing = await #expect(throws: PostgresError.self) {
            try await connection.copyIn("COPY nowhere FROM STDIN") { _ in }
        }
        #expect(missing?.sqlState == .undefinedTable)
        #expect(try await connection.row("SELECT 1", as: Int.self) == 1)
    }

    @Test func `bytes that are not whole binary rows are refused`() throws {
        for bytes in [[1, 2, 3], Array("PGCOPY\n".utf8), [UInt8](repeating: 0, count: 40)] as [[UInt8]] {
            var reader = BinaryCopyReader()
            let error = #expect(throws: PostgresError.self) {
                try bytes.withUnsafeBytes { chunk in try reader.read(chunk) { _ in } }
            }
            #expect(error?.code == .decoding)
        }
    }

    @Test func `a million rows go through in constant memory`() async {
        // A process of its own, so that the memory of other tests is not counted.
        await #expect(processExitsWith: .success) {
            var connection = try await Connection.open(TestServer.conninfo())
            try await connection.script("CREATE TEMP TABLE many (n bigint, filler text)")
            let filler = String(repeating: "x", count: 100)
            let before = peakMemory()
            let copied = try await connection.copyIn("COPY many FROM STDIN (FORMAT binary)") { writer in
                var rows = BinaryCopyBuffer(columns: 2)
                for number in 1...1_000_000 {
                    rows.appendRow()
                    rows.append(number)
                    rows.append(filler)
                    if rows.isFull { try await writer.write(&rows) }
                }
                try await writer.finish(&rows)
            }
            try #require(copied == 1_000_000)
            var reader = BinaryCopyReader()
            var sum = 0
            try await connection.copyOut("COPY many TO STDOUT (FORMAT binary)") { chunk in
                try reader.read(chunk) { row in sum += try row.next(Int.self) }
            }
            try #require(sum == 500_000_500_000)
            // The rows are 120 MB.
            try #require(peakMemory() - before < 20_000_000)
        }
    }

    @Test func `a row larger than any buffer goes through`() async throws {
        var connection = try await connectionWithTable()
        let text = String(repeating: "0123456789", count: 2_000_000)
        try await connection.copyIn("COPY t FROM STDIN (FORMAT binary)") { writer in
            var rows = BinaryCopyBuffer(columns: 2, capacity: 1_000)
            rows.append(row: 1 as Int32, text)
            try await writer.finish(&rows)
        }
        var reader = BinaryCopyReader()
        var read = ""
        try await connection.copyOut("COPY t TO STDOUT (FORMAT binary)") { chunk in
            try reader.read(chunk) { row in
                try row.skip()
                read = try row.next(String.self)
            }
        }
        #expect(read == text)
    }
}
