import Crypto
import Foundation
import Testing

/// What a folder holds: each file with SHA-256 of its bytes.
private func digests(_ folder: String) throws -> [String: String] {
    let names = try #require(FileManager.default.enumerator(atPath: folder)).compactMap { $0 as? String }
    var digests: [String: String] = [:]
    for name in names {
        var isFolder: ObjCBool = false
        _ = FileManager.default.fileExists(atPath: "\(folder)/\(name)", isDirectory: &isFolder)
        guard !isFolder.boolValue else { continue }
        let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))
        digests[name] = SHA256.hash(data: bytes).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
    return digests
}

/// The Python in which the judges are installed.
let judgesPython: String = {
    var folder = URL(fileURLWithPath: #filePath)
    for _ in 1...3 { folder.deleteLastPathComponent() }
    return folder.path + "/.build/judges/bin/python3"
}()

@Suite struct SnapshotTests {
    @Test func `a snapshot exported again after more was recorded gives the same bytes`() async throws {
        try await withTool(Template.clinic) { tool, _ in
            let taken = try await tool.line("snapshot take first --through 2019-12-31")
            #expect(taken.code == 0, "\(taken.talk)")
            let formats = "csv intervals sdtm fhir cbioportal"
            let one = try await tool.line("snapshot export first --out one --format \(formats)")
            #expect(one.code == 0, "\(one.talk)")
            let logged = try await tool.line("log P-017 adverse-event --on 2019-03-01 term=fever grade=2 --by anna")
            #expect(logged.code == 0, "\(logged.talk)")
            let corrected = try await tool.line(
                "correct --yes P-017 2 --on 2019-01-11 --set weight=30 --reason typing --by anna")
            #expect([0, 1].contains(corrected.code), "\(corrected.talk)")
            let other = try await tool.line("snapshot export first --out other --format \(formats)")
            #expect(other.code == 0, "\(other.talk)")
            let found = try digests(tool.folder + "/one")
            #expect(found.count > 40)
            #expect(try digests(tool.folder + "/other") == found)
            // The manifest names every other file with its digest.
            let manifest = try tool.read("one/manifest.json")
            for (name, digest) in found where name != "manifest.json" {
                #expect(manifest.contains("\"name\" : \"\(name)\""))
                #expect(manifest.contains(digest))
            }
            let later = try await tool.line("snapshot take second --through 2019-12-31")
            #expect(later.code == 0)
            let difference = try await tool.line("snapshot diff first second")
            #expect(difference.code == 0)
            #expect(difference.output.hasPrefix("first → second: 0 appear, 0 disappear, 1 change, 0 are the same\n"))
            #expect(difference.output.contains("  + 2019-03-01 adverse-event grade=2 term=fever\n"))
        }
    }

    @Test func `what was imported names who recorded it and when, and through whom it came`() async throws {
        try await withTool(Template.trial) { tool, _ in
            let lines = Clinic.text.split(separator: "\n").map { line in
                let day = line.split(separator: " ")[2]
                return String(decoding: Clinic.ndjson(String(line)), as: UTF8.self)
                    .replacing("}\n", with: #","by":"carla","at":"\#(day)T12:00:00Z"}"# + "\n")
            }
            #expect(try await tool("import", "-", input: .text(lines.joined())).code == 0)
            for line in [
                "snapshot take now --through 2019-12-31", "snapshot key --out key",
                "snapshot export now --out out --format csv odm --dates shifted --key key",
            ] { #expect(try await tool.line(line).code == 0, "\(line)") }
            let rows = try tool.read("out/csv/events.csv").split(separator: "\n")
            let columns = rows[0].split(separator: ",")
            let (by, through) = try (
                #require(columns.firstIndex(of: "recorded_by")), #require(columns.firstIndex(of: "imported_by"))
            )
            let lag = try #require(columns.firstIndex(of: "recorded_lag"))
            for row in rows.dropFirst() {
                let cells = row.split(separator: ",", omittingEmptySubsequences: false)
                #expect(cells[by].hasPrefix("person-") && cells[through].hasPrefix("person-"))
                #expect(cells[by] != cells[through] && cells[lag] == "0")
            }
            #expect(try tool.read("out/odm/odm.xml").contains("<SourceID>1, through person-"))
            // Who allocated is no word that somebody typed.
            #expect(try tool.read("out/csv/randomisations.csv").contains(",other system,"))
            #expect(try await tool.line("report now --out report.html").code == 0)
            #expect(try tool.read("report.html").contains("<td class=\"number\">9</td>"))
        }
    }

    @Test func `the tables are read by R and by pandas with factors, dates and labels`() async throws {
        try await withTool(Template.cohort) { tool, _ in
            for line in [
                "snapshot take whole --through 2020-09-30", "snapshot key --out shift.key",
                "snapshot export whole --out days", "snapshot export whole --out moved --dates shifted --key shift.key",
            ] {
                let answer = try await tool.line(line)
                #expect(answer.code == 0, "\(line): \(answer.talk)")
            }
            let script = """
                for (folder in c("days/csv", "moved/csv")) {
                    source(file.path(folder, "load.R"))
                    s <- read_snapshot(folder)
                    stopifnot(nrow(s$subjects) == 661, !anyDuplicated(s$subjects$id), is.factor(s$subjects$arm_assigned))
                    stopifnot(identical(attr(s$subjects$sex, "label"), "Sex"), all(s$subjects$synthetic == "Yes"))
                    stopifnot(sum(!is.na(s$subjects$arm_assigned)) == 471, is.integer(s$endpoints$time))
                    stopifnot(all(s$events$id %in% s$subjects$id), all(s$exposure$start_day >= 0))
                    stopifnot(with(s$endpoints, all((event == 1) == !is.na(event_description))))
                    if (folder == "moved/csv") stopifnot(inherits(s$events$event_date, "Date"),
                        with(s$events, all(tapply(event_date - event_day, id, function(d) length(unique(d)) == 1))))
                    else stopifnot(!any(grepl("_date$", names(s$events))))
                }
                cat("read\\n")
                """
            let read = try await tool.run(["Rscript", "-e", script])
            #expect(read.output == "read\n", "\(read.talk)")
            let python = """
                import sys
                folder = sys.argv[1]
                sys.path.insert(0, folder)
                from load import read_snapshot
                s = read_snapshot(folder)
                subjects = s["subjects"]
                assert len(subjects) == 661 and subjects["id"].is_unique
                assert str(subjects["sex"].dtype) == "category" and str(subjects["age"].dtype) == "Int64"
                assert subjects.attrs["labels"]["sex"] == "Sex"
                assert subjects["arm_assigned"].notna().sum() == 471
                if folder.startswith("moved"):
                    assert str(s["events"]["event_date"].dtype).startswith("datetime64")
                print("read")
                """
            for folder in ["days/csv", "moved/csv"] {
                let pandas = try await tool.run([judgesPython, "-c", python, folder])
                #expect(pandas.output == "read\n", "pandas of .build/judges is needed: \(pandas.talk)")
            }
            // Nobody's calendar day is in an export of study days.
            for table in ["subjects", "events", "exposure", "mrd", "adverse-events", "phases"] {
                let cells = try tool.read("days/csv/\(table).csv")
                #expect(cells.firstMatch(of: /20[12][0-9]-[01][0-9]/) == nil, "\(table)")
            }
            let key = try tool.read("shift.key").trimmingCharacters(in: .whitespacesAndNewlines)
            let secret = String(key.suffix(64))
            #expect(secret.count == 64)
            #expect(!(try tool.read("moved/manifest.json")).contains(secret))
        }
    }

    @Test func `what cannot be exported is said, and nothing is left behind`() async throws {
        try await withTool(Template.clinic) { tool, _ in
            _ = try await tool.line("snapshot take first --through 2019-12-31")
            try FileManager.default.createDirectory(atPath: tool.folder + "/there", withIntermediateDirectories: false)
            try tool.write("not-a-key", "secret\n")
            let before = try FileManager.default.contentsOfDirectory(atPath: tool.folder).sorted()
            let cases: [(line: String, code: Int32, words: String)] = [
                ("snapshot export none --out new", 65, "error: there is no snapshot \"none\"\nhint: there are first\n"),
                ("snapshot export first --out there", 65, "error: \"there\" exists\n"),
                ("snapshot export first --out no/such/place", 65, "error: cannot make the folder \"no/such/place\""),
                ("snapshot export first --out new --format parquet", 64, "parquet"),
                ("snapshot export first --out new --dates shifted", 64, "error: --dates shifted needs --key\n"),
                ("snapshot export first --out new --key not-a-key", 64, "error: --key goes with --dates shifted\n"),
                (
                    "snapshot export first --out new --dates shifted --key not-a-key", 65,
                    "error: \"not-a-key\" holds no key for shifting dates\n"
                ),
                ("snapshot export first --out new --format odm", 65, "error: "),
                ("snapshot key --out not-a-key", 65, "error: \"not-a-key\" exists\n"),
                ("snapshot take first --through 2019-12-31", 65, "error: there is a snapshot \"first\" already\n"),
                ("snapshot take later --through 2100-01-01", 65, "error: the cut 2100-01-01 lies in the future\n"),
                (
                    "snapshot take later --through 2019-12-31 --as-of 2100-01-01", 65,
                    "error: the moment 2100-01-01T23:59:59.999999Z lies in the future"
                ),
                (
                    "snapshot take later --through 2001-01-01", 65,
                    "error: nobody of population \"enrolled\" was in the log"
                ),
                ("snapshot take later --through yesterday", 65, "error: \"yesterday\" is no date\n"),
                ("report none --out new.html", 65, "error: there is no snapshot \"none\"\n"),
                (
                    "report first --out no/such/place.html", 65,
                    "error: cannot write \"no/such/place.html\": No such file or directory\n"
                ),
                (
                    "report first --out there", 65,
                    "error: cannot write \"there\": it is a folder\nhint: name a file in it\n"
                ),
                (
                    "snapshot take later --through 2019", 65,
                    "error: \"2019\" is not known to the day\nhint: give a day, such as 2019-12-31, the last that it can mean\n"
                ),
                ("curve nothing --snapshot first", 65, "error: \"nothing\" is no endpoint of protocol \"aall1331\"\n"),
            ]
            for (line, code, words) in cases {
                let answer = try await tool.line(line)
                #expect(answer.code == code, "\(line): \(answer.talk)")
                #expect(answer.talk.contains(words), "\(line): \(answer.talk)")
                #expect(answer.output == "", "\(line)")
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: tool.folder).sorted() == before)
        }
    }

    @Test func `a disk that fills half-way leaves nothing under the final name`() async throws {
        try await withTool(Template.cohort) { tool, _ in
            _ = try await tool.line("snapshot take first --through 2019-12-31")
            // A limit on the size of a file stands for the disk: writing beyond it fails in the middle.
            for command in ["snapshot export first --out new --format csv sdtm fhir", "report first --out new.html"] {
                let answer = try await tool.run([
                    "bash", "-c", "trap '' XFSZ; ulimit -f 60; exec \(Tool.program) \(command)",
                ])
                #expect(answer.code == 65, "\(answer.talk)")
                #expect(answer.talk.contains("cannot write"), "\(answer.talk)")
                let left = try FileManager.default.contentsOfDirectory(atPath: tool.folder).filter {
                    $0.hasPrefix("new")
                }
                #expect(left == [])
            }
        }
    }

    @Test func `a snapshot is taken, listed and shown`() async throws {
        try await withTool(Template.clinic) { tool, _ in
            let none = try await tool.line("snapshot list")
            #expect(none.output == "no snapshots\n")
            let taken = try await tool.line("snapshot take first --through 2019-12-31 --by stan --format json")
            let shown = try await tool.line("snapshot show first --format json")
            #expect(taken.code == 0 && taken.output == shown.output)
            #expect(shown.output.contains("\"through\" : \"2019-12-31\""))
            let listed = try await tool.line("snapshot list")
            #expect(listed.output.contains("first     aall1331  enrolled           1  2019-12-31"))
            let journal = try await tool.line("audit journal --format json")
            #expect(journal.output.contains("snapshot-taken"))
        }
    }
}
