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
    /// No later milestone may lie wholly before this day.
    public private(set) var floor: Day?
    /// Days of infusion given in the latest course, up to the latest interruption or end.
    public private(set) var infusedDays = 0
    /// The day from which the infusion runs; `nil` if it does not.
    public private(set) var infusionRunsSince: Day?

    private(set) var statusBeforeLoss = Status.inStudy
    private(set) var agents: UInt64 = 0
    /// The milestones recorded, one bit each.
    private(set) var kinds: UInt64 = 0
    /// The arms, and the risk group, one bit each by their places in the protocol's lists.
    private(set) var armNumbers: UInt64 = 0
    private(set) var riskNumber: UInt64 = 0
    private var days = ClockDays()
    private var latest = LatestFacts()

    /// The standing of a patient nobody has enrolled yet.
    public init() {}

    /// The value a field has from the latest milestone that could give it.
    public func value(_ field: Field) -> Value? { latest.value(field) }

    /// What judging reads of that value.
    func code(_ field: Field) -> FactCode { latest.code(field) }

    /// Whether there is such a value.
    func knows(_ field: Field) -> Bool { latest.known.contains(field) }

    /// The arms allocated, in the order of the randomisations; fixed from then on, whatever is given later.
    public var arms: [String] { latest.arms }

    /// The course started last.
    public var course: String? { latest.course }

    /// The risk group assigned last.
    public var risk: String? { if case .word(let word)? = value(.risk) { word } else { nil } }

    /// Whether a milestone of this kind was recorded.
    public func happened(_ kind: MilestoneKind) -> Bool { kinds & (1 << UInt64(kind.index)) != 0 }

    /// The day of a clock that the path itself sets, such as the randomisation.
    public func day(_ clock: Clock) -> Day? {
        let number = days[clock]
        return number == ClockDays.none ? nil : Day(number: number)
    }

    /// Takes a milestone that was judged on this very standing.
    mutating func take(_ milestone: Milestone, _ move: Move) {
        let day = milestone.on.earliest
        position += 1
        kinds |= 1 << UInt64(milestone.kind.index)
        if move.status == .lost, status != .lost { statusBeforeLoss = status }
        status = move.status
        if milestone.kind != .adverseEvent { floor = max(floor ?? day, day) }
        guard milestone.kind.track == .phase else { return }

        if move.phase != phase || milestone.kind == .enrolled { days.phase = day.number }
        phase = move.phase
        // An adverse event speaks for itself and may be dated back: the cause and grade of a held infusion stay.
        if milestone.kind != .adverseEvent { latest.take(milestone) }
        follow(milestone.kind, on: day, move)
    }

    private mutating func follow(_ kind: MilestoneKind, on day: Day, _ move: Move) {
        switch kind {
        case .enrolled: days.enrolment = day.number
        case .randomised:
            days.randomisation = day.number
            armNumbers |= move.word.map { 1 << UInt64($0) } ?? 0
        case .riskAssigned: riskNumber = move.word.map { 1 << UInt64($0) } ?? 0
        case .courseStarted:
            days.course = day.number
            agents |= move.course?.agents ?? 0
            infusedDays = 0
            infusionRunsSince = move.course?.isInfused ?? false ? day : nil
        case .infusionHeld:
            days.hold = day.number
            interrupt(on: day)
        case .infusionResumed: infusionRunsSince = infusionRunsSince ?? day
        case .infusionStopped, .courseEnded, .conditioningStarted, .offTherapy: interrupt(on: day)
        case .transplanted:
            days.transplant = day.number
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
        agents = new.lists.agents.knownBits(given)
        armNumbers = new.lists.arms.knownBits(arms)
        riskNumber = new.lists.risks.knownBits(risk.map { [$0] } ?? [])
    }

    /// Whether any of a course's agents with this name was in a course that was started.
    func received(_ agent: String, under treatment: TreatmentProtocol) -> Bool {
        guard let index = treatment.agents.firstIndex(of: agent) else { return false }
        return agents & (1 << UInt64(index)) != 0
    }
}

/// Days since 1970 of the clocks that the path itself sets.
///
/// Plain fields, so that copying a standing copies no array. Not a vector: one wider than 16 bytes is aligned more strictly than the
/// frame of an asynchronous function, and Swift 6.3 then writes past the end of that frame in optimised programs.
private struct ClockDays: Sendable, Equatable {
    /// Nothing has set the clock.
    static let none = Int32.min

    var enrolment = none
    var randomisation = none
    var phase = none
    var course = none
    var hold = none
    var transplant = none

    subscript(clock: Clock) -> Int32 {
        switch clock {
        case .enrolment: enrolment
        case .randomisation: randomisation
        case .phase: phase
        case .course: course
        case .hold: hold
        case .transplant: transplant
        case .birth, .diagnosis, .relapse, .endOfTherapy, .consent, .today: ClockDays.none
        }
    }
}

extension MilestoneKind {
    /// ``required`` and ``optional`` together.
    public var fields: [Field] { MilestoneKind.fieldsByKind[index] }

    private static let fieldsByKind = allCases.map { $0.required + $0.optional }
}
