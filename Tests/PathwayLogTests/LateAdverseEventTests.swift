import PathwayCore
import Testing

@testable import PathwayLog

/// Adverse events become known after the milestones that followed them.
@Suite struct LateAdverseEventTests {
    @Test func `a reading up to a day between an adverse event and what was recorded before it is whole`() async throws
    {
        try await withLog { log, _ in
            try await log.mustRecord(Array(History.inBlock2.prefix(3)))
            let before = try await log.path(of: patient("P-001"))
            let (start, end) = (before.events[1].milestone.on, before.events[2].milestone.on)
            let between = end.earliest.adding(days: -1)
            try await log.mustRecord(["P-001 adverse-event \(start) term=sepsis grade=3"])
            let path = try await log.path(of: patient("P-001"), at: ReadingPoint(through: between))
            #expect(path.events.map(\.position) == [1, 2, 4])
            #expect(path.path.phase.name == "block-1")
            #expect(path.steps.map(\.milestone.kind) == [.enrolled, .courseStarted, .adverseEvent])
            #expect(path.steps.last?.phaseAfter == path.steps.last?.phaseBefore)
            let cohort = try await log.cohort(at: ReadingPoint(through: between))
            #expect(cohort.map(\.phase) == ["block-1"])
            #expect(try await log.path(of: patient("P-001")).path.phase.name == before.path.phase.name)
        }
    }

    @Test func `so is one up to a day before the patient died`() async throws {
        try await withLog { log, _ in
            try await log.mustRecord(Array(History.inBlock2.prefix(2)))
            let start = try await log.path(of: patient("P-001")).events[1].milestone.on
            let (fall, death) = (start.earliest.adding(days: 5), start.earliest.adding(days: 10))
            try await log.mustRecord([
                "P-001 relapsed \(death) relapse-sites=marrow", "P-001 adverse-event \(fall) term=sepsis grade=3",
            ])
            let path = try await log.path(of: patient("P-001"), at: ReadingPoint(through: fall))
            #expect(path.events.map(\.position) == [1, 2, 4])
            #expect(path.path.standing.status == .inStudy)
        }
    }
}
