internal import PathwayCore
internal import PathwayDocument
internal import Postgres

extension Connection {
    /// Adds a version with the rows that the database checks events against; returns its number, the present one if it is there.
    mutating func add(_ document: ProtocolDocument, by person: String) async throws -> Int {
        let treatment = document.treatment
        return try await transaction { connection in
            try await connection.execute("SELECT pg_advisory_xact_lock(x'70726f746f636f6c'::bigint)")
            let present = try await connection.optionalRow(
                """
                SELECT edition, digest FROM pathway.edition
                WHERE protocol = \(treatment.name) AND version = \(treatment.version)
                """, as: (Int.self, [UInt8].self))
            if let (number, digest) = present {
                guard digest == document.digest else {
                    throw LogError(
                        .versionTaken,
                        "the log holds another document as \(treatment.name) version \(treatment.version)",
                        hint: "a version never changes: give the amended document the next number")
                }
                return number
            }
            return try await connection.row(
                "SELECT pathway.add_edition(\(document.text), \(CompiledTables(treatment).json), \(person))",
                as: Int.self)
        }
    }
}

extension Day {
    var postgres: PostgresDate { PostgresDate(daysSince1970: number) }
}
