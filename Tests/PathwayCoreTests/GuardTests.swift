import Testing

@testable import PathwayCore

@Suite struct GuardTests {
    private static let tenth = MRD.Level(validPartsPerBillion: 1_000_000)

    @Test(arguments: [
        (Guard.oneOf(.marrow, ["m2", "m3"]), "marrow is m2 or m3"),
        (.oneOf(.relapseSites, ["cns", "testis"]), "relapse-sites include cns or testis"),
        (.flag(.treatmentFailure, true), "treatment-failure is yes"),
        (.flag(.downSyndrome, false), "down-syndrome is no"),
        (.number(.age, .atLeast, 1), "age is at least 1"),
        (.number(.gray, .below, 185), "gray is below 18.5"),
        (.number(.ecog, .atMost, 2), "ecog is at most 2"),
        (.number(.ecog, .above, 2), "ecog is above 2"),
        (.level(.blasts, .atLeast, MRD.Level(validPartsPerBillion: 50_000_000)), "blasts is at least 5 %"),
        (.mrd(.below, tenth), "mrd is below 0.1 %"),
        (.mrd(.atLeast, tenth), "mrd is at least 0.1 %"),
        (.mrd(.undetermined, tenth), "mrd is undetermined at 0.1 %"),
        (
            .elapsed(from: .diagnosis, to: .relapse, .below, Span(36, .months)),
            "below 36 months from diagnosis to relapse"
        ),
        (.elapsed(from: .hold, to: .today, .atMost, Span(1, .weeks)), "at most 1 week from hold to today"),
        (.standing(.arm, ["A", "B"]), "arm is A or B"),
        (.standing(.status, ["lost"]), "status is lost"),
        (.received(["blinatumomab", "inotuzumab"]), "blinatumomab or inotuzumab was received"),
        (.happened([.crossoverOffered]), "crossover-offered was recorded before"),
        (.day(.above, Day(validYear: 2019, month: 9, day: 18)), "the day is after 2019-09-18"),
        (.day(.atMost, Day(validYear: 2019, month: 9, day: 18)), "the day is 2019-09-18 or before"),
        (.known(.mrd), "mrd is known"),
        (.not(.known(.exclusion)), "exclusion is not given"),
        (.not(.flag(.serious, true)), "serious is no"),
        (.not(.oneOf(.marrow, ["m1"])), "not (marrow is m1)"),
        (.all([]), "always"),
        (.all([.known(.mrd)]), "mrd is known"),
        (.all([.known(.mrd), .known(.cns)]), "mrd is known and cns is known"),
        (.any([.known(.mrd), .known(.cns)]), "mrd is known or cns is known"),
        (
            .all([.any([.known(.mrd), .known(.cns)]), .known(.age)]),
            "(mrd is known or cns is known) and age is known"
        ),
    ])
    func `a guard is printed in words`(condition: Guard, text: String) {
        #expect(condition.text == text)
    }

    /// A situation of facts alone.
    private struct Facts: Situation {
        var values: [Field: Value] = [:]
        var dates: [Clock: ClinicalDate] = [:]
        var months = MonthCount.calendar
        var today: ClinicalDate? { nil }

        func value(_ field: Field) -> Value? { values[field] }
        func interval(from start: Clock, to end: Clock) -> (ClinicalDate?, ClinicalDate?) { (dates[start], dates[end]) }
        func stands(_ word: Standing.Word, in accepted: [String]) -> Bool { accepted.contains("A") }
        func received(_ agent: String) -> Truth { Truth(agent == "blinatumomab") }
        func happened(_ kind: MilestoneKind) -> Bool { kind == .seen }
    }

    @Test func `a fact that was not given decides nothing`() {
        let nothing = Facts()
        let undecided: [Guard] = [
            .oneOf(.marrow, ["m1"]), .flag(.serious, true), .number(.age, .below, 1), .level(.blasts, .below, .none),
            .mrd(.below, .none), .mrd(.undetermined, .none),
            .elapsed(from: .diagnosis, to: .relapse, .below, Span(1, .days)),
        ]
        for condition in undecided {
            #expect(condition.holds(in: nothing) == .unknown)
            #expect(Guard.not(condition).holds(in: nothing) == .unknown)
            #expect(Guard.any([condition, .known(.marrow)]).holds(in: nothing) == .unknown)
            #expect(Guard.any([condition, .all([])]).holds(in: nothing) == .yes)
            #expect(Guard.all([condition, .known(.marrow)]).holds(in: nothing) == .no)
        }
        #expect(Guard.known(.marrow).holds(in: nothing) == .no)
        #expect(Guard.received(["other", "blinatumomab"]).holds(in: nothing) == .yes)
        #expect(Guard.received(["other"]).holds(in: nothing) == .no)
        #expect(Guard.happened([.seen, .died]).holds(in: nothing) == .yes)
        #expect(Guard.happened([.died]).holds(in: nothing) == .no)
        #expect(Guard.standing(.arm, ["A", "B"]).holds(in: nothing) == .yes)
    }

