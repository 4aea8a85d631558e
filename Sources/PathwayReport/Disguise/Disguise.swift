public import PathwayCore

/// How an export keeps a patient's dates from telling who the patient is.
///
/// Either way birth dates, free text and names stay out, and an age at or above ``ageLimit`` is given as that limit.
public enum Disguise: Sendable {
    /// Dates become days since the enrolment, which is day 0.
    case studyDays
    /// Every date of a patient is moved by the same number of days, which only the key tells.
    case shifted(ShiftKey)

    /// Ages from this one on are given as one: above it, an age may single somebody out (45 CFR 164.514(b)(2)(i)(C): "all ages over 89").
    public static let ageLimit = 90

    /// The rule in words, for the manifest: names a key by its identifier and never holds it.
    public var rule: String {
        switch self {
        case .studyDays:
            "dates as days since the enrolment (day 0); no birth dates, free text or names; ages of \(Disguise.ageLimit) and over as \(Disguise.ageLimit)"
        case .shifted(let key):
            "dates moved by a number of days per patient under the key \(key.identifier), which is not in this export; no birth dates, free text or names; ages of \(Disguise.ageLimit) and over as \(Disguise.ageLimit)"
        }
    }

    /// A date of a subject as it may be shown, `nil` where only days are.
    ///
    /// A date known to the month or year keeps its precision.
    public func date(_ date: ClinicalDate, of subject: Subject) -> ClinicalDate? {
        guard case .shifted(let key) = self else { return nil }
        return ClinicalDate(
            containing: date.earliest.adding(days: key.days(for: subject.id)), precision: date.precision)
    }

    /// A day of a subject as it may be shown, `nil` where only days are.
    public func day(_ day: Day, of subject: Subject) -> Day? {
        guard case .shifted(let key) = self else { return nil }
        return day.adding(days: key.days(for: subject.id))
    }

    /// A moment of a subject's record as it may be shown, `nil` where only days are.
    public func instant(_ instant: Instant, of subject: Subject) -> Instant? {
        guard case .shifted(let key) = self else { return nil }
        return Instant(microseconds: instant.microseconds + Int64(key.days(for: subject.id)) * 86_400_000_000)
    }

    /// An age in years as it may be shown, and whether it stands for all ages from there on.
    public static func age(_ years: Int) -> (years: Int, andOver: Bool) {
        years >= ageLimit ? (ageLimit, true) : (years, false)
    }
}
