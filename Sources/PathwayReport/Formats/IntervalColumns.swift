internal import PathwayCore

/// The columns of the folder `intervals`, as the data dictionary describes them.
struct IntervalColumns {
    let states: [Column]
    let phases: [Column]
    let endpoints: [Column]
    let transplant: [Column]

    /// What the states make of several changes on one day, as the endpoints do.
    private static let ties =
        "of several events on one day that comes first which comes first among the endpoint's components, and a later one half a day after; an event comes before a transplant of its day"

    init(_ treatment: TreatmentProtocol) {
        let outcomes = Outcome.allCases.map { Column.Code($0.rawValue, $0.title) }
        let censored = Column.Code(IntervalRow.censored, "Seen for the last time, without a change")
        let id = Column("id", "Study number", .text)
        let allocation = [
            Column(
                "arm", "Arm allocated", .code, codes: treatment.arms.map { Column.Code($0.name, $0.title) },
                source: treatment.citation(of: .arm)),
            Column(
                "stratum", "Stratum as used at the randomisation", .code,
                codes: treatment.randomisations.flatMap(\.strata).map { Column.Code($0.name, $0.name) },
                source: treatment.randomisationCitation),
        ]
        let days = [
            Column("tstart", "Day on which the interval begins", .decimal, unit: "days since time zero"),
            Column(
                "tstop", "Day on which the interval ends; half a day later for what began and ended on one day",
                .decimal,
                unit: "days since time zero"),
        ]
        func between(_ kind: Column.Kind, _ codes: [Column.Code], _ words: String, _ ties: String) -> [Column] {
            days + [
                Column(
                    "from", "\(words) in the interval; \(ties)", kind, codes: codes),
                Column("to", "\(words) entered at the end", kind, codes: codes + (codes.isEmpty ? [] : [censored])),
                Column(
                    "istate", "\(words) in the interval, by the name that survfit and survcheck take", kind,
                    codes: codes),
            ]
        }
        states = [id] + between(.code, outcomes, "State", IntervalColumns.ties) + allocation + [.eligible]
        phases =
            [id]
            + between(
                .text, [], "Phase, and behind a slash the status unless in-study,",
                "of several changes on one day the last counts") + [.eligible]
        let components = treatment.plan.endpoints.flatMap(\.components)
        var causes: [Column.Code] = []
        for component in components where !causes.contains(where: { $0.value == component.name }) {
            causes.append(Column.Code(component.name, component.title))
        }
        let cause = Column(
            "cause", "Which event ended the time; of several on one day the first of the endpoint's components", .code,
            codes: causes + [censored])
        let key =
            [
                id,
                Column(
                    "endpoint", "Endpoint", .code,
                    codes: treatment.plan.endpoints.map { Column.Code($0.name, $0.title) },
                    source: treatment.endpointCitation),
                Column(
                    "zero", "Time zero: the enrolment, or the randomisation of this name", .code,
                    codes: [Column.Code("enrolment", "Enrolment")]
                        + treatment.randomisations.map { Column.Code($0.name, "Randomisation \($0.name)") }),
            ] + allocation + [.eligible]
        endpoints =
            key + [
                Column(
                    "days", "Days to the event or to the last day without it", .integer, unit: "days since time zero"),
                Column("event", "Whether an event ended the time", .flag), cause,
                Column(
                    "censoring", "Why no event was seen", .code,
                    codes: TimeToEvent.Censoring.allCases.map { Column.Code($0.rawValue, $0.title) }),
                Column(
                    "transplanted", "Day of a transplant before the end; empty without one", .integer,
                    unit: "days since time zero"),
            ]
        transplant = key + days + [Column("transplanted", "Whether transplanted in the interval", .flag), cause]
    }
}

extension TimeToEvent.Censoring {
    /// Its title for people.
    public var title: String {
        switch self {
        case .lastContact: "Without an event when last heard of"
        case .lost: "Lost to follow-up"
        case .withdrawn: "Consent withdrawn"
        case .offStudy: "Left the study"
        }
    }
}
