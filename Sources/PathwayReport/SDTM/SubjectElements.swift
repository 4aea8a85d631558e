import PathwayCore

/// A stay of a subject in an element: a row of SE.
struct SubjectElement: SubjectRecord {
    let frame: SubjectFrame
    let sequence: Int
    let stay: SubjectFrame.Stay
    let element: TrialElements.Element?
    let order: Int?

    static let dataset = Dataset<SubjectElement>.ofSubjects(
        "SE", "Subject Elements",
        [
            .text("ETCD", "Element Code") { $0.element?.code ?? ElementCodes.unplanned },
            .text("ELEMENT", "Description of Element") { $0.element?.title },
            .integer("TAETORD", "Planned Order of Element within Arm") { $0.order },
            .text("EPOCH", "Epoch") { $0.frame.epoch(ofStay: $0.sequence - 1) },
            .date("SESTDTC", "Start Date/Time of Element") { $0.frame.date(ClinicalDate($0.stay.entered.day)) },
            .date("SEENDTC", "End Date/Time of Element") { $0.frame.date($0.stay.end) },
            .integer("SESTDY", "Study Day of Start of Element") { $0.frame.day(ClinicalDate($0.stay.entered.day)) },
            .integer("SEENDY", "Study Day of End of Element") { $0.frame.day($0.stay.end) },
            .text("SEUPDES", "Description of Unplanned Element") { $0.element == nil ? $0.unplanned : nil },
        ])

    /// The rule that the way into it left, never what anybody wrote about it.
    private var unplanned: String {
        let rules = stay.entered.deviations.map(\.rule).uniqued()
        return rules.isEmpty ? "not planned by the protocol" : rules.joined(separator: "; ")
    }

    /// The rows of a subject: each ends where the next begins.
    static func rows(_ frame: SubjectFrame, _ elements: TrialElements, _ plan: TrialPlan) -> [SubjectElement] {
        let way = plan.way(of: frame.subject.path.standing.arms)
        return frame.stays.enumerated().map { place, stay in
            let element = stay.leavesPlan ? nil : elements.element(stay.phase)
            let order = element == nil ? nil : way?.phases.firstIndex(of: stay.phase)
            return SubjectElement(
                frame: frame, sequence: place + 1, stay: stay, element: element, order: order.map { $0 + 1 })
        }
    }
}
