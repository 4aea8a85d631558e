import Foundation
import PathwayCore
import PathwaySimulation
import Testing

@Suite(.serialized) struct ScaleTests {
    @Test func `twice the cohort has twice the counts`() throws {
        let rows = try Trial.flow(Trial.patients(1322))
        for row in rows { #expect(row.counted == 2 * (row.published ?? 0), "\(row.name)") }
    }

    @Test func `a thousand patients keep the proportions`() throws {
        let rows = try Trial.flow(Trial.patients(1000, seed: 3))
        for row in rows {
            let expected = Double(row.published ?? 0) * 1000 / 661
            // The second batch is dealt out only in part: a sample of 339 of 661 without replacement.
            #expect(abs(Double(row.counted) - expected) <= 4 + 2 * expected.squareRoot(), "\(row.name) \(row.counted)")
        }
    }

    @Test(.timeLimit(.minutes(10)))
    func `fifty thousand patients need no more memory than five thousand`() throws {
        var simulation = try Trial.simulation(patients: 50_000, seed: 11)
        var made = 0
        var milestones = 0
        var residentPagesEarly: Int?
        while let patient = try simulation.next() {
            made += 1
            milestones += patient.attempts.count
            if made == 5_000 { residentPagesEarly = residentPages() }
        }
        #expect(made == 50_000)
        #expect((1_100_000...1_250_000).contains(milestones))
        // Kept, 45,000 patients would take half a gigabyte. Other tests run beside this one and allocate too, hence 128 MiB:
        // 32,768 pages, where the system tells them.
        if let early = residentPagesEarly, let late = residentPages() { #expect(late - early < 32_768) }
    }

    private func residentPages() -> Int? {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return nil }
        let fields = text.split(separator: " ")
        return fields.count > 1 ? Int(fields[1]) : nil
    }
}
