import PathwayCore
import PathwayReport
import Testing

/// The statistician's tables of records made by hand.
@Suite struct CSVTests {
    /// The rows of a table, each cell under its column's name.
    private func rows(
        _ table: String, _ subjects: [Subject], _ disguise: Disguise = .studyDays
    ) throws -> [[String: String]] {
        let export = try Export(CSVFormat.self, of: subjects, as: disguise)
        let lines = try export.lines("csv/\(table).csv").map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        return lines.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(lines[0], $0)) }
    }

    /// Randomised on day 36, and dead in a year of which no more is known: the first day that it can mean lies before the enrolment.
    private func deadInTheYear() throws -> Subject {
        var path = try TabulatedSubjects.randomisedToA()
        try path.record("2015 died death-cause=disease")
        return try path.subject()
    }

    @Test func `a death known to the year counts from one day in every table, and each says so`() throws {
        let subject = try deadInTheYear()
        let person = try #require(try rows("subjects", [subject]).first)
        #expect(person["death_day"] == "36" && person["death_precision"] == "year")
        #expect(person["last_known_alive_day"] == "36" && person["last_known_alive_precision"] == "day")
        #expect(person["relapse_day"] == "" && person["relapse_precision"] == "")
        let event = try #require(try rows("events", [subject]).last)
        #expect(event["milestone"] == "died" && event["event_day"] == "36" && event["event_precision"] == "year")
        let moved = try #require(try rows("events", [subject], Disguise.moved).last)
        // 36 days after the enrolment of 2 March 2015, which is moved to 19 May 2018, and thirty more.
        #expect(moved["event_day"] == "36" && moved["recorded_at"] == "2018-07-24T00:00:00.000000Z")
        let times = try rows("endpoints", [subject]).filter { $0["randomisation"] != "" }
        #expect(!times.isEmpty && times.allSatisfy { $0["event"] == "1" && $0["time"] == "0" })
        #expect(times.allSatisfy { $0["time_precision"] == "year" })
    }

    @Test func `a visit known to the month censors, and says so`() throws {
        var path = try TabulatedSubjects.randomisedToA()
        try path.record("2016-07 seen")
        let subject = try path.subject()
        // From 7 April 2015 to 1 July 2016.
        let times = try rows("endpoints", [subject])
        #expect(times.allSatisfy { $0["time_precision"] == "month" })
        #expect(times.filter { $0["randomisation"] != "" }.allSatisfy { $0["time"] == "451" })
        let person = try #require(try rows("subjects", [subject]).first)
        #expect(person["last_known_alive_precision"] == "month" && person["last_record_precision"] == "month")
    }

    @Test func `what a correction took off the path counts from what stood before it then`() throws {
        var path = try TabulatedSubjects.randomisedToA()
        try path.record("2015 died death-cause=disease")
        try path.correct(from: 7) { _, milestone in
            try Milestone(.died, on: #require(ClinicalDate("2015-05")), facts: milestone.facts)
        }
        let deaths = try rows("events", [path.subject()]).filter { $0["milestone"] == "died" }
        #expect(deaths.map { $0["state"] } == ["rewound", "restated"])
        #expect(deaths.map { $0["event_day"] } == ["36", "60"])
        #expect(deaths.map { $0["event_precision"] } == ["year", "month"])
    }

    @Test func `an event of grade 5 is serious, whatever the site ticked`() throws {
        var path = try TabulatedSubjects.randomisedToA()
        for (grade, serious) in [("5", nil), ("5", "no"), ("3", nil), ("3", "no"), ("2", "yes")] {
            try path.record(
                "2015-04-10 adverse-event term=sepsis grade=\(grade)" + (serious.map { " serious=\($0)" } ?? ""))
        }
        #expect(
            try rows("adverse-events", [path.subject()]).map { $0["serious"] } == ["yes", "yes", "", "no", "yes"])
    }

    @Test func `the rule of de-identification says what leaves as it is`() throws {
        for rule in [Disguise.studyDays.rule, try Disguise.moved.rule] {
            #expect(rule.contains("study numbers and codes of sites leave as they are"))
            #expect(rule.contains("moments of recording as "))
        }
    }
}
