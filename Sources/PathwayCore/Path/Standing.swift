/// Where a patient stands after the milestones recorded so far: all that judging the next one needs.
///
/// A standing is only made by starting outside the protocol and taking steps; there is no setter.
public struct Standing: Sendable, Equatable {
    /// What a guard can ask of the path besides facts; the raw value is its spelling in documents.
    public enum Word: String, Sendable, Hashable, CaseIterable {
        /// The arms allocated so far.
        case arm
        /// The risk group assigned last.
        case risk
        /// The treatment phase.
        case phase
        /// The status.
        case status
    }

    /// How many milestones were recorded.
    public private(set) var position = 0
    /// The number of the treatment phase in the protocol's ``TreatmentProtocol/phases``.
    public private(set) var phase = 0
    /// The status.
    public private(set) var status = Status.inStudy
    /// The arms allocated, in the order of the randomisations; fixed from then on, whatever is given later.
    public private(set) var arms: [String] = []
    /// The risk group assigned last.
    public private(set) var risk: String?
    /// The course started last.
    public private(set) var course: String?
    /// No later milestone may lie wholly before this day.
    public private(set) var floor: Day?
    /// Days of infusion given in the latest course, up to the latest interruption or end.
    public private(set) var infusedDays = 0
    /// The day from which the infusion runs; `nil` if it does not.
    public private(set) var infusionRunsSince: Day?

    private(set) var statusBeforeLoss = Status.inStudy
    private(set) var agents: UInt64 = 0
    private var kinds: UInt64 = 0
    // Days since 1970 by clock, none where nothing has set them: a vector, so that copying a standing copies no array.
    private var days = SIMD16<Int32>(repeating: .min)
    private var latest = [Value?](repeating: nil, count: Field.allCases.count)

    /// The standing of a patient nobody has enrolled yet.
    public init() {}

    /// The value a field has from the latest milestone that could give it.
    public func value(_ field: Field) -> Value? { latest[field.index] }

    /// Whether a milestone of this kind was recorded.
    public func happened(_ kind: MilestoneKind) -> Bool { kinds & (1 << UInt64(kind.index)) != 0 }

    /// The day of a clock that the path itself sets, such as the randomisation.
    public func day(_ clock: Clock) -> Day? {
        days[clock.index] == .min ? nil : Day(number: days[clock.index])
    }

    /// Takes a step that was judged on this very standing.
    mutating func take(_ step: Step, under treatment: TreatmentProtocol) {
        let milestone = step.milestone
        let day = milestone.on.earliest
        position += 1
        kinds |= 1 << UInt64(milestone.kind.index)
        if step.statusAfter == .lost, status != .lost { statusBeforeLoss = status }
        status = step.statusAfter
        if milestone.kind != .adverseEvent { floor = max(floor ?? day, day) }
        guard milestone.kind.track == .phase else { return }

        if step.phaseAfter != phase || milestone.kind == .enrolled { days[Clock.phase.index] = day.number }
        phase = step.phaseAfter
        // An adverse event speaks for itself and may be dated back: the cause and grade of a held infusion stay.
        if milestone.kind != .adverseEvent {
            for field in milestone.kind.fields { latest[field.index] = nil }
            for entry in milestone.facts.entries { latest[entry.field.index] = entry.value }
        }
        follow(milestone, on: day, under: treatment)
    }

    private mutating func follow(_ milestone: Milestone, on day: Day, under treatment: TreatmentProtocol) {
        switch milestone.kind {
        case .enrolled: days[Clock.enrolment.index] = day.number
        case .randomised:
            days[Clock.randomisation.index] = day.number
            if let arm = milestone.facts.word(.arm) { arms.append(arm) }
        case .riskAssigned: risk = milestone.facts.word(.risk)
        case .courseStarted:
            days[Clock.course.index] = day.number
            course = milestone.facts.word(.course)
            agents |= course.map(treatment.agentSet) ?? 0
            infusedDays = 0
            infusionRunsSince = course.map(treatment.hasInfusion) ?? false ? day : nil
        case .infusionHeld:
            days[Clock.hold.index] = day.number
            interrupt(on: day)
        case .infusionResumed: infusionRunsSince = infusionRunsSince ?? day
        case .infusionStopped, .courseEnded, .conditioningStarted, .offTherapy: interrupt(on: day)
        case .transplanted:
            days[Clock.transplant.index] = day.number
            interrupt(on: day)
        default: break
        }
    }

    private mutating func interrupt(on day: Day) {
        if let start = infusionRunsSince { infusedDays += day.days(since: start) }
        infusionRunsSince = nil
    }

    /// Goes on in the phase of the same name under another version.
    mutating func move(from old: TreatmentProtocol, to new: TreatmentProtocol) throws(Refusal) {
        let name = old.phases[phase].name
        guard let number = new.phase(named: name) else {
            throw Refusal(
                kind: .enrolled, qualifier: nil, on: ClinicalDate(floor ?? Day(number: 0)), reason: .phaseUnknown(name),
                phase: old.phases[phase].title, status: status, allowed: [], source: nil)
        }
        phase = number
        let given = old.agents.enumerated().filter { agents & (1 << UInt64($0.offset)) != 0 }.map(\.element)
        agents = given.reduce(0) { bits, agent in
            new.agents.firstIndex(of: agent).map { bits | (1 << UInt64($0)) } ?? bits
        }
    }

    /// Whether any of a course's agents with this name was in a course that was started.
    func received(_ agent: String, under treatment: TreatmentProtocol) -> Bool {
        guard let index = treatment.agents.firstIndex(of: agent) else { return false }
        return agents & (1 << UInt64(index)) != 0
    }
}

extension Clock {
    @usableFromInline var index: Int { Int(unsafeBitCast(self, to: UInt8.self)) }
}

extension MilestoneKind {
    /// ``required`` and ``optional`` together.
    public var fields: [Field] { MilestoneKind.fieldsByKind[index] }

    private static let fieldsByKind = allCases.map { $0.required + $0.optional }
}
