import Foundation
import PathwayCore
import PathwayEstimates
import PathwayReport
import Testing

/// What R says of the synthetic cohort, asked once for all tests.
struct AnalysisJudge: Sendable {
    /// What is compared: a cut, a randomisation, an analysis set and an endpoint.
    struct Case: Sendable, Hashable, CustomStringConvertible {
        let cut: String
        let randomisation: String
        let set: AnalysisSet
        let endpoint: String

        var description: String { "\(cut)/\(randomisation)/\(set.rawValue)/\(endpoint)" }
    }

    static let cases = SyntheticCohort.cuts.flatMap { cut in
        ["high-and-intermediate", "low"].flatMap { randomisation in
            [AnalysisSet.randomised, .randomisedAndEligible].flatMap { set in
                ["disease-free-survival", "overall-survival"].map { endpoint in
                    Case(cut: cut, randomisation: randomisation, set: set, endpoint: endpoint)
                }
            }
        }
    }

    /// The same times with one event taken for a censoring: whoever compares must find it.
    static let damaged = "damaged"

    /// By key; `nil` where R says NA.
    let verdicts: [String: Double?]

    static func shared() throws -> AnalysisJudge { try session.get() }

    private static let session = Result { try AnalysisJudge() }

    private init() throws {
        let folder = try Folder()
        var times = "key,reference,id,days,cause,arm,stratum,transplanted\n"
        var states = "key,id,start,stop,from,to,arm\n"
        for cut in SyntheticCohort.cuts where cut != "none" {
            let one = Case(
                cut: cut, randomisation: "high-and-intermediate", set: .randomisedAndEligible,
                endpoint: "disease-free-survival")
            let rows = try TimeRow.rows(of: one, SyntheticCohort.subjects(through: Day(cut)), followedTo: Day(cut))
            times += rows.map { $0.line("followed/\(one)") }.joined()
        }
        for one in Self.cases {
            let rows = try TimeRow.rows(of: one, SyntheticCohort.subjects(through: Day(one.cut)))
            times += rows.map { $0.line(one.description) }.joined()
            if one == Self.cases[0] {
                var broken = rows
                let place = try #require(broken.firstIndex { $0.cause == "relapse" })
                broken[place].cause = ""
                times += broken.map { $0.line(Self.damaged) }.joined()
            }
            guard one.endpoint == "disease-free-survival", one.set == .randomisedAndEligible else { continue }
            states += try StateRow.rows(of: one, SyntheticCohort.subjects(through: Day(one.cut)))
        }
        try folder.write("times.csv", times)
        try folder.write("states.csv", states)
        try Looks.write(to: folder)
        let judged = try folder.judged(by: .analysis)
        try #require(judged.isPassed, "\(judged.words)")
        var verdicts: [String: Double?] = [:]
        for line in try folder.lines("judged.csv") {
            let cells = line.split(separator: ",")
            verdicts[String(cells[0])] = .some(cells.count == 2 ? Double(cells[1]) : nil)
        }
        self.verdicts = verdicts
    }

    /// What R says under a key, the rest of it by the keys below.
    func verdicts(under key: String) -> [String: Double?] {
        var below: [String: Double?] = [:]
        for (name, value) in verdicts where name.hasPrefix(key + "/") {
            below[String(name.dropFirst(key.count + 1))] = value
        }
        return below
    }

    /// Whether the values agree: relative where they are not tiny, and never looser than the tolerance itself below 1.
    /// - Parameter absolute: for what R integrates numerically, and so gives to so many decimals.
    static func agree(_ our: Double?, _ verdict: Double?, within tolerance: Double, absolute: Bool = false) -> Bool {
        switch (our, verdict) {
        case (nil, nil): true
        case (let our?, let verdict?):
            abs(our - verdict) <= (absolute ? tolerance : tolerance * abs(verdict) + tolerance * 1e-4)
        default: false
        }
    }

    /// Requires that our values are those of R, key for key, and that neither has one that the other lacks.
    func expect(
        _ ours: [String: Double?], under key: String, within tolerance: Double = 1e-8, absolute: Bool = false,
        widened: [String: Double] = [:], at location: SourceLocation = #_sourceLocation
    ) {
        let theirs = verdicts(under: key)
        #expect(!theirs.isEmpty, "R says nothing of \(key)", sourceLocation: location)
        #expect(Set(ours.keys) == Set(theirs.keys), "\(key)", sourceLocation: location)
        let wrong = ours.filter { name, our in
            guard let their = theirs[name] else { return false }
            return !Self.agree(our, their, within: widened[name] ?? tolerance, absolute: absolute)
        }
        let words = wrong.keys.sorted().prefix(3).map {
            "\($0): \(ours[$0] ?? nil, default: "none"), R: \(theirs[$0] ?? nil, default: "none")"
        }
        #expect(wrong.isEmpty, "\(key): \(words)", sourceLocation: location)
    }
}

