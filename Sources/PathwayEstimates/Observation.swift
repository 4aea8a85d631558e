/// One patient's follow-up for one endpoint, in whole days since the endpoint's day 0.
///
/// Days are integers so that ties are ties: two events fell on one day or they did not. One patient is one observation:
/// whoever splits a patient for a covariate that changes gets right estimates, and rows for a denominator.
public struct Observation: Sendable, Hashable {
    /// The day after which the patient counts as at risk; 0 for one who was watched from the beginning.
    ///
    /// A later day is left truncation: the patient could enter only because nothing had happened up to then.
    public let entry: Int
    /// The day of the event, or the last day without it.
    public let exit: Int
    /// Whether the event happened on the last day; if not, the patient is censored there.
    public let event: Bool
    /// The arm, or what else is compared.
    public let group: Group
    /// The stratum of randomisation.
    public let stratum: Stratum

    /// Takes a follow-up.
    ///
    /// One from day 0 may end on day 0: the patient was at risk on that day. A later entry must lie before the exit.
    /// Throws ``EstimateError`` with ``EstimateError/Code/negativeDay`` or ``EstimateError/Code/emptyInterval``.
    public init(
        entry: Int = 0, exit: Int, event: Bool, group: Group = .everyone, stratum: Stratum = .whole
    ) throws(EstimateError) {
        try Self.check(from: entry, to: exit)
        (self.entry, self.exit, self.event, self.group, self.stratum) = (entry, exit, event, group, stratum)
    }

    static func check(from entry: Int, to exit: Int) throws(EstimateError) {
        guard entry >= 0, exit >= 0 else {
            throw EstimateError(
                .negativeDay, "cannot count a follow-up from day \(entry) to day \(exit): days count from 0",
                hint: "an event before day 0 is outside the endpoint: leave the patient out of the analysis set")
        }
        guard exit > entry || entry == 0 else {
            throw EstimateError(
                .emptyInterval,
                "cannot count a follow-up from day \(entry) to day \(exit): a late entry must lie before the exit",
                hint: "leave out whoever had left before being seen")
        }
    }

    /// The same follow-up with the censoring as the event, for ``KaplanMeier/followUp(of:)``.
    var reversed: Observation { Observation(unchecked: self, event: !event) }

    private init(unchecked other: Observation, event: Bool) {
        (entry, exit, group, stratum) = (other.entry, other.exit, other.group, other.stratum)
        self.event = event
    }
}

extension Observation {
    /// Whether the patient is under observation just before a day's events.
    func isAtRisk(on day: Int) -> Bool { riskStart < day && day <= exit }

    /// Risk begins after this day. Who is watched from the beginning is at risk on day 0 already.
    var riskStart: Int { entry == 0 ? -1 : entry }
}
