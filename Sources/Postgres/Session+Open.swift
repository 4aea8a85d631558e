import CLibpq

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

extension Session {
    /// Connects on a thread of its own, since libpq looks up host names and reads files with calls that block.
    static func open(_ conninfo: String, timeout: Duration) async throws(PostgresError) -> Session {
        let settings = try ConnectionString.settings(of: conninfo)
        let deadline = ContinuousClock.now + timeout
        let outcome = await Thread.run(until: deadline) { () -> Result<Session, PostgresError> in
            Result { () throws(PostgresError) in try connect(conninfo, settings, until: deadline) }
        }
        switch outcome {
        case .value(let result): return try result.get()
        case .timedOut: throw PostgresError(.timeout, "the server did not answer within \(timeout)")
        case .cancelled: throw PostgresError(.cancelled, "the task was cancelled")
        case .refused(let error): throw error
        }
    }

    /// A conversation that nobody waits for any more ends when its session is dropped.
    private static func connect(
        _ conninfo: String, _ settings: [String: String], until deadline: ContinuousClock.Instant
    ) throws(PostgresError) -> Session {
        // A later keyword wins: the string may name the program and its own patience, but the encoding is ours, because
        // text is read as UTF-8.
        let ours = [("fallback_application_name", "swift")] + signsOfLife
        let handle = withKeywords(ours + [("dbname", conninfo), ("client_encoding", "UTF8")]) { keywords, values in
            PQconnectStartParams(keywords, values, 1)
        }
        guard let handle else { throw PostgresError(.connection, "out of memory") }
        let session = Session(handle: handle)

        // The verbose form of a refusal has its SQLSTATE, for which libpq has no other way out while it connects.
        PQsetErrorVerbosity(handle, PQERRORS_VERBOSE)
        var turn = PGRES_POLLING_WRITING
        if PQstatus(handle) == CONNECTION_BAD { turn = PGRES_POLLING_FAILED }
        let attempt = attemptDeadline(handle, until: deadline)
        while turn == PGRES_POLLING_READING || turn == PGRES_POLLING_WRITING {
            let isReady = block(handle, for: turn, until: attempt)
            guard isReady else {
                guard ContinuousClock.now < deadline else {
                    throw PostgresError(.timeout, "the server did not answer in time")
                }
                // A host that is silent would be waited for to the end. PQreset knows connect_timeout, and goes on to
                // the next.
                PQreset(handle)
                turn = PQstatus(handle) == CONNECTION_OK ? PGRES_POLLING_OK : PGRES_POLLING_FAILED
                break
            }
            turn = PQconnectPoll(handle)
        }
        guard turn == PGRES_POLLING_OK else { throw refusal(handle, hiding: settings) }
        PQsetErrorVerbosity(handle, PQERRORS_DEFAULT)
        guard PQsetnonblocking(handle, 1) == 0 else { throw PostgresError(.connection, connectionMessage(handle)) }
        return session
    }

    /// How soon a machine counts as gone that has fallen silent without a word: after a minute.
    ///
    /// A machine that loses its power or its network sends no goodbye. Left to the system, a statement that it has not
    /// received is waited for some fifteen minutes, and one that it was working on more than two hours.
    private static let signsOfLife = [
        ("keepalives_idle", "30"), ("keepalives_interval", "10"), ("keepalives_count", "3"),
        ("tcp_user_timeout", "60000"),
    ]

    /// Waits on this thread, and says whether the socket became ready in time.
    private static func block(
        _ handle: OpaquePointer, for turn: PostgresPollingStatusType, until deadline: ContinuousClock.Instant
    ) -> Bool {
        // The socket changes from one address to the next.
        let events = Int16(turn == PGRES_POLLING_READING ? POLLIN : POLLOUT)
        var descriptor = pollfd(fd: PQsocket(handle), events: events, revents: 0)
        while true {
            let left = (deadline - .now) / Duration.milliseconds(1)
            guard left > 0 else { return false }
            let count = poll(&descriptor, 1, Int32(min(left.rounded(.up), 1e9)))
            if count > 0 { return true }
            if count < 0 && errno != EINTR { return true }
        }
    }

    /// With several hosts, one that is silent may not use up the time of the others.
    private static func attemptDeadline(
        _ handle: OpaquePointer, until deadline: ContinuousClock.Instant
    ) -> ContinuousClock.Instant {
        guard let options = PQconninfo(handle) else { return deadline }
        defer { PQconninfoFree(options) }
        var option = options
        while let keyword = option.pointee.keyword {
            if String(cString: keyword) == "connect_timeout", let value = option.pointee.val,
                let seconds = Int(String(cString: value)), seconds > 0
            {
                return min(deadline, .now + .seconds(seconds))
            }
            option += 1
        }
        return deadline
    }

    private static func refusal(_ handle: OpaquePointer, hiding settings: [String: String]) -> PostgresError {
        var words = connectionMessage(handle)
        for key in ConnectionString.secrets {
            if let secret = settings[key], !secret.isEmpty { words = words.replacing(secret, with: "***") }
        }
        let refusal = readRefusal(words)
        guard let state = refusal.state else { return PostgresError(.connection, refusal.words) }
        return PostgresError(.server(state), refusal.words)
    }

    /// Takes `… FATAL:  28P01: password authentication failed; LOCATION:  …` apart. The code is the last one: several
    /// hosts were tried in turn.
    static func readRefusal(_ words: String) -> (state: SQLState?, words: String) {
        var state: SQLState?
        var kept: [String] = []
        for line in words.split(separator: "; ") where !line.hasPrefix("LOCATION:  ") {
            let parts = line.split(separator: ":  ", maxSplits: 1)
            guard parts.count == 2, let colon = parts[1].firstIndex(of: ":"),
                parts[1][..<colon].utf8.count == 5,
                parts[1][..<colon].utf8.allSatisfy({ (48...57).contains($0) || (65...90).contains($0) })
            else {
                kept.append(String(line))
                continue
            }
            state = SQLState(rawValue: String(parts[1][..<colon]))
            kept.append(String(parts[0]) + ":" + String(parts[1][parts[1].index(after: colon)...]))
        }
        return (state, kept.joined(separator: "; "))
    }
}

/// Lends a list of keywords and values as the two NULL-terminated lists that libpq reads.
private func withKeywords<Result>(
    _ pairs: [(String, String)], _ body: ([UnsafePointer<CChar>?], [UnsafePointer<CChar>?]) -> Result
) -> Result {
    let copies = pairs.map { (strdup($0.0), strdup($0.1)) }
    defer {
        for (keyword, value) in copies {
            free(keyword)
            free(value)
        }
    }
    return body(copies.map { UnsafePointer($0.0) } + [nil], copies.map { UnsafePointer($0.1) } + [nil])
}