    @Test func `what is missing is named once, and only where it decides`() {
        let nothing = Facts()
        let late = Guard.elapsed(from: .diagnosis, to: .relapse, .atLeast, Span(36, .months))
        #expect(
            Guard.all([late, .mrd(.below, .none), late]).missing(in: nothing) == ["diagnosed", "relapsed-on", "mrd"])
        #expect(Guard.all([late, .known(.marrow)]).missing(in: nothing) == [])
        #expect(Guard.any([late, .all([])]).missing(in: nothing) == [])
        #expect(
            Guard.elapsed(from: .randomisation, to: .hold, .below, Span(1, .days)).missing(in: nothing)
                == ["the day of randomisation", "the day of hold"])
    }

    /// 36 months from a diagnosis known to the month of March 2012 end between 1 and 31 March 2015.
    @Test(arguments: [
        ("2012-03", "2015-02-28", Truth.yes), ("2012-03", "2015-03-01", .unknown), ("2012-03", "2015-03-30", .unknown),
        ("2012-03", "2015-03-31", .no), ("2012", "2014-12-31", .yes), ("2012", "2015-06-15", .unknown),
        ("2012", "2015-12-31", .no), ("2012-03-15", "2015-03-14", .yes), ("2012-03-15", "2015-03-15", .no),
        ("2012-03-15", "2015-03", .unknown), ("2012-03-15", "2015", .unknown), ("2012-03-15", "2015-04", .no),
        ("2012-02-29", "2015-02-27", .yes), ("2012-02-29", "2015-02-28", .no), ("2012-03-31", "2015-03-30", .yes),
        ("2012-03-31", "2015-03-31", .no),
    ])
    func `time between dates is decided only where every day they can mean agrees`(
        from: String, to: String, isBelow: Truth
    ) throws {
        var facts = Facts()
        facts.dates = [.diagnosis: try #require(ClinicalDate(from)), .relapse: try #require(ClinicalDate(to))]
        let below = Guard.elapsed(from: .diagnosis, to: .relapse, .below, Span(36, .months))
        let atLeast = Guard.elapsed(from: .diagnosis, to: .relapse, .atLeast, Span(36, .months))
        #expect(below.holds(in: facts) == isBelow)
        #expect(atLeast.holds(in: facts) == isBelow.negated)
    }

    @Test(arguments: [
        ("2015-01-31", 1, "2015-02-28"), ("2015-01-01", 1, "2015-02-01"), ("2015-08-31", 18, "2017-02-28"),
    ])
    func `a calendar month ends on the same day or the last of a shorter month`(start: String, months: Int, end: String)
        throws
    {
        let (start, end) = (try #require(Day(start)), try #require(Day(end)))
        let span = Span(months, .months)
        #expect(MonthCount.calendar.day(span, after: start) == end)
        #expect(MonthCount.calendar.holds(.below, from: start, to: end.adding(days: -1), span))
        #expect(MonthCount.calendar.holds(.atLeast, from: start, to: end, span))
        #expect(MonthCount.calendar.holds(.atMost, from: start, to: end, span))
        #expect(MonthCount.calendar.holds(.above, from: start, to: end.adding(days: 1), span))
    }

    /// 36 × 30.4375 = 1095.75 days, so the 1096th day is the first that is 36 months later; 2 × 30.5 = 61 exactly.
    @Test(arguments: [(304_375, 36, 1096), (305_000, 2, 61), (305_000, 1, 31), (304_000, 10, 304)])
    func `months of a stated length are compared exactly`(length: Int, months: Int, days: Int) throws {
        let start = try #require(Day("2012-03-31"))
        let (count, span) = (MonthCount.tenThousandthsOfADay(length), Span(months, .months))
        #expect(count.day(span, after: start) == start.adding(days: days))
        #expect(count.holds(.below, from: start, to: start.adding(days: days - 1), span))
        #expect(count.holds(.atLeast, from: start, to: start.adding(days: days), span))
    }

    @Test func `weeks are seven days and years twelve months`() throws {
        let start = try #require(Day("2012-02-29"))
        #expect(MonthCount.calendar.day(Span(2, .weeks), after: start).description == "2012-03-14")
        #expect(MonthCount.calendar.day(Span(1, .years), after: start).description == "2013-02-28")
        #expect(MonthCount.tenThousandthsOfADay(304_375).day(Span(1, .years), after: start) == start.adding(days: 366))
        #expect(MonthCount.calendar.holds(.atLeast, from: start, to: start.adding(days: 14), Span(2, .weeks)))
        #expect(!MonthCount.calendar.holds(.atLeast, from: start, to: start.adding(days: 13), Span(2, .weeks)))
    }
}
