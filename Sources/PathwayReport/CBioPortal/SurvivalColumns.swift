internal import PathwayCore

/// The endpoints as pairs of columns, from which cBioPortal draws curves: `…_STATUS` and `…_MONTHS`.
///
/// Overall survival counts from the enrolment, for everybody. The plan's endpoints stand beside it under their abbreviations; its own overall
/// survival, if it counts from a randomisation, as `OS_RANDOMISED`. What counts from a randomisation has columns for each ``Allocation``.
/// Disease-free survival is there only if the plan has it: a patient enrolled in relapse is not free of disease.
enum SurvivalColumns {
    static func all(_ plan: AnalysisPlan, _ allocations: [Allocation]) -> [ClinicalColumn] {
        let death = Endpoint.Component(name: "death", title: "Death", trigger: .milestone(.died))
        let overall = Endpoint(
            name: "overall-survival", title: "Overall survival", abbreviation: "OS", from: .enrolment,
            components: [death],
            provenance: Provenance(source: "counted from the enrolment for everybody", certainty: .derived, line: 0))
        var pairs = [(prefix: "OS", endpoint: overall)]
        for endpoint in plan.endpoints {
            if endpoint.abbreviation == "OS", endpoint.from == .enrolment, endpoint.components == [death] { continue }
            let prefix = prefix(endpoint)
            guard !pairs.contains(where: { $0.prefix == prefix }) else { continue }
            pairs.append((prefix, endpoint))
        }
        return pairs.flatMap { prefix, endpoint in
            switch endpoint.from {
            case .enrolment: columns(prefix, endpoint, nil)
            case .randomisation: allocations.flatMap { columns(prefix, endpoint, $0) }
            }
        }
    }

    private static func prefix(_ endpoint: Endpoint) -> String {
        let name = ClinicalColumn.identifier(endpoint.abbreviation)
        return name == "OS" ? "OS_RANDOMISED" : name
    }

    private static func columns(
        _ kind: String, _ endpoint: Endpoint, _ allocation: Allocation?
    ) -> [ClinicalColumn] {
        let origin = allocation?.words ?? "the enrolment"
        // What a reader of the portal sees is the title: two endpoints of one must not look the same.
        let plain = kind == "OS_RANDOMISED" ? "\(endpoint.title) from the randomisation" : endpoint.title
        let (prefix, title) = (allocation?.name(kind) ?? kind, allocation?.title(plain) ?? plain)
        let events = endpoint.components.map { $0.title.lowercased() }.joined(separator: ", ")
        @Sendable func time(_ subject: Subject) -> TimeToEvent? {
            guard let allocation else { return subject.time(to: endpoint, from: nil) }
            return allocation.time(of: subject, to: endpoint)
        }
        return [
            ClinicalColumn("\(prefix)_STATUS", "\(title) status", "Events: \(events)") { subject in
                time(subject).map { status($0, kind) }
            },
            ClinicalColumn(
                "\(prefix)_MONTHS", "\(title) (months)", "Months of 30.4375 days since \(origin)", .number
            ) { subject in time(subject).map { months($0.days) } },
            ClinicalColumn("\(prefix)_DAYS", "\(title) (days)", "Days since \(origin)", .number) { subject in
                time(subject).map { String($0.days) }
            },
            ClinicalColumn(
                "\(prefix)_END", "\(title), what ended it", "The event, or why none was seen"
            ) { subject in time(subject)?.word },
        ]
    }

    /// The two labels that cBioPortal colours; any other endpoint may have its own behind 0 and 1.
    private static func status(_ time: TimeToEvent, _ kind: String) -> String {
        switch kind {
        case "OS", "OS_RANDOMISED": time.isEvent ? "1:DECEASED" : "0:LIVING"
        case "DFS": time.isEvent ? "1:Recurred/Progressed" : "0:DiseaseFree"
        default: time.isEvent ? "1:Event" : "0:No event"
        }
    }

    /// Days as months of 30.4375 days, to the nearest hundredth, in whole numbers throughout.
    static func months(_ days: Int) -> String {
        Scaled.text((days * 1_000_000 + 304_375 / 2) / 304_375, scale: 2)
    }
}
