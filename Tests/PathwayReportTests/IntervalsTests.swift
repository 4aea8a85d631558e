import Foundation
import PathwayCore
import PathwayEstimates
import PathwayReport
import Testing

/// The folder `intervals` of an export, judged by R's `survcheck`.
@Suite(.apart) struct IntervalsTests {
    private func export(_ subjects: [Subject], under treatment: TreatmentProtocol, as disguise: Disguise = .studyDays)
        throws -> Export
    {
        try Export(IntervalsFormat.self, of: subjects, under: treatment, as: disguise)
    }

    private static let sound = "overlap=0 gap=0 jump=0 teleport=0 duplicate=0"

    /// What `survcheck` says of each table, by the name of its file.
    private func survcheck(_ export: Export, _ tables: [String]) throws -> [String: String] {
        let judged = try export.judged(by: .intervals, tables.map { "intervals/\($0).csv" })
        try #require(judged.isPassed, "\(judged.words)")
        return Dictionary(
            uniqueKeysWithValues: judged.lines.map { line in
                let words = line.split(separator: " ").map(String.init)
                return (words[0], words.dropFirst().joined(separator: " "))
            })
    }

    @Test(arguments: SyntheticCohort.cuts)
    func `survcheck finds nothing in the whole synthetic cohort`(cut: String) throws {
        let subjects = try SyntheticCohort.subjects(through: Day(cut))
        let export = try export(subjects, under: Protocols.aall1331)
        let files = ["states", "states-high-and-intermediate", "states-low", "phases"]
        let found = try survcheck(export, files)
        let sets = try SyntheticCohort.analysis(cut: cut)
        // Nobody is left out.
        let patients = [
            subjects.count, sets.randomised(by: "high-and-intermediate", .randomised)?.patients ?? 0,
            sets.randomised(by: "low", .randomised)?.patients ?? 0, subjects.count,
        ]
        for (file, count) in zip(files, patients) {
            #expect(found["\(file).csv"] == "\(Self.sound) patients=\(count)", "\(file) at \(cut)")
        }
    }

    /// As after corrections: a milestone and all behind it restated days earlier, so that more fall on one day.
    @Test func `survcheck finds nothing in corrected paths with many changes on one day`() throws {
        let treatment = try Protocols.aall1331
        var corrected: [Subject] = []
        for (number, subject) in try SyntheticCohort.subjects().enumerated() {
            let place = 1 + number % max(1, subject.milestones.count - 1)
            guard place < subject.milestones.count else { continue }
            let gap = subject.milestones[place].day.days(since: subject.milestones[place - 1].day)
            var record = try PatientRecord(subject.id.description, under: treatment)
            for (index, step) in subject.milestones.enumerated() {
                let day = step.day.adding(days: index >= place ? -max(0, gap) : 0)
                record.record(try Milestone(step.milestone.kind, on: ClinicalDate(day), facts: step.milestone.facts))
            }
            if let again = try? record.subject() { corrected.append(again) }
        }
        #expect(corrected.count > 500)
        let export = try export(corrected, under: treatment)
        let found = try survcheck(export, ["states", "phases"])
        #expect(found["states.csv"] == "\(Self.sound) patients=\(corrected.count)")
        #expect(found["phases.csv"] == "\(Self.sound) patients=\(corrected.count)")
    }

    @Test func `survcheck finds every fault put into a copy`() throws {
        let export = try export(try SyntheticCohort.subjects(), under: Protocols.aall1331)
        let rows = try export.text("intervals/phases.csv").split(separator: "\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        let place = try #require(
            rows.indices.dropFirst().dropLast().first { index in
                index > rows.count / 2 && rows[index - 1][0] == rows[index][0]
                    && rows[index + 1][0] == rows[index][0]
                    && (Int(rows[index][2]) ?? 0) - (Int(rows[index][1]) ?? 0) > 2
            })
        let start = try #require(Int(rows[place][1]))
        func damage(_ name: String, _ change: (inout [[String]]) -> Void) throws {
            var copy = rows
            change(&copy)
            try export.write(
                "intervals/\(name).csv", copy.map { $0.joined(separator: ",") }.joined(separator: "\n") + "\n")
        }
        try damage("overlap") { $0[place][1] = String(start - 1) }
        try damage("gap") { $0[place][1] = String(start + 1) }
        // R calls it a teleport when the state changes without an event, and a jump when it does so across a gap.
        try damage("teleport") { $0[place][5] = "elsewhere" }
        try damage("jump") {
            $0[place][1] = String(start + 1)
            $0[place][5] = "elsewhere"
        }
        try damage("duplicate") { $0.insert($0[place], at: place) }
        let names = ["overlap", "gap", "teleport", "jump", "duplicate"]
        let found = try survcheck(export, names)
        for name in names {
            let flags = try #require(found["\(name).csv"])
            #expect(!flags.contains("\(name)=0"), "\(name): \(flags)")
        }
    }