/// A time to an endpoint as R reads it, straight from the subject.
struct TimeRow {
    let reference: String
    let id: String
    let days: Int
    var cause: String
    let arm: String
    let stratum: String
    let transplanted: Int?

    func line(_ key: String) -> String {
        "\(key),\(reference),\(id),\(days),\(cause),\(arm),\(stratum),\(transplanted.map(String.init) ?? "NA")\n"
    }

    /// - Parameter cut: the day up to which everybody in sight is followed; `nil` is up to the last contact.
    static func rows(
        of one: AnalysisJudge.Case, _ subjects: [Subject], followedTo cut: Day? = nil
    ) throws -> [TimeRow] {
        let treatment = try Protocols.aall1331
        let randomisation = try #require(treatment.randomisations.first { $0.name == one.randomisation })
        let endpoint = try #require(treatment.plan.endpoint(named: one.endpoint))
        return try subjects.compactMap { subject in
            guard let time = subject.time(to: endpoint, from: randomisation) else { return nil }
            let isEligible = !subject.milestones.contains { $0.milestone.facts.word(.reason) == "ineligible" }
            guard isEligible || one.set == .randomised else { return nil }
            let allocation = try #require(subject.first(.randomised))
            let isInSight = ![Status.lost, .withdrawn, .offStudy].contains(subject.path.standing.status)
            let days = cut.map { $0.days(since: allocation.day) } ?? time.days
            let transplant = subject.first(.transplanted).map { $0.day.days(since: allocation.day) }
            return TimeRow(
                reference: randomisation.arms[0], id: subject.id.description,
                days: time.isEvent || !isInSight ? time.days : days,
                cause: time.isEvent ? time.word : "", arm: try #require(allocation.milestone.qualifier),
                stratum: try #require(allocation.stratum), transplanted: transplant)
        }
    }
}

/// The states as R reads them.
enum StateRow {
    static func rows(of one: AnalysisJudge.Case, _ subjects: [Subject]) throws -> String {
        let treatment = try Protocols.aall1331
        let randomisation = try #require(treatment.randomisations.first { $0.name == one.randomisation })
        var text = ""
        for subject in subjects
        where !subject.milestones.contains(where: { $0.milestone.facts.word(.reason) == "ineligible" }) {
            let arm = subject.first(.randomised)?.milestone.qualifier ?? ""
            var start = "0"
            for period in subject.states(.outcomes, from: .randomisation(randomisation)) {
                let stop = period.stop == period.start ? "\(period.stop).5" : "\(period.stop)"
                text += "\(one),\(subject.id),\(start),\(stop),\(period.state),\(period.next ?? ""),\(arm)\n"
                start = stop
            }
        }
        return text
    }
}

/// The looks at the high-risk comparison: the cohort as a snapshot of that very day would have it.
enum Looks {
    static let set = AnalysisSet.randomisedAndEligible

    static func monitoring(_ cut: String) throws -> TrialMonitoring {
        let analysis = try SyntheticCohort.analysis(cut: cut)
        return try #require(analysis.randomised(by: "high-and-intermediate", set)).monitoring().get()
    }

    static func write(to folder: Folder) throws {
        var looks = "key,reference,id,days,cause,arm,stratum,transplanted\n"
        var designs = "key,fractions\n"
        for cut in SyntheticCohort.cuts {
            let found = try monitoring(cut).looks
            for (place, look) in found.enumerated() {
                let one = AnalysisJudge.Case(
                    cut: cut, randomisation: "high-and-intermediate", set: set, endpoint: "disease-free-survival")
                let rows = try TimeRow.rows(of: one, SyntheticCohort.subjects(through: look.day ?? Day(cut)))
                looks += rows.map { $0.line("look/\(cut)/\(place + 1)") }.joined()
            }
            let fractions = found.map { "\(min(1, Double($0.events) / 131))" }.joined(separator: ";")
            designs += "design/\(cut),\(fractions)\n"
        }
        designs += "design/planned,\(80.0 / 131);1\n"
        try folder.write("looks.csv", looks)
        try folder.write("designs.csv", designs)
    }
}
