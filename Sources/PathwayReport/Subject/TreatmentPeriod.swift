public import PathwayCore

/// A part of a subject's treatment, under the arm allocated last before it began: every day of a subject falls into one.
///
/// The report counts adverse events by it, and the column `period` of `adverse-events` is it.
public struct TreatmentPeriod: Sendable, Hashable {
    /// What was given.
    public enum Kind: Sendable, Hashable {
        /// Nothing so far: before the first course.
        case outside
        /// A course, by its word, with what comes behind it until something else begins.
        case course(String)
        /// Conditioning, or the transplant, with what comes behind it.
        case transplant

        /// Its one spelling.
        public var word: String {
            switch self {
            case .outside: "outside"
            case .course: "course"
            case .transplant: "transplant"
            }
        }
    }

    /// What was given.
    public let kind: Kind
    /// The arm; `nil` before a randomisation, or without one.
    public let arm: String?

    /// The course's word; `nil` where there is none.
    public var course: String? { if case .course(let word) = kind { word } else { nil } }
}

extension Subject {
    /// The periods in their order, each from the day on which it began: outside from the enrolment on, then whatever was begun.
    ///
    /// A randomisation begins a period of its own only before the first course: what happens between it and the next course belongs to the course before.
    var treatmentPeriods: [(period: TreatmentPeriod, start: Day)] {
        var periods = [(period: TreatmentPeriod(kind: .outside, arm: nil), start: enrolledOn)]
        var (arm, isTreated): (String?, Bool) = (nil, false)
        for step in milestones {
            let kind: TreatmentPeriod.Kind
            switch step.milestone.kind {
            case .randomised:
                arm = step.milestone.qualifier
                guard !isTreated else { continue }
                kind = .outside
            case .courseStarted: kind = .course(step.milestone.qualifier ?? "")
            case .conditioningStarted, .transplanted: kind = .transplant
            default: continue
            }
            isTreated = isTreated || kind != .outside
            // Whoever is transplanted after conditioning stays in one period.
            if kind == .transplant, periods.last?.period.kind == .transplant { continue }
            periods.append((TreatmentPeriod(kind: kind, arm: arm), step.day))
        }
        return periods
    }

    /// The period into which a day falls: of several that began on it, the last.
    public func treatmentPeriod(on day: Day) -> TreatmentPeriod {
        treatmentPeriods.last { $0.start <= day }?.period ?? TreatmentPeriod(kind: .outside, arm: nil)
    }
}
