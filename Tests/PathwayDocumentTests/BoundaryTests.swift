import Testing

@testable import PathwayCore

/// Boundaries generated from the documents: each limit less one, the limit, the limit and one, against literal answers.
@Suite struct BoundaryTests {
    /// One fact, or two days.
    private struct Case: Situation {
        var field: Field?
        var given: Value?
        var dates: (from: ClinicalDate, to: ClinicalDate)?
        var months: MonthCount
        var today: ClinicalDate?

        func value(_ field: Field) -> Value? { field == self.field ? given : nil }
        func interval(from start: Clock, to end: Clock) -> (ClinicalDate?, ClinicalDate?) { (dates?.from, dates?.to) }
        func stands(_ word: Standing.Word, in accepted: [String]) -> Bool { false }
        func received(_ agent: String) -> Truth { .no }
        func happened(_ kind: MilestoneKind) -> Bool { false }
    }

    private static func atoms(_ treatment: TreatmentProtocol) -> [Guard] {
        let rules = treatment.rules.flatMap { [$0.requirement] + [$0.appliesWhen].compactMap(\.self) }
        let rows = treatment.transitions.compactMap(\.condition)
        let strata = treatment.randomisations.flatMap(\.strata).map(\.condition)
        return (rules + rows + strata).flatMap { $0.atoms }.uniqued()
    }

    /// For a limit less one, the limit, and the limit and one.
    private static func answers(_ comparison: Guard.Comparison) -> [Truth] {
        switch comparison {
        case .below: [.yes, .no, .no]
        case .atMost: [.yes, .yes, .no]
        case .atLeast: [.no, .yes, .yes]
        case .above: [.no, .no, .yes]
        }
    }

    @Test(arguments: Bundled.names)
    func `numbers and shares turn at their limit`(name: String) throws {
        let treatment = try Bundled.treatment(name)
        var limits = 0
        for atom in BoundaryTests.atoms(treatment) {
            var found: [Truth] = []
            var expected: [Truth] = []
            for step in -1...1 {
                switch atom {
                case .number(let field, let comparison, let limit):
                    found.append(
                        atom.holds(in: Case(field: field, given: .number(limit + step), months: treatment.months)))
                    expected = BoundaryTests.answers(comparison)
                case .level(let field, let comparison, let limit):
                    let level = try #require(MRD.Level(partsPerBillion: limit.partsPerBillion + step))
                    found.append(atom.holds(in: Case(field: field, given: .level(level), months: treatment.months)))
                    expected = BoundaryTests.answers(comparison)
                default: break
                }
            }
            #expect(found == expected, "\(atom.text)")
            limits += found.isEmpty ? 0 : 1
        }
        #expect(limits >= 2)
    }

