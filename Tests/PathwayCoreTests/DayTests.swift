import PathwayCore
import Testing

@Suite struct DayTests {
    /// Goes from 1890-01-01 to 2110-12-31 one day at a time, knowing nothing but the lengths of the months.
    @Test func `every day from 1890 to 2110 reads back from its text and follows the day before`() throws {
        let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        var number: Int32 = -29_219  // 1890-01-01: 80 years of 365 days and 19 leap days before 1970.
        var mismatches = 0
        for year in 1890...2110 {
            let isLeap = year == 2000 || (year % 4 == 0 && year != 1900 && year != 2100)
            for month in 1...12 {
                for day in 1...(month == 2 && isLeap ? 29 : lengths[month - 1]) {
                    let text = "\(year)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"
                    let read = Day(text)
                    if read?.number != number || read?.description != text
                        || Day(number: number).parts != (year, month, day)
                        || Day(year: year, month: month, day: day)?.number != number
                    {
                        mismatches += 1
                    }
                    number += 1
                }
            }
        }
        #expect(mismatches == 0)
        #expect(Day(number: number) == Day("2111-01-01"))
        #expect(Day("1970-01-01")?.number == 0)
    }

    @Test(arguments: [
        "2019-02-29", "1900-02-29", "2100-02-29", "2019-04-31", "2019-00-10", "2019-13-01", "2019-01-00", "2019-01-32",
        "0999-12-31", "2019-1-01", "2019/01/01", "2019-01", "2019", "", "20190101", "2019-01-01 ", " 2019-01-01",
        "2019-01-0１", "-019-01-01", "2019-01-01T00:00:00Z", "19-01-2019",
    ])
    func `what is no day of the calendar is not read as one`(text: String) {
        #expect(Day(text) == nil)
    }

    @Test(arguments: ["2016-02-29", "2000-02-29", "1000-01-01", "9999-12-31"])
    func `leap days and the ends of the calendar are days`(text: String) {
        #expect(Day(text)?.description == text)
    }

    @Test(arguments: [
        ("2015-01-31", 1, "2015-02-28"), ("2016-01-31", 1, "2016-02-29"), ("2015-01-31", 36, "2018-01-31"),
        ("2012-02-29", 36, "2015-02-28"), ("2012-02-29", 48, "2016-02-29"), ("2015-08-31", 18, "2017-02-28"),
        ("2014-08-31", 18, "2016-02-29"), ("2015-12-15", 1, "2016-01-15"), ("2015-03-31", -1, "2015-02-28"),
        ("2015-01-15", -1, "2014-12-15"), ("2015-05-31", 0, "2015-05-31"), ("2015-10-31", 13, "2016-11-30"),
    ])
    func `a month later is the same day, or the last of a shorter month`(start: String, months: Int, end: String) throws
    {
        #expect(try #require(Day(start)).adding(months: months).description == end)
    }

    @Test func `days are counted across the leap day`() throws {
        let start = try #require(Day("2016-02-28"))
        #expect(start.adding(days: 2).description == "2016-03-01")
        #expect(start.adding(days: -59).description == "2015-12-31")
        #expect(try #require(Day("2016-03-01")).days(since: start) == 2)
        #expect(start < start.adding(days: 1))
    }
}

@Suite struct ClinicalDateTests {
    @Test(arguments: [
        ("2016-02-29", ClinicalDate.Precision.day, "2016-02-29", "2016-02-29"),
        ("2016-02", .month, "2016-02-01", "2016-02-29"), ("2015-02", .month, "2015-02-01", "2015-02-28"),
        ("2015-12", .month, "2015-12-01", "2015-12-31"), ("2015", .year, "2015-01-01", "2015-12-31"),
        ("9999", .year, "9999-01-01", "9999-12-31"),
    ])
    func `a date keeps its precision and knows the days it can mean`(
        text: String, precision: ClinicalDate.Precision, earliest: String, latest: String
    ) throws {
        let date = try #require(ClinicalDate(text))
        #expect(date.precision == precision)
        #expect(date.earliest.description == earliest)
        #expect(date.latest.description == latest)
        #expect(date.description == text)
    }

    @Test(arguments: [
        "2015-13", "2015-00", "2015-1", "15", "2015-", "201", "20155", "2015-02-30", "March 2015", "2015-0a",
    ])
    func `what is no date to any precision is not read as one`(text: String) {
        #expect(ClinicalDate(text) == nil)
    }

    @Test func `a date is made of a day that lies in it`() throws {
        let day = try #require(Day("2015-03-17"))
        #expect(ClinicalDate(containing: day, precision: .day).description == "2015-03-17")
        #expect(ClinicalDate(containing: day, precision: .month).description == "2015-03")
        #expect(ClinicalDate(containing: day, precision: .year).description == "2015")
    }
}

@Suite struct InstantTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00.000000Z", 0), ("2026-11-23T05:52:29.123456Z", 1_795_413_149_123_456),
        ("1969-12-31T23:59:59.999999Z", -1), ("2000-02-29T12:00:00.000001Z", 951_825_600_000_001),
        ("1900-01-01T00:00:00.000000Z", -2_208_988_800_000_000),
    ])
    func `a moment reads back from its text`(text: String, microseconds: Int64) {
        #expect(Instant(text)?.microseconds == microseconds)
        #expect(Instant(microseconds: microseconds).description == text)
    }

    @Test func `a fraction may have up to six digits, or be left out`() {
        #expect(Instant("1970-01-01T00:00:01Z")?.microseconds == 1_000_000)
        #expect(Instant("1970-01-01T00:00:01.5Z")?.microseconds == 1_500_000)
        #expect(Instant("1970-01-01T00:00:00.000001Z")?.microseconds == 1)
    }

    @Test func `an offset from Greenwich counts, whichever day it is there`() {
        #expect(Instant("2026-11-23T06:52:29+01:00") == Instant("2026-11-23T05:52:29Z"))
        #expect(Instant("2026-11-22T20:22:29.5-09:30") == Instant("2026-11-23T05:52:29.5Z"))
        #expect(Instant("2026-11-23T05:52:29-00:00") == Instant("2026-11-23T05:52:29Z"))
    }

    @Test(arguments: [
        "", "2026-11-23", "2026-11-23T05:52:29", "2026-11-23 05:52:29Z", "2026-11-23T24:00:00Z", "2026-11-23T05:60:00Z",
        "2026-11-23T05:52:60Z", "2026-11-23T05:52:29.1234567Z", "2026-02-30T05:52:29Z", "2026-11-23T05:52:29+24:00",
        "2026-11-23T05:52:29.Z", "2026-11-23T5.:52:29Z", "2026-11-23T.0:52:29Z", "2026-11-23T05:.0:29Z",
        "2026-11-23T05:52:9.5Z", "2026-11-23T05:52:.55Z", "2026-11-23T05:52:290Z", "2026-11-23T05:52:29.1.2Z",
        "2026-11-23Té5:52:29Z", "2026-11-23T05:52:29+0100", "2026-11-23T05:52:29+01", "2026-11-23T05:52:29+01:60",
        "2026-11-23T05:52:29 01:00", "2026-11-23T05:52:29Z+01:00",
    ])
    func `what is no moment is not read as one`(text: String) {
        #expect(Instant(text) == nil)
    }

    @Test func `the day of a moment before 1970 is the day it lies in`() {
        #expect(Instant(microseconds: -1).day.description == "1969-12-31")
        #expect(Instant(microseconds: -86_400_000_000).day.description == "1969-12-31")
        #expect(Instant(microseconds: -86_400_000_001).day.description == "1969-12-30")
    }
}
