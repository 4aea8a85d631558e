public import PathwayCore

/// How an export keeps a patient's dates from telling who the patient is.
///
/// Either way birth dates, free text and names of people stay out, sites are named by their codes as they are, and an age at or above ``ageLimit`` is given as that limit.
public enum Disguise: Sendable {
    /// Dates become days since the enrolment, which is day 0.
    case studyDays
    /// Every date of a patient is moved by the same number of days, to where they could as well lie.
    case shifted(DateShift)

    /// Ages from this one on are given as one: above it, an age may single somebody out (45 CFR 164.514(b)(2)(i)(C): "all ages over 89").
    public static let ageLimit = 90

    /// The rule in words, for the manifest: names a key by its identifier and never holds it.
    public var rule: String {
        switch self {
        case .studyDays:
            "dates as days since the enrolment (day 0); moments of recording as days behind what was recorded, \(Disguise.longestLag) for all longer; \(Disguise.leftOut)"
        case .shifted(let shift):
            "each patient's dates moved together to any place between \(shift.opening) and the cut, under the key \(shift.key.identifier), which is not in this export; moments of recording as moved days, at most \(Disguise.longestLag) behind what was recorded and without the time of the day; \(Disguise.leftOut)"
        }
    }

    private static let leftOut =
        "no birth dates, no free text, no names of people but what stands in a study number: study numbers and codes of sites leave as they are; words are those of the protocol; ages of \(ageLimit) and over as \(ageLimit)"

    /// A date of a subject as it may be shown, `nil` where only days are.
    ///
    /// A date known to the month or year keeps its precision.
    public func date(_ date: ClinicalDate, of subject: Subject) -> ClinicalDate? {
        guard case .shifted(let shift) = self else { return nil }
        return ClinicalDate(containing: date.earliest.adding(days: shift.days(for: subject)), precision: date.precision)
    }

    /// A day of a subject as it may be shown, `nil` where only days are.
    public func day(_ day: Day, of subject: Subject) -> Day? {
        guard case .shifted(let shift) = self else { return nil }
        return day.adding(days: shift.days(for: subject))
    }

    /// The longest time from an event to its recording that is shown, in days; it stands for all longer ones.
    ///
    /// Whoever knows on which day old records were entered in bulk could count back from it to every date.
    public static let longestLag = 30

    /// How many days after an event it was recorded, at most ``longestLag``; negative if it was recorded under an earlier day.
    public static func lag(of entry: RecordedEntry, of subject: Subject) -> Int {
        min(entry.recordedAt.day.days(since: subject.day(of: entry)), longestLag)
    }

    /// When an entry was recorded as it may be shown, moved as its date is; `nil` where only days are shown.
    ///
    /// What was recorded later than ``longestLag`` days after it happened is shown as recorded then, and the time of the day is not shown: what was
    /// recorded in one statement would tell by it how far two patients' dates are moved apart.
    public func recordedAt(_ entry: RecordedEntry, of subject: Subject) -> Instant? {
        let lag = Disguise.lag(of: entry, of: subject)
        guard let shown = day(subject.day(of: entry), of: subject)?.adding(days: lag) else { return nil }
        return Instant(microseconds: Int64(shown.number) * 86_400_000_000)
    }

    /// An age in years as it may be shown, and whether it stands for all ages from there on.
    public static func age(_ years: Int) -> (years: Int, andOver: Bool) {
        years >= ageLimit ? (ageLimit, true) : (years, false)
    }
}
