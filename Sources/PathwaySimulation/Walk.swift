internal import PathwayCore

/// One patient on the way: steps are laid out in days, put into the calendar, and judged one after another.
struct Walk {
    let shape: CohortShape
    let treatment: TreatmentProtocol
    let sites: SiteList
    let seed: UInt64
    let number: Int

    /// A step with its facts, at so many days after enrolment.
    struct Draft {
        let step: Int
        var facts: Facts
        var dates: [FactRule]
        var offset: Int
    }

    var drafts: [Draft] = []
    /// The latest day of each step name.
    var named: [Int?] = []
    /// The day of the latest step that is not beside the way.
    var last = 0

    init(shape: CohortShape, treatment: TreatmentProtocol, sites: SiteList, seed: UInt64, number: Int) {
        self.shape = shape
        self.treatment = treatment
        self.sites = sites
        self.seed = seed
        self.number = number
        named = [Int?](repeating: nil, count: shape.stepNames.count)
        drafts.reserveCapacity(32)
    }

    mutating func patient(rank: Int, from batch: inout Batch) throws(SimulationFault) -> SyntheticPatient {
        let way = shape.ways[batch.ways[rank]]
        try expand(way.items, of: way, from: &batch)
        let enrolment = try calendar(rank: rank, of: way, from: &batch)
        let (site, coordinator) = sites.draw(using: &batch.random)
        let digits = String(number)
        let padding = String(repeating: "0", count: max(0, 6 - digits.utf8.count))
        guard let patient = PatientID(shape.numberPrefix + padding + digits) else {
            throw fault(way, way.line, "\"\(shape.numberPrefix)\" does not begin a study number")
        }
        var path = Path(under: treatment)
        var attempts: [Attempt] = []
        var steps: [Step] = []
        attempts.reserveCapacity(drafts.count)
        steps.reserveCapacity(drafts.count)
        for index in drafts.indices {
            let day = enrolment.adding(days: drafts[index].offset)
            for visit in visits(on: path, before: day) {
                guard let taken = path.plannedStep(visit, today: shape.until) else { break }
                path.take(taken)
                attempts.append(attempt(patient, visit, number: attempts.count, by: coordinator))
                steps.append(taken)
            }
            if drafts[index].step == firstStep { drafts[index].facts[.site] = .text(site) }
            let milestone = try milestone(drafts[index], on: day, of: way, from: &batch)
            let step = shape.steps[drafts[index].step]
            let taken = try judge(milestone, step, on: &path, of: way)
            attempts.append(
                attempt(
                    patient, milestone, number: attempts.count, by: coordinator,
                    deviation: taken.answer == .offProtocol ? step.deviation : nil))
            steps.append(taken)
        }
        return SyntheticPatient(patient: patient, way: way.name, attempts: attempts, steps: steps)
    }

    private func attempt(
        _ patient: PatientID, _ milestone: Milestone, number: Int, by coordinator: String, deviation: String? = nil
    ) -> Attempt {
        Attempt(
            patient: patient, milestone: milestone,
            edition: number == 0 ? EditionName(name: treatment.name, version: treatment.version) : nil,
            deviation: deviation, by: coordinator, request: request(number), isSynthetic: true)
    }

    /// The visits before a day, while nothing else is recorded of a patient who is followed.
    private func visits(on path: Path, before day: Day) -> [Milestone] {
        guard let every = shape.visits, let floor = path.standing.floor else { return [] }
        switch path.standing.status {
        case .inStudy, .relapsed, .secondMalignancy: break
        case .lost, .withdrawn, .offStudy, .dead: return []
        }
        // None so near the next milestone that it would be the same visit.
        return stride(from: every, to: day.days(since: floor) - every / 3, by: every).compactMap { days in
            try? Milestone(.seen, on: ClinicalDate(floor.adding(days: days)))
        }
    }

    private var firstStep: Int { drafts.first?.step ?? -1 }

    private func judge(
        _ milestone: Milestone, _ step: ScriptStep, on path: inout Path, of way: Way
    ) throws(SimulationFault) -> Step {
        switch path.judge(milestone, today: shape.until) {
        case .planned(let taken):
            if step.deviation != nil {
                throw fault(way, step.line, "\(milestone.kind.rawValue) is planned, and the shape calls it a deviation")
            }
            path.take(taken)
            return taken
        case .offProtocol(let taken):
            guard step.deviation != nil else {
                let rules = taken.deviations.map(\.rule).joined(separator: "; ")
                throw fault(way, step.line, "\(milestone.kind.rawValue) is off protocol without a deviation: \(rules)")
            }
            path.take(taken)
            return taken
        case .refused(let refusal):
            throw SimulationFault(
                way: way.name, line: step.line,
                message: "\(refusal.milestone) on \(refusal.on) is refused in \"\(refusal.phase)\": "
                    + refusal.explanation,
                refusal: refusal)
        }
    }

    /// The same for the same shape, seed, patient and place, so that a second import recognises the first.
    private func request(_ index: Int) -> RequestID {
        var mixer = SplitMix64(state: shape.digest ^ seed)
        let high = mixer.next() ^ UInt64(number)
        mixer = SplitMix64(state: high ^ UInt64(index) << 40)
        return RequestID(high: high, low: mixer.next())
    }

    func fault(_ way: Way, _ line: Int, _ message: String) -> SimulationFault {
        SimulationFault(way: way.name, line: line, message: message, refusal: nil)
    }
}

extension Path {
    /// What a milestone would do, if the protocol plans it now.
    fileprivate func plannedStep(_ milestone: Milestone, today: Day) -> Step? {
        if case .planned(let step) = judge(milestone, today: today) { step } else { nil }
    }
}
