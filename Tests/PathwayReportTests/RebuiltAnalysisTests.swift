import Foundation
import PathwayCore
import PathwayEstimates
import PathwayReport
import Testing

/// What a statistician gets who has the exported files and nothing else.
@Suite(.apart) struct RebuiltAnalysisTests {
    @Test func `the report's patients and survival follow from the exported files alone`() throws {
        let treatment = try Protocols.aall1331
        let export = try Export(CSVFormat.self, IntervalsFormat.self, of: SyntheticCohort.subjects())
        let judged = try export.judged(by: .rebuild)
        try #require(judged.isPassed, "\(judged.words)")
        let said = judged.lines.map { $0.split(separator: " ").map(String.init) }

        let report = try SyntheticCohort.analysis(cut: "none")
        var compared = 0
        for randomisation in treatment.randomisations {
            let set = try #require(report.randomised(by: randomisation.name, .randomisedAndEligible))
            for endpoint in set.endpoints {
                for arm in set.arms {
                    let curve = try set.survival(endpoint, arm: arm.arm).get().value
                    let survival = curve.steps.last { $0.day <= 730 }?.survival ?? 1
                    for source in ["csv", "intervals"] {
                        let key = [source, endpoint.name, randomisation.name, arm.arm]
                        let line = try #require(said.first { Array($0.prefix(4)) == key }, "\(key)")
                        #expect(line[4] == "\(arm.patients)" && line[5] == "\(curve.events)", "\(key)")
                        #expect(abs(try #require(Double(line[6])) - survival) < 1e-9, "\(key)")
                        compared += 1
                    }
                }
            }
        }
        #expect(compared >= 16)
        let patients = said.filter { $0[0] == "patients" }
        #expect(patients.count == 6 && patients.allSatisfy { $0[2] == "463" }, "\(patients)")
        let disease = said.filter { Array($0.prefix(2)) == ["csv", "disease-free-survival"] }
        #expect(disease.map { "\($0[3]) \($0[4])" }.sorted() == ["A 103", "B 105", "C 128", "D 127"])
        #expect(said.filter { $0[0] == "followed" }.map(\.last) == ["TRUE", "TRUE", "TRUE"])
        #expect(
            said.filter { $0[0] == "sources" } == [["sources", "0", "aall1331,", "arms:", "R7,", "R9;", "R7,", "R12"]])
        #expect(said.last == ["excluded", "8", "ineligible", "TRUE"])
    }
}
