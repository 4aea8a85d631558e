/// A milestone that may come next, by when, and which rule says so.
public struct Offer: Sendable, Hashable {
    /// The kind of milestone.
    public let kind: MilestoneKind
    /// Its course, arm or risk group.
    public let qualifier: String?
    /// Whether the protocol plans it.
    public let answer: Transition.Answer
    /// The phase it leads to, by its name.
    public let target: String
    /// What must hold, where the facts so far leave it open.
    public let condition: String?
    /// The first expected day.
    public let opens: Day?
    /// The last expected day; from the day after it the milestone is overdue.
    public let closes: Day?
    /// The day that the window is counted from.
    public let countedFrom: Clock?
    /// Where the arrow comes from.
    public let source: String

    /// The milestone with its course, arm or risk group: `course-started block-2`.
    public var milestone: String { kind.rawValue + (qualifier.map { " \($0)" } ?? "") }

    /// How a day stands to the window: the one definition of due and overdue.
    public func timing(on day: Day) -> Timing? {
        guard let closes else { return nil }
        if day > closes { return .overdue }
        return opens.map { day < $0 } ?? false ? .upcoming : .due
    }
}

/// How a day stands to the window of an expected milestone.
public enum Timing: String, Sendable, Hashable, CaseIterable {
    /// The window has not opened.
    case upcoming
    /// The window is open.
    case due
    /// The window has closed.
    case overdue
}

extension Path {
    /// What may come next on the treatment path, planned before off protocol, in the document's order.
    ///
    /// An arrow whose condition the facts rule out already is left out; one that depends on the milestone itself is
    /// offered with its condition.
    public var offers: [Offer] {
        guard standing.position == 0 || !standing.status.next(on: .offTherapy).isEmpty else { return [] }
        var offers: [Offer] = []
        for answer in Transition.Answer.allCases {
            for row in treatment.transitions where row.source == standing.phase && row.answer == answer {
                if let offer = offer(row), !offers.contains(offer) { offers.append(offer) }
            }
        }
        return offers
    }

    /// What may happen to the patient whatever the phase.
    public var statusOffers: [MilestoneKind] {
        guard standing.position > 0 else { return [] }
        return MilestoneKind.allCases.filter { $0.track == .status && !standing.status.next(on: $0).isEmpty }
    }

    /// The planned milestones with a window: what a work list shows, earliest first.
    public var expected: [Offer] {
        guard [.inStudy, .relapsed, .secondMalignancy].contains(standing.status) else { return [] }
        return offers.filter { $0.answer == .planned && $0.closes != nil }
            .sorted { ($0.closes?.number ?? 0, $0.milestone) < ($1.closes?.number ?? 0, $1.milestone) }
    }

    private func offer(_ row: Transition) -> Offer? {
        let day = ClinicalDate(standing.floor ?? Day(number: 0))
        var facts = Facts()
        if let field = row.kind.qualifier, let word = row.qualifier { facts[field] = .word(word) }
        let milestone = Milestone(judged: row.kind, on: day, facts: facts)
        let bench = Bench(standing: standing, milestone: milestone, treatment: treatment)
        if let arm = treatment.phases[row.target].arm, row.kind != .randomised, !standing.arms.contains(arm) {
            return nil
        }
        let truth = row.condition?.holds(in: bench) ?? .yes
        guard truth != .no else { return nil }
        let start = row.window.flatMap { bench.dates($0.from)?.earliest }
        return Offer(
            kind: row.kind, qualifier: row.qualifier, answer: row.answer, target: treatment.phases[row.target].name,
            condition: truth == .unknown ? row.condition?.text : nil,
            opens: start.flatMap { start in row.window?.opens.map { treatment.months.day($0, after: start) } },
            closes: start.flatMap { start in row.window.map { treatment.months.day($0.closes, after: start) } },
            countedFrom: start == nil ? nil : row.window?.from, source: row.provenance.citation)
    }
}
