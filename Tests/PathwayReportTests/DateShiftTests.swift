import Foundation
import PathwayCore
import PathwayReport
import PathwaySimulation
import Testing

/// What moved dates tell of the true ones: no more than study days do.
@Suite(.apart) struct DateShiftTests {
    /// A key of a number, so that each run draws the same.
    private func key(_ number: Int) throws -> ShiftKey {
        let digits = String(number, radix: 16)
        return try #require(
            ShiftKey("pathway-date-shift:" + String(repeating: "0", count: 64 - digits.count) + digits))
    }

    private func shift(_ key: ShiftKey, through cut: String, under treatment: TreatmentProtocol) throws -> DateShift {
        DateShift(key, of: try .made(of: [], under: treatment, through: cut), under: [treatment])
    }

    /// A patient of the cohort who lived the same so many days later; or of whom nothing is known after the start of an infusion.
    private func subject(_ patient: SyntheticPatient, later days: Int, isCut: Bool) throws -> Subject {
        var record = try PatientRecord(patient.patient.description)
        let infusion = patient.attempts.firstIndex { $0.milestone.qualifier?.hasPrefix("blinatumomab") == true }
        for attempt in isCut
            ? patient.attempts.prefix((infusion ?? patient.attempts.count - 1) + 1) : patient.attempts[...]
        {
            var facts = attempt.milestone.facts
            for field in Field.allCases {
                if case .date(let date)? = facts[field] { facts[field] = .date(date.later(days)) }
            }
            record.record(try Milestone(attempt.milestone.kind, on: attempt.milestone.on.later(days), facts: facts))
        }
        return try record.subject()
    }

    @Test func `whoever lived the same at another time gives the same bytes in every form`() throws {
        var pairs: [(Subject, Subject)] = []
        let latest = try #require(Day("2019-01-31"))
        for patient in try SyntheticCohort.patients() where pairs.count < 25 {
            let isCut = pairs.count.isMultiple(of: 2)
            let here = try subject(patient, later: 0, isCut: isCut)
            // Refused where an arm had closed by then.
            guard let there = try? subject(patient, later: 70, isCut: isCut) else { continue }
            let isComparable = zip(here.milestones, there.milestones).allSatisfy {
                $0.day <= latest && $0.answer == $1.answer && $0.deviations == $1.deviations
                    && $0.warnings == $1.warnings && $0.stratum == $1.stratum
            }
            if isComparable { pairs.append((here, there)) }
        }
        #expect(pairs.count == 25)
        #expect(
            pairs.contains { $0.0.exposures.last?.definition?.infusion != nil && $0.0.exposures.last?.ended == nil })
        for format: any SnapshotFormat.Type in [
            CSVFormat.self, IntervalsFormat.self, SDTMFormat.self, ODMFormat.self, FHIRSnapshot.self,
            CBioPortalSnapshot.self,
        ] {
            let (here, there) = (
                try Export(format, of: pairs.map(\.0), as: .moved),
                try Export(format, of: pairs.map(\.1), as: .moved)
            )
            let names = try #require(FileManager.default.enumerator(atPath: here.url.path())).compactMap {
                $0 as? String
            }
            for name in names where name.contains(".") {
                #expect(try here.text(name) == there.text(name), "\(name)")
            }
        }
    }

    @Test func `every place between the opening and the cut is as likely as any other`() throws {
        let subject = try SmallTrial.patient("P-1", "X", [(300, "seen")])
        let treatment = try SmallTrial.treatment()
        var seen: [Int: Int] = [:]
        for number in 0..<8_000 {
            let shift = try shift(key(number), through: "2016-12-31", under: treatment)
            let days = shift.days(for: subject)
            #expect(days == shift.days(for: subject))
            seen[subject.enrolledOn.adding(days: days).days(since: shift.opening), default: 0] += 1
        }
        // Opened on 1 January 2015, 730 days before the cut; 309 days are known: 422 places.
        #expect(seen.keys.min() == 0 && seen.keys.max() == 421)
        let expected = 8_000.0 / 422
        let squares = (0..<422).reduce(0) { sum, place in
            sum + (Double(seen[place] ?? 0) - expected) * (Double(seen[place] ?? 0) - expected) / expected
        }
        // Chi-square with 421 degrees of freedom: above 519 once in a thousand.
        #expect(squares < 519, "\(squares)")
    }

    @Test func `what an outsider can count is what the documentation says`() throws {
        let treatment = try Protocols.aall1331
        var found: [String: [(places: Int, days: Int)]] = [:]
        let cuts = ["2019-06-30", "2020-09-30"]
        for cut in cuts {
            let day = try #require(Day(cut))
            let shift = try shift(key(1331), through: cut, under: treatment)
            #expect(shift.opening == Day("2014-12-17"))
            for subject in try SyntheticCohort.subjects(through: day) {
                let last = try #require(subject.milestones.map(\.day).max())
                let days = shift.days(for: subject)
                // The moved dates stay where the true ones can be.
                #expect(subject.enrolledOn.adding(days: days) >= shift.opening && last.adding(days: days) <= day)
                found[subject.id.description, default: []].append(
                    (day.days(since: shift.opening) - last.days(since: subject.enrolledOn) + 1, days))
            }
        }
        let final = found.values.compactMap { $0.last?.places }.sorted()
        #expect(final.count == 661)
        // Study days and the cut leave so many days on which a patient can have been enrolled; a moved date takes none of them away.
        #expect(final.first == 22 && final.count { $0 <= 90 } == 5 && final[330] == 1374)
        let both = found.values.filter { $0.count == 2 }
        #expect(both.count == 641 && both.count { $0[0].days == $0[1].days } == 566)
    }
}

extension ClinicalDate {
    fileprivate func later(_ days: Int) -> ClinicalDate {
        ClinicalDate(containing: earliest.adding(days: days), precision: precision)
    }
}