    @Test func `a day of the calendar turns on its day, and a month that contains it decides nothing`() throws {
        let treatment = try Bundled.treatment("aall1331")
        let condition = Guard.day(.above, try #require(Day("2019-09-18")))
        #expect(BoundaryTests.atoms(treatment).contains(condition))
        for (text, truth) in [
            ("2019-09-17", Truth.no), ("2019-09-18", .no), ("2019-09-19", .yes), ("2019-09", .unknown),
            ("2019-10", .yes), ("2019-08", .no),
        ] {
            let situation = Case(months: treatment.months, today: ClinicalDate(text))
            #expect(condition.holds(in: situation) == truth, "\(text)")
        }
    }

    @Test(arguments: Bundled.names)
    func `residual disease turns at its limit, whatever its relation and sensitivity`(name: String) throws {
        let treatment = try Bundled.treatment(name)
        var limits: Set<String> = []
        for case .mrd(let side, let limit) in BoundaryTests.atoms(treatment) {
            limits.insert(limit.percent)
            let (less, more) = try (
                #require(MRD.Level(partsPerBillion: limit.partsPerBillion - 1)),
                #require(MRD.Level(partsPerBillion: limit.partsPerBillion + 1))
            )
            // What is on which side: below, at least, or undetermined.
            let cases: [(MRD, Guard.MRDSide)] = [
                (MRD(.level(less)), .below), (MRD(.level(limit)), .atLeast), (MRD(.level(more)), .atLeast),
                (MRD(.below(less)), .below), (MRD(.below(limit)), .below), (MRD(.below(more)), .undetermined),
                (MRD(.atLeast(less)), .undetermined), (MRD(.atLeast(limit)), .atLeast), (MRD(.atLeast(more)), .atLeast),
                (MRD(.above(less)), .undetermined), (MRD(.above(limit)), .atLeast), (MRD(.above(more)), .atLeast),
                (MRD(.notDone), .undetermined), (MRD(.inadequate), .undetermined),
                (MRD(.level(.none), sensitivity: less), .below), (MRD(.level(.none), sensitivity: limit), .below),
                (MRD(.level(.none), sensitivity: more), .undetermined),
                (MRD(.level(less), sensitivity: more), .undetermined),
            ]
            for (mrd, expected) in cases {
                var facts = WithSensitivity(months: treatment.months)
                facts.result = mrd
                let truth = Guard.mrd(side, limit).holds(in: facts)
                #expect(truth == (side == expected ? .yes : .no), "\(side) \(limit.percent) of \(mrd.result.text)")
            }
        }
        #expect(limits == ["0.1", "0.01"])
    }

    private struct WithSensitivity: Situation {
        var months: MonthCount
        var result = MRD(.notDone)
        var today: ClinicalDate? { nil }

        func value(_ field: Field) -> Value? {
            switch field {
            case .mrd: .mrd(result.result)
            case .mrdSensitivity: result.sensitivity.map(Value.level)
            default: nil
            }
        }
        func interval(from start: Clock, to end: Clock) -> (ClinicalDate?, ClinicalDate?) { (nil, nil) }
        func stands(_ word: Standing.Word, in accepted: [String]) -> Bool { false }
        func received(_ agent: String) -> Truth { .no }
        func happened(_ kind: MilestoneKind) -> Bool { false }
    }

    /// From 15 March 2012, whose day every month has: the limit is found by counting, not by the code's arithmetic.
    @Test(arguments: Bundled.names)
    func `elapsed time turns on its day, and a month that contains it decides nothing`(name: String) throws {
        let treatment = try Bundled.treatment(name)
        let start = try #require(Day("2012-03-15"))
        var limits = 0
        for case .elapsed(let from, let to, let comparison, let span) in BoundaryTests.atoms(treatment) {
            let limit: Day
            switch span.unit {
            case .days: limit = Day(number: start.number + Int32(span.count))
            case .weeks: limit = Day(number: start.number + Int32(span.count * 7))
            case .months:
                let count = 2012 * 12 + 2 + span.count
                limit = try #require(Day(year: count / 12, month: count % 12 + 1, day: 15))
            case .years: limit = try #require(Day(year: 2012 + span.count, month: 3, day: 15))
            }
            let atom = Guard.elapsed(from: from, to: to, comparison, span)
            var found: [Truth] = []
            for step in -1...1 {
                let end = ClinicalDate(limit.adding(days: step))
                found.append(atom.holds(in: Case(dates: (ClinicalDate(start), end), months: treatment.months)))
            }
            #expect(found == BoundaryTests.answers(comparison), "\(atom.text)")
            for precision in [ClinicalDate.Precision.month, .year] {
                let end = ClinicalDate(containing: limit, precision: precision)
                #expect(atom.holds(in: Case(dates: (ClinicalDate(start), end), months: treatment.months)) == .unknown)
            }
            limits += 1
        }
        #expect(limits >= 3)
    }

    @Test(arguments: Bundled.names)
    func `a window warns a day before it opens and a day after it closes, and not between`(name: String) throws {
        let walker = try Walker.walk(name)
        var windows = 0
        for row in walker.treatment.transitions {
            guard let window = row.window, let taker = walker.takers[row.number],
                let milestone = taker.milestones.last?.milestone
            else { continue }
            var path = Path(under: walker.treatment)
            for (milestone, offProtocol) in taker.milestones.dropLast() {
                try path.replay(milestone, offProtocol: offProtocol)
            }
            let start = try #require(path.standing.day(window.from))
            #expect(window.closes.unit == .days && window.opens?.unit ?? .days == .days)
            let opens = window.opens.map { start.adding(days: $0.count) } ?? start
            let closes = start.adding(days: window.closes.count)
            for (day, isOutside) in [
                (opens.adding(days: -1), window.opens != nil), (opens, false), (closes, false),
                (closes.adding(days: 1), true),
            ] where day >= path.standing.floor ?? day {
                let dated = Milestone(judged: milestone.kind, on: ClinicalDate(day), facts: milestone.facts)
                let warnings: [Warning]
                switch path.judge(dated) {
                case .planned(let step), .offProtocol(let step): warnings = step.warnings
                case .refused(let refusal):
                    Issue.record("row \(row.number) on \(day): \(refusal.explanation)")
                    continue
                }
                let outside = warnings.filter { $0.text.hasPrefix("earlier than") || $0.text.hasPrefix("later than") }
                #expect(outside.count == (isOutside ? 1 : 0), "row \(row.number) on \(day)")
            }
            let offer = path.offers.first { $0.kind == row.kind && $0.qualifier == row.qualifier && $0.closes != nil }
            #expect(offer?.closes == closes)
            #expect(offer?.timing(on: closes) == .due)
            #expect(offer?.timing(on: closes.adding(days: 1)) == .overdue)
            if window.opens != nil {
                #expect(offer?.timing(on: opens.adding(days: -1)) == .upcoming)
                #expect(offer?.timing(on: opens) == .due)
            }
            windows += 1
        }
        #expect(windows >= (name == "aall1331" ? 20 : 0))
    }

    @Test(arguments: Bundled.names)
    func `every arm is allocated from the day it opens to the day it closes`(name: String) throws {
        let treatment = try Bundled.treatment(name)
        let walker = try Walker.walk(name)
        for row in treatment.transitions where row.kind == .randomised {
            let arm = try #require(treatment.arms.first { $0.name == row.qualifier })
            // Nine months earlier, so that the day before the arms open comes after every earlier milestone.
            var path = Path(under: treatment)
            for (milestone, offProtocol) in try #require(walker.takers[row.number]).milestones.dropLast() {
                try path.replay(BoundaryTests.moved(milestone, months: -9), offProtocol: offProtocol)
            }
            var facts = Facts()
            facts[.arm] = .word(arm.name)
            facts[.allocatedBy] = .text("x")
            var days: [(Day, Bool)] = []
            if let opens = arm.opens {
                days += [(opens.adding(days: -1), false), (opens, true), (opens.adding(days: 1), true)]
            }
            if let closes = arm.closes {
                days += [(closes.adding(days: -1), true), (closes, true), (closes.adding(days: 1), false)]
            }
            for (day, isOpen) in days {
                switch path.judge(try Milestone(.randomised, on: ClinicalDate(day), facts: facts)) {
                case .planned: #expect(isOpen, "\(arm.name) on \(day)")
                case .refused(let refusal):
                    #expect(
                        !isOpen && refusal.reason == .armNotOpen(arm.name, opens: arm.opens, closes: arm.closes),
                        "\(arm.name) on \(day)")
                case .offProtocol: Issue.record("\(arm.name) on \(day) is off protocol")
                }
            }
        }
    }

    private static func moved(_ milestone: Milestone, months: Int) -> Milestone {
        func moved(_ date: ClinicalDate) -> ClinicalDate {
            ClinicalDate(containing: date.earliest.adding(months: months), precision: date.precision)
        }
        var facts = milestone.facts
        for entry in facts.entries {
            if case .date(let date) = entry.value { facts[entry.field] = .date(moved(date)) }
        }
        return Milestone(judged: milestone.kind, on: moved(milestone.on), facts: facts)
    }
}
