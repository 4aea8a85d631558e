/// A milestone as the log holds it, with what a correction needs to state it again.
public struct RecordedMilestone: Sendable {
    /// Its place in the patient's record, from 1.
    public let position: Int
    /// What happened.
    public let milestone: Milestone
    /// The version of the protocol that judged it.
    public let treatment: TreatmentProtocol
    /// Whether it left the protocol, and why.
    public let deviation: String?
    /// Where it led and in which stratum.
    public let led: Restatement

    /// Takes a milestone from the log.
    public init(
        position: Int, milestone: Milestone, treatment: TreatmentProtocol, deviation: String?, led: Restatement
    ) {
        self.position = position
        self.milestone = milestone
        self.treatment = treatment
        self.deviation = deviation
        self.led = led
    }
}

/// What shall be read instead of what was recorded; what it does not name stays as it is.
public struct Correction: Sendable, Hashable {
    /// Milestones to be read instead, by their position.
    public var amended: [Int: Milestone] = [:]
    /// Positions whose milestones did not happen.
    public var removed: Set<Int> = []
    /// Milestones that were forgotten, by the position before which they happened.
    public var inserted: [Int: [Milestone]] = [:]
    /// Why a milestone that the correction makes illegal or off protocol stands all the same, by its position.
    public var deviations: [Int: String] = [:]

    /// A correction that changes nothing yet.
    public init() {}

    /// The first position that it changes; `nil` if it changes nothing.
    public var first: Int? { (Array(amended.keys) + Array(removed) + Array(inserted.keys)).min() }

    /// The positions it names that the path does not have.
    public func unknownPositions(in path: [RecordedMilestone]) -> [Int] {
        let known = Set(path.map(\.position))
        return Set(Array(amended.keys) + Array(removed) + Array(inserted.keys) + Array(deviations.keys))
            .subtracting(known).sorted()
    }
}

/// A path before and after a correction, milestone by milestone, before anything is recorded.
public struct CorrectionPlan: Sendable {
    /// What the correction does to one milestone.
    public enum Change: String, Sendable, Hashable {
        /// It lies before the correction.
        case kept
        /// It is read differently.
        case amended
        /// It did not happen.
        case removed
        /// It was forgotten.
        case inserted
        /// It stays as it was recorded and is stated again.
        case restated
    }

    /// One milestone before and after.
    public struct Row: Sendable {
        /// What happens to it.
        public let change: Change
        /// The position it was recorded at; for a forgotten one, the position that it comes before.
        public let position: Int
        /// What was recorded, with the title of the phase it led to.
        public let before: (milestone: Milestone, phase: String, isOffProtocol: Bool)?
        /// What shall be read instead, with the title of the phase it leads to.
        public let after: (milestone: Milestone, phase: String)?
        /// How the corrected path judges it; `nil` for what is kept or removed.
        public fileprivate(set) var judgement: Judgement?
        /// The version of the protocol that judges it.
        public let treatment: TreatmentProtocol
        /// Why it left or leaves the protocol, if that is known.
        public let deviation: String?

        /// Whether nothing can be recorded until this milestone is corrected too.
        public var isRefused: Bool { if case .refused? = judgement { true } else { false } }
        /// Whether a reason must be given for it.
        public var needsReason: Bool {
            if case .offProtocol? = judgement { deviation == nil } else { false }
        }
    }

    /// The milestones in the order of the corrected path; what is removed stands where it stood.
    public private(set) var rows: [Row]
    /// Why it cannot be recorded whatever reasons are given, by a rule that is not the protocol's; the row that it is about is refused.
    public private(set) var objection: Refusal?
    /// The position before the first change, to which the path is rewound; 0 is its beginning.
    public let rewindsTo: Int

    /// Works out what a correction does to a path.
    /// - Precondition: the correction changes something and names only positions that the path has.
    /// - Parameter today: the last day that is not in the future, for what the correction itself says.
    public init(_ correction: Correction, of path: [RecordedMilestone], today: Day?) {
        let first = correction.first ?? 0
        precondition(path.contains { $0.position == first } && correction.unknownPositions(in: path).isEmpty)
        rewindsTo = path.last { $0.position < first }?.position ?? 0
        var walk = Walk(under: path[0].treatment)
        var rows: [Row] = []
        for recorded in path {
            for milestone in correction.inserted[recorded.position] ?? [] {
                let reason = correction.deviations[recorded.position]
                rows.append(walk.insert(milestone, before: recorded, reason: reason, today: today))
            }
            if recorded.position < first {
                rows.append(walk.keep(recorded))
            } else if correction.removed.contains(recorded.position) {
                rows.append(walk.remove(recorded))
            } else {
                rows.append(
                    walk.state(
                        recorded, as: correction.amended[recorded.position],
                        reason: correction.deviations[recorded.position], today: today))
            }
        }
        self.rows = rows
    }

