import Crypto
import PathwayCore
import PathwaySimulation
import Testing

@Suite struct SimulationTests {
    @Test func `the same seed gives the same bytes`() throws {
        #expect(try digest(seed: 1331) == digest(seed: 1331))
        #expect(try digest(seed: 1331) != digest(seed: 1332))
    }

    private func digest(seed: UInt64) throws -> [UInt8] {
        let text = try Trial.made(661, seed: seed).map(\.lines).joined()
        return Array(SHA256.hash(data: Array(text.utf8)))
    }

    @Test func `patients are the same however many follow`() throws {
        let few = try Trial.patients(700)
        let many = try Trial.patients(1400)
        #expect(few.map(\.lines) == Array(many.prefix(700)).map(\.lines))
        #expect(many[0].lines != many[661].lines)
    }

    @Test func `every attempt says that it is synthetic, who recorded it and under which key`() throws {
        let patients = try Trial.patients()
        #expect(patients.first?.patient.description == "S-000001")
        #expect(patients.last?.patient.description == "S-000661")
        let attempts = patients.flatMap(\.attempts)
        #expect(attempts.allSatisfy { $0.isSynthetic })
        #expect(attempts.allSatisfy { $0.by?.hasPrefix("synthetic-coordinator-") ?? false })
        #expect(Set(attempts.compactMap(\.request)).count == attempts.count)
        for patient in patients {
            #expect(patient.attempts.first?.edition?.name == "aall1331")
            #expect(patient.attempts.dropFirst().allSatisfy { $0.edition == nil })
            #expect(patient.attempts.allSatisfy { $0.patient == patient.patient })
        }
    }

    @Test func `every line reads back as the attempt that it was written from`() throws {
        for patient in try Trial.patients() {
            for attempt in patient.attempts {
                var line: [UInt8] = []
                attempt.appendLine(to: &line)
                #expect(try Attempt(entries: JSONLine.read(line.dropLast())) == attempt)
            }
        }
    }

    @Test(arguments: ["A", "B"])
    func `the median age at enrolment is nine years as published`(_ arm: String) throws {
        let ages = try Trial.patients().filter { $0.analysedArm == arm }.map { patient -> Int in
            let enrolled = try #require(patient.attempts.first).milestone
            guard case .date(let born)? = enrolled.facts[.born] else { return -1 }
            let (birth, day) = (born.earliest.parts, enrolled.on.earliest.parts)
            return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day) ? 1 : 0)
        }.sorted()
        #expect(ages[ages.count / 2] == 9)
        #expect(ages.first ?? 0 >= 1 && ages.last ?? 31 <= 30)
    }

    @Test func `one coordinator records for one site`() throws {
        var coordinators: [String: Set<String>] = [:]
        for patient in try Trial.patients() {
            guard case .text(let site)? = patient.attempts[0].milestone.facts[.site] else { continue }
            coordinators[site, default: []].formUnion(patient.attempts.compactMap(\.by))
        }
        #expect(coordinators.count > 24)
        #expect(coordinators.values.allSatisfy { $0.count == 1 })
    }

    @Test func `replaying the attempts alone gives the same path`() throws {
        for patient in try Trial.patients() {
            var path = Path(under: try Trial.treatment.get())
            for attempt in patient.attempts {
                try path.replay(attempt.milestone, offProtocol: attempt.deviation != nil)
            }
            #expect(path.standing.phase == patient.steps.last?.phaseAfter)
            #expect(path.standing.status == patient.steps.last?.statusAfter)
        }
    }

    @Test func `nothing happens after the end of follow-up or before the trial`() throws {
        let first = try #require(Day("2014-12-17"))
        let last = try #require(Day("2020-09-30"))
        let days = try Trial.patients(6610, seed: 5).flatMap(\.attempts).map(\.milestone.on)
        #expect(days.allSatisfy { $0.latest <= last && $0.earliest >= first })
    }

    @Test func `the days of a path never run back`() throws {
        for patient in try Trial.patients() {
            let days = patient.attempts.map(\.milestone.on.earliest)
            #expect(zip(days, days.dropFirst()).allSatisfy { $0 <= $1 })
        }
    }

    @Test func `crossover comes after the closing of the arms`() throws {
        let closed = try #require(Day("2019-09-18"))
        let offers = try Trial.patients().compactMap { $0.day(.crossoverOffered) }
        #expect(offers.count == 5)
        #expect(offers.allSatisfy { $0 > closed })
    }

    @Test func `every milestone of the vocabulary occurs`() throws {
        let seen = Set(try Trial.patients().flatMap(\.attempts).map(\.milestone.kind))
        #expect(MilestoneKind.allCases.filter { !seen.contains($0) } == [])
    }

    @Test func `both answers occur, and what leaves the protocol says why`() throws {
        let patients = try Trial.patients()
        let deviations = patients.flatMap { Array(zip($0.attempts, $0.steps)) }.filter { $0.1.answer == .offProtocol }
        #expect(deviations.count == 2)
        #expect(deviations.allSatisfy { !($0.0.deviation ?? "").isEmpty })
    }

    @Test func `a shape of another protocol is refused`() throws {
        let shape = try Trial.documents.get().shape
        let other = try #require(try? Other.treatment.get())
        let faults = #expect(throws: ShapeFaults.self) { _ = try Simulation(shape: shape, treatment: other) }
        #expect(faults?.faults.map(\.message) == ["the shape is of protocol \"aall1331\", not \"intreall-sr-2010\""])
    }
}
