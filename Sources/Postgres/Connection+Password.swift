import CLibpq

extension Connection {
    /// Gives a login a password. The server gets only what it keeps of it (SCRAM-SHA-256), never the password itself, which would else
    /// stand in its log.
    public mutating func setPassword(_ password: String, of login: String) async throws {
        guard let verifier = PQencryptPasswordConn(session.handle, password, login, "scram-sha-256") else {
            throw PostgresError(.misuse, "the password cannot be prepared for the server")
        }
        defer { PQfreemem(verifier) }
        let text = String(cString: verifier)
        try await execute("ALTER ROLE \(identifier: login) PASSWORD \(literal: text)")
    }
}