    /// Whether it can be recorded as it is.
    public var isComplete: Bool { !rows.contains { $0.isRefused || $0.needsReason } }

    /// The same plan where a rule that is not the protocol's refuses what it does to one milestone.
    public func refusing(_ refusal: Refusal, at index: Int) -> CorrectionPlan {
        var copy = self
        copy.rows[index].judgement = .refused(refusal)
        copy.objection = refusal
        return copy
    }
}

extension CorrectionPlan {
    /// The corrected path on its way.
    private struct Walk {
        var path: Path

        init(under treatment: TreatmentProtocol) { path = Path(under: treatment) }

        mutating func keep(_ recorded: RecordedMilestone) -> Row {
            move(to: recorded.treatment)
            _ = try? path.replay(recorded.milestone, offProtocol: true, restating: recorded.led)
            return row(.kept, recorded, after: recorded.milestone, nil, recorded.deviation)
        }

        mutating func remove(_ recorded: RecordedMilestone) -> Row {
            Row(
                change: .removed, position: recorded.position, before: recorded.shown, after: nil, judgement: nil,
                treatment: recorded.treatment, deviation: recorded.deviation)
        }

        mutating func insert(
            _ milestone: Milestone, before recorded: RecordedMilestone, reason: String?, today: Day?
        ) -> Row {
            move(to: recorded.treatment)
            let judgement = path.judge(milestone, today: today)
            take(judgement)
            return Row(
                change: .inserted, position: recorded.position, before: nil, after: (milestone, path.phase.title),
                judgement: judgement, treatment: recorded.treatment, deviation: judgement.isOffProtocol ? reason : nil)
        }

        mutating func state(
            _ recorded: RecordedMilestone, as amended: Milestone?, reason: String?, today: Day?
        ) -> Row {
            move(to: recorded.treatment)
            let milestone = amended ?? recorded.milestone
            var judgement = path.judge(milestone, restating: recorded.restatement(as: milestone))
            if let amended, case .refused(let refusal) = path.judge(amended, today: today),
                case .future = refusal.reason
            {
                judgement = .refused(refusal)
            }
            take(judgement)
            return row(
                amended == nil ? .restated : .amended, recorded, after: milestone, judgement,
                judgement.isOffProtocol ? reason ?? recorded.deviation : nil)
        }

        private func row(
            _ change: Change, _ recorded: RecordedMilestone, after: Milestone, _ judgement: Judgement?,
            _ reason: String?
        ) -> Row {
            Row(
                change: change, position: recorded.position, before: recorded.shown, after: (after, path.phase.title),
                judgement: judgement, treatment: recorded.treatment, deviation: reason)
        }

        private mutating func take(_ judgement: Judgement) {
            switch judgement {
            // What will need a reason is taken as if it had one, so that what follows is judged too.
            case .planned(let step), .offProtocol(let step): path.take(step)
            case .refused: break
            }
        }

        private mutating func move(to treatment: TreatmentProtocol) {
            if path.standing.position == 0 { path = Path(under: treatment) } else { try? path.move(to: treatment) }
        }
    }
}

extension RecordedMilestone {
    fileprivate var shown: (milestone: Milestone, phase: String, isOffProtocol: Bool) {
        let title = treatment.phase(named: led.phaseAfter).map { treatment.phases[$0].title } ?? led.phaseAfter
        return (milestone, title, deviation != nil)
    }

    /// A stratum stays as long as the randomisation is between the same arms.
    fileprivate func restatement(as amended: Milestone) -> Restatement {
        let (old, new) = (milestone.facts.word(.arm), amended.facts.word(.arm))
        let sameArms = old == new || new.flatMap(treatment.randomisation(of:))?.arms.contains(old ?? "") == true
        return sameArms ? led : Restatement(phaseAfter: led.phaseAfter, stratum: nil)
    }
}

extension Judgement {
    /// Whether it needs a reason.
    public var isOffProtocol: Bool { if case .offProtocol = self { true } else { false } }
}
