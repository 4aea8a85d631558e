/// Which statements a connection has prepared on the server, by their text and the types of their parameters.
///
/// A statement is prepared when it is met the second time: one that comes only once pays nothing for the others.
struct StatementCache {
    enum Plan: Equatable {
        /// Send the text.
        case direct
        /// Prepare under this name first.
        case prepare(name: String)
        /// Run what is prepared under this name.
        case run(name: String)
    }

    private struct Key: Hashable {
        let sql: String
        let types: [UInt32]
    }

    private struct Entry {
        var name: String?
        var lastUse: UInt64
    }

    private var entries: [Key: Entry] = [:]
    private var uses: UInt64 = 0
    private var names: UInt64 = 0
    private var evicted: [String] = []
    var hasEvicted: Bool { !evicted.isEmpty }
    let limit: Int

    /// A limit of 0 prepares nothing.
    init(limit: Int) { self.limit = limit }

    /// Says how to run a statement, and counts this use of it. With `atOnce` the first use prepares already.
    mutating func plan(_ query: Query, atOnce: Bool = false) -> Plan {
        guard limit > 0, query.isPrepared else { return .direct }
        let key = Key(sql: query.sql, types: query.parameters.types)
        uses += 1
        if let name = entries[key]?.name {
            entries[key]?.lastUse = uses
            return .run(name: name)
        }
        guard atOnce || entries[key] != nil else {
            makeRoom()
            entries[key] = Entry(name: nil, lastUse: uses)
            return .direct
        }
        if entries[key] == nil { makeRoom() }
        names += 1
        let name = "swift_\(names)"
        entries[key] = Entry(name: name, lastUse: uses)
        return .prepare(name: name)
    }

    /// Forgets a statement that the server does not have, or no longer wants to run.
    mutating func forget(_ query: Query) {
        entries[Key(sql: query.sql, types: query.parameters.types)] = nil
    }

    private mutating func makeRoom() {
        guard entries.count >= limit, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) else {
            return
        }
        entries[oldest.key] = nil
        if let name = oldest.value.name { evicted.append(name) }
    }

    /// The names of statements that the server still holds but nothing here refers to, for the caller to deallocate.
    mutating func takeEvicted() -> [String] {
        defer { evicted = [] }
        return evicted
    }
}
