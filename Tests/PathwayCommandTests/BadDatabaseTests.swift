import DatabaseTesting
import Foundation
import Postgres
import Testing

/// What a database can be besides well; nothing is recorded, and the exit code is 69.
@Suite struct BadDatabaseTests {
    private let record = "log P-017 seen --on 2018-03-15"

    @Test(arguments: [
        "log P-017 seen", "status P-017", "import -", "export", "cohort", "database init", "database status",
    ])
    func `a database that is down is said to be unreachable, with what to look at`(_ line: String) async throws {
        try await withTool { tool in
            let answer = try await tool.with(["DATABASE_URL": "host=\(tool.folder) dbname=pathway"]).line(line)
            #expect(answer.code == 69)
            #expect(answer.output.isEmpty)
            #expect(answer.talk.hasPrefix("error: the database cannot be reached: connection to server on socket "))
            #expect(
                answer.talk.hasSuffix(
                    "hint: is the server running, and are PGHOST, DATABASE_URL or --database right?\n"))
        }
    }

    @Test func `a port where nobody listens is unreachable`() async throws {
        try await withTool { tool in
            // Port 1 is that of a service that nobody runs.
            let answer = try await tool("status", "P-017", "--database", "host=127.0.0.1 port=1 dbname=pathway")
            #expect(answer.code == 69)
            #expect(answer.talk.contains("port 1 failed: Connection refused"))
            #expect(!answer.talk.contains("\t"))
        }
    }

    @Test func `a connection string that is malformed is wrong usage, and is not repeated`() async throws {
        try await withTool { tool in
            let answer = try await tool("status", "P-017", "--database", "password=secret nonsense")
            #expect(answer.code == 64)
            #expect(answer.talk.hasPrefix("error: --database: the connection string is malformed\nhint: "))
            #expect(!answer.talk.contains("secret"))
            let variable = try await tool.with(["DATABASE_URL": "nonsense"])("status", "P-017")
            #expect(variable.code == 64)
            #expect(variable.talk.hasPrefix("error: DATABASE_URL: "))
        }
    }

    @Test func `a database that does not exist, or lets nobody in, is unreachable`() async throws {
        try await withTool(Template.clinic) { tool, administrator in
            let missing = try ConnectionString.replacing(["dbname": "no_such_database"], in: administrator)
            let answer = try await tool("status", "P-017", "--database", missing)
            #expect(answer.code == 69)
            #expect(answer.talk.contains("database \"no_such_database\" does not exist"))
            let stranger = try ConnectionString.replacing(["user": "no_such_role"], in: administrator)
            let refused = try await tool("status", "P-017", "--database", stranger)
            #expect(refused.code == 69)
            #expect(refused.talk.contains("role \"no_such_role\" does not exist"))
        }
    }

    @Test func `an empty database says how to make the log, and database init makes it with a login`() async throws {
        try await withTool(Template.schema) { tool, administrator in
            try await execute("DROP SCHEMA pathway CASCADE", administrator)
            let empty = try await tool.line("status P-017")
            #expect(
                empty.everything
                    == "! error: the database has no pathway log yet\n! hint: run \"pathway database init\"\n= 69\n"
            )
            #expect(
                try await tool.line("database status").everything == """
                    server   configured
                    schema   migration 0 of 6
                    not usable now: the database has no pathway log yet

                    """)
            let owner = tool.with(["DATABASE_URL": administrator])
            #expect(
                try await owner.line("database init --login \(Template.login)").everything
                    == "the log is ready: applied migrations 1, 2, 3, 4, 5, 6\n")
            #expect(try await owner.line("database init").everything == "the log is ready\n")
            #expect(try await owner.line("database migrate").everything == "nothing to do\n")
            #expect(
                try await tool.line("database status").everything
                    == "server   configured\nschema   migration 6 of 6\nusable\n")
            let json = try await tool.line("database status --format json").json()
            #expect(json.keys == ["applied", "known", "server", "usable"])
            #expect(try await tool.line("protocol add aall1331").code == 0)
        }
    }

    @Test(arguments: ["log P-017 seen --on 2018-03-15", "status P-017", "export", "protocol add intreall-sr-2010"])
    func `a superuser's connection is refused, with what to do instead`(_ line: String) async throws {
        try await withTool(Template.clinic) { tool, administrator in
            let answer = try await tool.with(["DATABASE_URL": administrator]).line(line)
            let name = try await superuser(administrator)
            #expect(
                answer.everything == """
                    ! error: the login "\(name)" is a superuser, and the log is never used as one
                    ! hint: make a login with "pathway database init --login NAME" and connect as that
                    = 69

                    """)
            #expect(try await eventCount(administrator) == 9)
        }
    }

    private func superuser(_ conninfo: String) async throws -> String {
        var connection = try await Connection.open(conninfo)
        return try await connection.row("SELECT session_user::text", as: String.self)
    }

    @Test func `a database that is behind in migrations is migrated on request only`() async throws {
        try await withTool(Template.clinic) { tool, administrator in
            try await execute("DELETE FROM pathway.migration WHERE number = 6", administrator)
            let answer = try await tool.line(record)
            #expect(
                answer.everything == """
                    ! error: the database is at migration 5, and this program needs 6
                    ! hint: run "pathway database migrate"
                    = 69

                    """)
            #expect(try await eventCount(administrator) == 9)
        }
    }

    @Test func `a database that is ahead in migrations is left alone`() async throws {
        try await withTool(Template.clinic) { tool, administrator in
            try await execute(
                "INSERT INTO pathway.migration (number, name, digest) VALUES (7, 'future', decode(repeat('00', 32), 'hex'))",
                administrator)
            for line in [record, "database migrate --database \(administrator.replacing(" ", with: "\u{A0}"))"] {
                let words = line.split(separator: " ").map { String($0).replacing("\u{A0}", with: " ") }
                let answer = try await tool.run([Tool.program] + words)
                #expect(
                    answer.everything == """
                        ! error: the database is at migration 7, and this program knows 6
                        ! hint: use a newer program
                        = 69

                        """)
            }
            #expect(try await eventCount(administrator) == 9)
        }
    }

    @Test(arguments: ["log P-017 seen --on 2018-03-15", "import -", "protocol add intreall-sr-2010"])
    func `a database that is read-only is said to be so`(_ line: String) async throws {
        try await withTool(Template.clinic) { tool, administrator in
            let login = try #require(tool.environment["DATABASE_URL"])
            let options = ["options": "-c default_transaction_read_only=on"]
            let readOnly = tool.with(["DATABASE_URL": try ConnectionString.replacing(options, in: login)])
            let seen = #"{"patient":"P-017","milestone":"seen","on":"2018-03-15"}"# + "\n"
            let answer = try await readOnly.line(line, input: .text(seen))
            #expect(
                answer.everything == """
                    ! error: the database is read-only; nothing was recorded
                    ! hint: is it a standby? add target_session_attrs=read-write and the primary to the connection
                    = 69

                    """)
            #expect(try await eventCount(administrator) == 9)
            #expect(try await readOnly.line("status P-017").code == 0)
        }
    }

    @Test func `a login without rights is told who sees and grants them`() async throws {
        try await withTool(Template.clinic) { tool, administrator in
            let role = "stranger_" + UUID().uuidString.lowercased().replacing("-", with: "")
            try await execute("CREATE ROLE \(identifier: role) LOGIN", administrator)
            let stranger = try ConnectionString.replacing(["user": role], in: administrator)
            let answer = try await tool.with(["DATABASE_URL": stranger]).line(record)
            try await execute("DROP ROLE \(identifier: role)", administrator)
            #expect(answer.code == 77)
            #expect(
                answer.talk == """
                    error: the database does not allow that: permission denied for schema pathway
                    hint: an administrator sees with "pathway access list" what your login may do, and grants what it lacks

                    """)
        }
    }

    private static let mayMount: Bool = {
        #if os(Linux)
            let trial = "d=/tmp/pw-mount-$$; mkdir $d && mount -t tmpfs tmpfs $d && umount $d; s=$?; rmdir $d; exit $s"
            return geteuid() == 0 && system("(\(trial)) 2>/dev/null") == 0
        #else
            return false
        #endif
    }()

    @Test(.enabled(if: mayMount, "needs root and mount(8) for a file system that can be filled"))
    func `a database whose disk is full records nothing and says so, and goes on when there is room`() async throws {
        try await withTool { tool in
            func shell(_ command: String) async throws -> Tool.Answer {
                try await tool.run(["/bin/sh", "-ec", command])
            }
            // A server of its own: whatever else a server holds must not suffer from a full disk.
            let mounted = try await shell("mkdir disk && mount -t tmpfs -o size=256m,mode=755 tmpfs disk")
            try #require(mounted.code == 0, "\(mounted.talk)")
            var failure: (any Error)?
            let full = tool.with(["PATHWAY_HOME": "\(tool.folder)/disk/home"])
            do { try await fill(full, shell) } catch { failure = error }
            _ = try await shell("rm -f disk/filler")
            #expect(try await full("database", "stop").code == 0)
            _ = try await shell("umount -l disk")
            if let failure { throw failure }
        }
    }

    private func fill(_ tool: Tool, _ shell: (String) async throws -> Tool.Answer) async throws {
        #expect(try await tool("protocol", "add", "aall1331").code == 0)
        let history = String(decoding: Clinic.lines, as: UTF8.self)
        #expect(try await tool("import", "-", input: .text(history)).code == 0)
        _ = try await shell("cat /dev/zero > disk/filler || true")
        // There may be room in the table's last page, so that there are as many lines as need another one.
        let lines = (0..<200).map { number in
            #"{"patient":"P-017","milestone":"adverse-event","on":"2018-03-\#(10 + number % 20)","term":"fever","grade":\#(number / 40 % 5 + 1),"serious":"\#(number / 20 % 2 == 0 ? "no" : "yes")"}"#
        }
        let text = lines.joined(separator: "\n") + "\n"
        let full = try await tool("import", "-", input: .text(text))
        let reading = try await tool("cohort")
        _ = try await shell("rm disk/filler")
        #expect(
            full.everything == """
                ! error: the database's disk is full; nothing was recorded
                ! hint: free some room, then repeat the command
                = 69

                """)
        #expect(reading.code == 0)
        #expect(try await tool("history", "P-017", "--format", "json").json()["events"]?.elements.count == 9)
        let after = try await tool("import", "-", input: .text(text))
        #expect(after.output.hasPrefix("200 lines: 200 recorded, 0 recorded before, 0 refused\n"))
    }
}
