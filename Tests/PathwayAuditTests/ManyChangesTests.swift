import Foundation
import PathwayProof
import Postgres
import Testing

@testable import PathwayLog

/// Random changes by the thousand: the audit's own checks over rows that were read once, each change found and named.
///
/// PATHWAY_TAMPER_COUNT=100000 makes as many; PATHWAY_TAMPER_SEED repeats a run.
@Suite struct ManyChangesTests {
    /// What became of the changes of one kind.
    struct Tally {
        var made = 0
        var notFound = 0
        var notNamed = 0
        var misnamed = 0
        var example: String?
    }

    @Test func `random changes are all found and named against one old checkpoint`() async throws {
        let environment = ProcessInfo.processInfo.environment
        let count = environment["PATHWAY_TAMPER_COUNT"].flatMap { Int($0) } ?? 2_000
        let seed = environment["PATHWAY_TAMPER_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 0 ... .max)
        let witness = try await AuditedLog.shared.witness()
        try await withCopy(of: witness.template) { _, conninfo in
            var superuser = try await Connection.open(conninfo)
            let log = try await MemoryLog(&superuser)
            let kept = log.leaves(witness.leaves.count)
            #expect(kept.map(\.digest) == witness.leaves.map(\.digest))
            let untouched = log.audit(Set(log.chains.keys), witness.checkpoint, leaves: kept, withTree: true)
            #expect(untouched.findings.map(\.words) == [])
            let began = ContinuousClock.now
            var tallies: [RandomChange: Tally] = [:]
            let parts = 4
            await withTaskGroup(of: [RandomChange: Tally].self) { group in
                for part in 0..<parts {
                    group.addTask {
                        await Self.tallies(of: count / parts, seed: seed &+ UInt64(part), log, kept, witness.checkpoint)
                    }
                }
                for await some in group { tallies.merge(some) { $0.adding($1) } }
            }
            print("\(count) changes, seed \(seed): \(ContinuousClock.now - began)")
            for (change, tally) in tallies.sorted(by: { "\($0.key)" < "\($1.key)" }) {
                print("  \(change): \(tally.words)")
                #expect(tally.isPerfect, "seed \(seed), \(change): \(tally.example ?? "")")
            }
        }
    }

    @concurrent private static func tallies(
        of count: Int, seed: UInt64, _ log: MemoryLog, _ kept: [Leaf], _ checkpoint: Checkpoint
    ) async -> [RandomChange: Tally] {
        var tallies: [RandomChange: Tally] = [:]
        var random = SeededGenerator(seed: seed)
        for number in 0..<count {
            let change = RandomChange.allCases[number % RandomChange.allCases.count]
            var copy = log
            let done = change.apply(to: &copy, kept, using: &random)
            let report = copy.audit(done.touched, checkpoint, leaves: kept, withTree: done.touchesSeals)
            tallies[change, default: Tally()].take(done, report, number)
            guard done.touchesSeals, number.isMultiple(of: 5) else { continue }
            // Without the leaves the checkpoint finds it all the same.
            let alone = copy.audit(done.touched, checkpoint, leaves: [], withTree: true)
            if alone.isSound { tallies[change, default: Tally()].notFound += 1 }
        }
        return tallies
    }
}

extension ManyChangesTests.Tally {
    var isPerfect: Bool { notFound + notNamed + misnamed == 0 }

    var words: String { "\(made) made, \(notFound) not found, \(notNamed) not named, \(misnamed) misnamed" }

    func adding(_ other: Self) -> Self {
        Self(
            made: made + other.made, notFound: notFound + other.notFound, notNamed: notNamed + other.notNamed,
            misnamed: misnamed + other.misnamed, example: example ?? other.example)
    }
}

extension ManyChangesTests.Tally {
    mutating func take(_ done: RandomChange.Done, _ report: AuditReport, _ number: Int) {
        made += 1
        let missed = done.places.subtracting(report.named)
        let innocent = Set(report.named.map(\.patient)).subtracting(done.touched)
        if report.isSound { notFound += 1 } else if !missed.isEmpty { notNamed += 1 }
        if !innocent.isEmpty { misnamed += 1 }
        guard report.isSound || !missed.isEmpty || !innocent.isEmpty, example == nil else { return }
        let found = report.findings.prefix(5).map { "\($0.kind) \($0.patient ?? "?") \($0.position ?? 0): \($0.words)" }
        example = "change \(number), missed \(missed), innocent \(innocent): \(found)"
    }
}