    @Test func `the rows of five patients are those worked by hand`() throws {
        let subjects = [
            // Failure on day 30 and a transplant afterwards: failed stays failed; death on day 90.
            try SmallTrial.patient(
                "H1", "X",
                [
                    (0, "course-started course=block"), (28, "course-ended course=block"),
                    (30, "response-assessed marrow=m3"), (60, "transplanted donor=sibling"), (90, "died"),
                ]),
            // Transplant and relapse on one day: the last of the day counts, and the transplant leaves no interval.
            try SmallTrial.patient(
                "H2", "Y",
                [
                    (28, "course-ended course=cycle"), (35, "response-assessed marrow=m1"),
                    (50, "transplanted donor=sibling"), (50, "relapsed"), (80, "seen"),
                ]),
            // Died on the day of the randomisation.
            try SmallTrial.patient("H3", "X", [(0, "died")]),
            // Nothing known after it; lost on day 40, which is no day of being well.
            try SmallTrial.patient("H4", "Y", sites: "cns", [(40, "lost-to-follow-up")]),
            // Lost and found again.
            try SmallTrial.patient(
                "H5", "Y",
                [
                    (20, "lost-to-follow-up"), (100, "seen"), (100, "course-ended course=cycle"),
                    (110, "response-assessed marrow=m1"), (120, "transplanted donor=sibling"), (300, "died"),
                ]),
        ]
        let export = try export(subjects, under: SmallTrial.treatment())
        #expect(
            try export.text("intervals/states-main.csv") == """
                id,tstart,tstop,from,to,istate,arm,stratum,eligible
                H1,0,30,event-free,failed,event-free,X,marrow,yes
                H1,30,90,failed,dead,failed,X,marrow,yes
                H2,0,50,event-free,failed,event-free,Y,marrow,yes
                H2,50,80,failed,censored,failed,Y,marrow,yes
                H3,0,0.5,event-free,dead,event-free,X,marrow,yes
                H4,0,0.5,event-free,censored,event-free,Y,elsewhere,yes
                H5,0,120,event-free,transplanted,event-free,Y,marrow,yes
                H5,120,300,transplanted,dead,transplanted,Y,marrow,yes

                """)
        #expect(
            try export.text("intervals/states.csv").split(separator: "\n").prefix(4) == [
                "id,tstart,tstop,from,to,istate,arm,stratum,eligible", "H1,0,39,event-free,failed,event-free,,,yes",
                "H1,39,99,failed,dead,failed,,,yes", "H2,0,59,event-free,failed,event-free,,,yes",
            ])
        #expect(
            try export.text("intervals/endpoints.csv").split(separator: "\n").filter { $0.contains("disease") }
                == [
                    "H1,disease-free-survival,main,X,marrow,yes,30,1,failure,,",
                    "H2,disease-free-survival,main,Y,marrow,yes,50,1,relapse,,",
                    "H3,disease-free-survival,main,X,marrow,yes,0,1,death,,",
                    "H4,disease-free-survival,main,Y,elsewhere,yes,0,0,censored,lost-to-follow-up,",
                    "H5,disease-free-survival,main,Y,marrow,yes,300,1,death,,120",
                ])
        #expect(
            try export.text("intervals/transplant.csv").split(separator: "\n").filter { $0.hasPrefix("H5,dis") }
                == [
                    "H5,disease-free-survival,main,Y,marrow,yes,0,120,0,censored",
                    "H5,disease-free-survival,main,Y,marrow,yes,120,300,1,death",
                ])
        let found = try survcheck(export, ["states-main", "phases"])
        #expect(found["states-main.csv"] == "\(Self.sound) patients=5")
        #expect(found["phases.csv"] == "\(Self.sound) patients=5")
    }

    /// Relapse and death, relapse and second malignancy, transplant and death on one day; and a relapse on the day of the randomisation.
    @Test func `of events on one day the first component comes first, in endpoints and in intervals alike`() throws {
        let subjects = [
            try SmallTrial.patient("T1", "X", [(50, "relapsed"), (50, "died")]),
            try SmallTrial.patient("T2", "X", [(50, "died")]),
            try SmallTrial.patient("T3", "X", [(20, "transplanted donor=sibling"), (50, "relapsed"), (60, "died")]),
            try SmallTrial.patient("T4", "X", [(60, "relapsed"), (60, "second-malignancy"), (90, "seen")]),
            try SmallTrial.patient("T5", "X", [(60, "transplanted donor=sibling"), (60, "died")]),
            try SmallTrial.patient("T6", "X", [(0, "relapsed"), (0, "died")]),
            try SmallTrial.patient("T7", "X", [(50, "seen")]), try SmallTrial.patient("T8", "X", [(100, "seen")]),
        ]
        let main = try SmallTrial.main(subjects)
        let export = try export(subjects, under: SmallTrial.treatment())
        let rows = try export.lines("intervals/states-main.csv").dropFirst().map {
            $0.split(separator: ",").map(String.init)
        }
        #expect(
            rows.filter { ["T1", "T4", "T5", "T6"].contains($0[0]) }.map { $0[0...4].joined(separator: " ") } == [
                "T1 0 50 event-free failed", "T1 50 50.5 failed dead", "T4 0 60 event-free failed",
                "T4 60 60.5 failed second-malignancy", "T4 60.5 90 second-malignancy censored",
                "T5 0 60 event-free dead", "T6 0 0.5 failed dead",
            ])
        #expect(
            try survcheck(export, ["states-main"])["states-main.csv"] == "\(Self.sound) patients=8")
        // The first state of each path that is an event, as an analyst of competing events takes it.
        let intervals = try subjects.map { subject in
            let own = rows.filter { $0[0] == subject.id.description }
            let events: Set = ["failed", "dead"]
            if events.contains(own[0][3]) {
                return try StateInterval.competing(subject: own[0][0], exit: 0, cause: State(own[0][3]))
            }
            let end = try #require(own.first { events.contains($0[4]) } ?? own.last)
            return try StateInterval.competing(
                subject: end[0], exit: Int(try #require(Double(end[2]))),
                cause: events.contains(end[4]) ? State(end[4]) : nil)
        }
        let theirs = try AalenJohansen(intervals)
        let ours = try main.incidence(SmallTrial.endpoint(), by: .failureAgainstDeath, arm: "X").get().value
        for day in [0, 49, 50, 60, 100] {
            #expect(
                try theirs.estimate(of: "failed", at: day).probability
                    == ours.estimate(of: "failure", at: day).probability, "day \(day)")
            #expect(
                try theirs.estimate(of: "dead", at: day).probability
                    == ours.estimate(of: "death", at: day).probability, "day \(day)")
        }
    }

    @Test(arguments: [
        ("consent-withdrawn", 40), ("off-study reason=ineligible", 40), ("off-study reason=other-study", 40),
        ("off-study reason=follow-up-ended", 20), ("off-study reason=other", 20), ("lost-to-follow-up", 20),
    ])
    func `one rule says up to when a patient is followed, in phases as in outcomes`(last: String, day: Int) throws {
        let subject = try SmallTrial.patient("H1", "X", [(20, "seen"), (40, last)])
        let treatment = try SmallTrial.treatment()
        let survival = try SmallTrial.endpoint("overall-survival")
        #expect(subject.lastKnownAlive.days(since: subject.enrolledOn) == 9 + day)
        #expect(subject.time(to: survival, from: nil)?.days == 9 + day)
        for model in StateModel.allCases {
            #expect(subject.states(model, from: .enrolment, plan: treatment.plan).last?.stop == 9 + day, "\(model)")
        }
    }

    @Test func `every disguise gives the same intervals, for no date is in them`() throws {
        let subjects = try SmallTrial.both()
        let treatment = try SmallTrial.treatment()
        let names = ["states", "states-main", "phases", "endpoints", "transplant"]
        func read(_ disguise: Disguise) throws -> [String] {
            let export = try export(subjects, under: treatment, as: disguise)
            return try names.map { try export.text("intervals/\($0).csv") }
        }
        let plain = try read(.studyDays)
        let shift = DateShift(ShiftKey(), of: try .made(of: subjects, under: treatment), under: [treatment])
        let shifted = try read(.shifted(shift))
        #expect(plain == shifted)
        #expect(!plain.joined().contains("2016"))
    }

    @Test func `every column of every table is in the dictionary`() throws {
        let export = try export(try SmallTrial.both(), under: SmallTrial.treatment())
        let dictionary = try export.text("intervals/dictionary.csv").split(separator: "\n").dropFirst()
        let described = dictionary.map { $0.split(separator: ",").prefix(2).joined(separator: ".") }
        var columns: [String] = []
        for table in ["states", "states-main", "phases", "endpoints", "transplant"] {
            let header = try #require(try export.text("intervals/\(table).csv").split(separator: "\n").first)
            columns += header.split(separator: ",").map { "\(table).\($0)" }
        }
        #expect(described == columns)
        #expect(dictionary.allSatisfy { !$0.hasSuffix(",") }, "each has a source")
    }

    @Test func `an export of nobody has headers alone`() throws {
        let export = try export([], under: SmallTrial.treatment())
        let states = try export.text("intervals/states.csv")
        #expect(states == "id,tstart,tstop,from,to,istate,arm,stratum,eligible\n")
    }
}
