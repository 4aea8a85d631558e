import PathwayCore
import PathwaySimulation
import Testing

/// Kaplan and Meier's estimate, written out plainly, against the paper's survival in percent.
@Suite struct SurvivalTests {
    struct Time {
        let days: Int
        let isEvent: Bool
    }

    private func survival(_ times: [Time], at limit: Int) -> Double {
        var survival = 1.0
        for day in 0...limit {
            let atRisk = times.filter { $0.days >= day }.count
            let events = times.filter { $0.days == day && $0.isEvent }.count
            if events > 0 { survival *= 1 - Double(events) / Double(atRisk) }
        }
        return survival * 100
    }

    private func times(_ arm: String, _ patients: [SyntheticPatient], until event: (Step) -> Bool) throws -> [Time] {
        try patients.filter { $0.analysedArm == arm }.map { patient in
            let start = try #require(patient.day(.randomised))
            let index = try #require(patient.steps.firstIndex { $0.milestone.kind == .randomised })
            let last = try #require(patient.steps.last)
            let found = patient.steps[index...].first(where: event)
            return Time(days: (found ?? last).milestone.on.earliest.days(since: start), isEvent: found != nil)
        }
    }

    // A relapse ends disease-free survival like a late failure, a second malignancy and a death do.
    private func isEvent(_ step: Step) -> Bool {
        switch step.milestone.kind {
        case .relapsed, .secondMalignancy, .died: true
        case .responseAssessed: ["m2", "m3"].contains(step.milestone.facts.word(.marrow) ?? "")
        default: false
        }
    }

    @Test func `the estimate is right for five patients worked by hand`() {
        // 5 at risk, 1 event: 4/5; one lost on day 2; 3 at risk, 1 event: 2/3; 4/5 times 2/3 is 53.3 %.
        let times = [(1, true), (2, false), (3, true), (9, false), (9, true)].map { Time(days: $0.0, isEvent: $0.1) }
        #expect(abs(survival(times, at: 5) - 53.333) < 0.001)
    }

    /// Events over those expected if the arms were alike, of one arm over the other's: a hazard ratio that needs no model.
    private func ratio(of times: [Time], against reference: [Time]) -> Double {
        var expected = (0.0, 0.0)
        for event in (times + reference).filter(\.isEvent) {
            let ours = Double(times.count { $0.days >= event.days })
            let theirs = Double(reference.count { $0.days >= event.days })
            expected.0 += ours / (ours + theirs)
            expected.1 += theirs / (ours + theirs)
        }
        return Double(times.count(where: \.isEvent)) / expected.0
            / (Double(reference.count(where: \.isEvent)) / expected.1)
    }

    @Test func `the ratio is right for four patients worked by hand`() {
        // Day 1: 2 of 4 at risk are ours, expected 1/2; day 2: 2 of 3, expected 2/3. Ours 1 event of 7/6, theirs 1 of 5/6.
        let ours = [Time(days: 2, isEvent: true), Time(days: 5, isEvent: false)]
        let theirs = [Time(days: 1, isEvent: true), Time(days: 5, isEvent: false)]
        #expect(abs(ratio(of: ours, against: theirs) - 5.0 / 7) < 0.001)
    }

    // The paper's is 0.70 (0.47 to 1.03). It depends on when events come, where survival after two years does not.
    @Test(arguments: [1331, 1, 2, 3, 4, 5, 6, 7, 8] as [UInt64])
    func `the hazard ratio of disease-free survival is near the paper, whatever the seed`(_ seed: UInt64) throws {
        let patients = try Trial.patients(seed: seed)
        let ratio = try ratio(of: times("B", patients, until: isEvent), against: times("A", patients, until: isEvent))
        #expect(0.62...0.78 ~= ratio)
    }

    @Test(arguments: [("B", 54.4), ("A", 39.0)])
    func `disease-free survival after two years is within two points of the paper`(
        _ arm: String, _ paper: Double
    ) throws {
        let times = try times(arm, Trial.patients(), until: isEvent)
        #expect(abs(survival(times, at: 730) - paper) < 2)
    }

    @Test(arguments: [("B", 71.3), ("A", 58.4)])
    func `overall survival after two years is within two points of the paper`(_ arm: String, _ paper: Double) throws {
        let times = try times(arm, Trial.patients()) { $0.milestone.kind == .died }
        #expect(abs(survival(times, at: 730) - paper) < 2)
    }

    @Test(arguments: [("D", 61.2, 90.4), ("C", 49.5, 79.6)])
    func `survival after four years in the low-risk arms is near the paper`(
        _ arm: String, _ diseaseFree: Double, _ overall: Double
    ) throws {
        let patients = try Trial.patients()
        #expect(abs(survival(try times(arm, patients, until: isEvent), at: 1461) - diseaseFree) < 3)
        #expect(abs(survival(try times(arm, patients) { $0.milestone.kind == .died }, at: 1461) - overall) < 3)
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8] as [UInt64])
    func `survival hardly depends on the seed`(_ seed: UInt64) throws {
        let patients = try Trial.patients(seed: seed)
        for (arm, diseaseFree, overall) in [("B", 54.4, 71.3), ("A", 39.0, 58.4)] {
            #expect(abs(survival(try times(arm, patients, until: isEvent), at: 730) - diseaseFree) < 2)
            #expect(abs(survival(try times(arm, patients) { $0.milestone.kind == .died }, at: 730) - overall) < 5)
        }
    }

    @Test func `all but one of the 107 first events come within two years`() throws {
        let patients = try Trial.patients()
        let events = try ["A", "B"].flatMap { try times($0, patients, until: isEvent) }.filter(\.isEvent)
        #expect(events.count == 107)
        #expect(events.filter { $0.days > 730 }.count == 1)
    }
}
