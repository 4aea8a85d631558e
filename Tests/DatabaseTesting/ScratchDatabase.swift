/// Creates a database, lends its connection string to `body`, and drops it afterwards, whoever is still connected to
/// it.
/// - Parameter template: the database to copy; nil for an empty one.
public func withScratchDatabase<Value>(
    template: String? = nil, _ body: (_ conninfo: String) async throws -> Value
) async throws -> Value {
    let name = TestServer.uniqueName("scratch")
    try await TestServer.create(name, template: template)
    let value: Value
    do {
        value = try await body(TestServer.conninfo(database: name))
    } catch {
        // The test's own failure is the one to tell.
        try? await TestServer.drop(name)
        throw error
    }
    try await TestServer.drop(name)
    return value
}

/// Copies a template that is filled at its first use, lends the copy's connection string to `body`, and drops it
/// afterwards.
public func withScratchDatabase<Value>(
    template: TemplateDatabase, _ body: (_ conninfo: String) async throws -> Value
) async throws -> Value {
    try await withScratchDatabase(template: template.name(), body)
}
