import Foundation
import PathwayCore
import PathwayLog
import Postgres
import Testing

/// A time that a patient spent in one state, in days since enrolment.
struct Interval: Equatable {
    let id: String
    var start: Int
    var stop: Int
    var state: String
    /// The state that follows, or `censored`.
    var event: String
}

extension Interval {
    /// The state is the phase, and the status when it is not in-study. The last milestone of a day counts; one that changes
    /// neither is no transition; the last known day closes the last interval.
    static func intervals(of path: PatientPath) -> [Interval] {
        let enrolled = path.events[0].milestone.on.earliest
        var days: [(day: Int, state: String)] = []
        for event in path.events {
            let state = event.phaseAfter + (event.statusAfter == .inStudy ? "" : "/" + event.statusAfter.rawValue)
            // A day known to the month only counts as early as the order of the events allows.
            let day = max(event.milestone.on.earliest.days(since: enrolled), days.last?.day ?? 0)
            if days.last?.day == day { days.removeLast() }
            days.append((day, state))
        }
        var intervals: [Interval] = []
        var (start, state) = days[0]
        for next in days.dropFirst() where next.state != state {
            intervals.append(
                Interval(id: path.patient.description, start: start, stop: next.day, state: state, event: next.state))
            (start, state) = next
        }
        if let last = days.last?.day, last > start {
            intervals.append(
                Interval(id: path.patient.description, start: start, stop: last, state: state, event: "censored"))
        }
        return intervals
    }
}

@Suite struct SurvcheckTests {
    @Test func `the intervals of a patient are those worked by hand`() async throws {
        try await withTool(Template.clinic) { _, administrator in
            // Enrolled on 10 January; Block 1 began the day after and ended 28 days later, on 8 February, which is day 29;
            // response on day 31, risk on 33, arm on 34, Block 2 from 35; the adverse event of day 41 changes nothing.
            let expected = [
                (0, 1, "enrolled", "block-1"), (1, 29, "block-1", "block-1-evaluation"),
                (29, 31, "block-1-evaluation", "risk-assessment"), (31, 33, "risk-assessment", "low-risk"),
                (33, 34, "low-risk", "d-before-block-2"), (34, 35, "d-before-block-2", "d-block-2"),
                (35, 63, "d-block-2", "d-block-2-evaluation"),
            ].map { Interval(id: "P-017", start: $0.0, stop: $0.1, state: $0.2, event: $0.3) }
            let found = try await intervals(administrator)
            #expect(found == expected)
        }
    }

    @Test func `survcheck finds nothing in the whole synthetic cohort, and finds every fault put into a copy`()
        async throws
    {
        try await withTool(Template.cohort) { tool, administrator in
            let sound = try await intervals(administrator)
            #expect(sound.count > 661 * 3)
            // The second interval of a patient who has three, in the middle of the cohort.
            let index = try #require(
                sound.indices.first { index in
                    index > sound.count / 2 && index + 1 < sound.count && sound[index - 1].id == sound[index].id
                        && sound[index + 1].id == sound[index].id && sound[index].stop - sound[index].start > 2
                })
            var broken: [String: [Interval]] = ["sound": sound]
            func damage(_ name: String, _ change: (inout [Interval]) -> Void) {
                var copy = sound
                change(&copy)
                broken[name] = copy
            }
            damage("overlap") { $0[index].start -= 1 }
            damage("gap") { $0[index].start += 1 }
            // R calls it a teleport when the state changes without an event, and a jump when it does so across a gap.
            damage("teleport") { $0[index].state = "somewhere-else" }
            damage("jump") {
                $0[index].start += 1
                $0[index].state = "somewhere-else"
            }
            damage("duplicate") { $0.insert($0[index], at: index) }
            let names = broken.keys.sorted()
            for (name, intervals) in broken {
                let rows = intervals.map { "\($0.id),\($0.start),\($0.stop),\($0.state),\($0.event)\n" }
                try tool.write("\(name).csv", "id,tstart,tstop,state,event\n" + rows.joined())
            }
            let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
                "survcheck.R")
            let answer = try await tool.run(["Rscript", script.path] + names.map { "\($0).csv" })
            #expect(
                answer.code == 0, "Rscript with the package survival is needed (r-cran-survival): \(answer.talk)")
            let found = Dictionary(
                uniqueKeysWithValues: answer.output.split(separator: "\n").map { line in
                    let words = line.split(separator: " ").map(String.init)
                    return (words[0].replacing(".csv", with: ""), words.dropFirst().joined(separator: " "))
                })
            #expect(found["sound"] == "overlap=0 gap=0 jump=0 teleport=0 duplicate=0 patients=661")
            for name in names where name != "sound" {
                let flags = try #require(found[name])
                #expect(!flags.contains("\(name)=0"), "\(name): \(flags)")
            }
        }
    }

    private func intervals(_ conninfo: String) async throws -> [Interval] {
        let log = try await PathwayLog.open(
            ConnectionString.replacing(["user": Template.login], in: conninfo), connections: 2)
        defer { log.close() }
        var intervals: [Interval] = []
        try await log.forEachPath { path in intervals += Interval.intervals(of: path) }
        return intervals
    }
}
