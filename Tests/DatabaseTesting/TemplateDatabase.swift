/// A database that is filled once in a process, such as with a schema, and copied for each test.
///
/// ```swift
/// let schema = TemplateDatabase("schema") { conninfo in try await migrate(conninfo) }
///
/// try await withScratchDatabase(template: schema) { conninfo in … }
/// ```
/// It stays on the server until ``drop()`` or the end of the server, which in `Scripts/test` is the end of the run.
public actor TemplateDatabase {
    private let databaseName: String
    private let fill: @Sendable (_ conninfo: String) async throws -> Void
    private var filling: Task<Void, any Error>?

    /// Names the template and how to fill it, and does nothing yet. The closure must close its connections before it
    /// returns.
    public init(_ label: String, fill: @escaping @Sendable (_ conninfo: String) async throws -> Void) {
        databaseName = TestServer.uniqueName("template_" + label)
        self.fill = fill
    }

    /// The name of the filled database. The first caller fills it, and the others wait; a failure to fill it fails them
    /// all.
    public func name() async throws -> String {
        let task =
            filling
            ?? Task { [databaseName, fill] in
                try await TestServer.create(databaseName, template: nil)
                try await fill(TestServer.conninfo(database: databaseName))
            }
        filling = task
        try await task.value
        return databaseName
    }

    /// Drops the database; the next use fills it again.
    public func drop() async throws {
        filling = nil
        try await TestServer.drop(databaseName)
    }
}
