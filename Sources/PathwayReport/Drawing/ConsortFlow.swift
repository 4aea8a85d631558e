internal import PathwayCore

/// The boxes of the flow, made of the counts.
struct ConsortFlow {
    /// A box with its lines.
    struct Box {
        let title: String
        let lines: [String]
    }

    /// What everybody passes, with the boxes of who left behind it.
    struct Stage {
        let box: Box
        let leavers: [Box]
    }

    /// A randomisation with the boxes of each arm.
    struct Allocation {
        let box: Box
        let arms: [[Box]]

        /// The arms for who does not see them.
        var spoken: String { ConsortFlow.spoken([box] + arms.joined()) }
    }

    let stages: [Stage]
    /// The randomisations that stand side by side: those of the last level first, then those of earlier ones.
    let rows: [[Allocation]]

    init(_ count: ConsortCount, _ treatment: TreatmentProtocol, analysed: [String: Int], population: Population) {
        let trunk = count.trunk
        let first = trunk.level(of: population)
        let counts = ConsortLookup(rows: count.results, treatment: treatment)
        let makes = Maker(counts: counts, treatment: treatment, trunk: trunk, analysed: analysed)
        var stages: [Stage] = []
        let last = trunk.levels.count - 1
        for number in -1...max(last, -1) where number >= first ?? -1 {
            // The arms of the last level stand below the trunk.
            if number >= 0, number == last, !trunk.levels[number].randomisations.isEmpty { continue }
            let next = number < last ? trunk.levels[number + 1] : nil
            stages.append(
                Stage(
                    box: makes.box(number < 0 ? nil : trunk.levels[number], before: next),
                    leavers: next.map { makes.leavers(before: $0) } ?? []))
        }
        self.stages = stages
        rows = trunk.levels.suffix(from: min(max(first ?? 0, 0), trunk.levels.count)).reversed()
            .filter { !$0.randomisations.isEmpty }
            .enumerated().map { place, level in
                level.randomisations.map { makes.allocation($0, isAgain: place > 0) }
            }
    }

    /// What everybody passes, for who does not see it.
    var spoken: String {
        ConsortFlow.spoken(stages.flatMap { [$0.box] + $0.leavers } + (rows.first ?? []).map(\.box))
    }

    private static func spoken(_ boxes: [Box]) -> String {
        boxes.map { ([$0.title] + $0.lines).joined(separator: ", ") }.joined(separator: ". ")
    }
}

extension ConsortFlow {
    /// Makes boxes of counts.
    private struct Maker {
        let counts: ConsortLookup
        let treatment: TreatmentProtocol
        let trunk: TrialTrunk
        let analysed: [String: Int]

        /// A level, or the enrolment, with how many have not come to the next so far.
        func box(_ level: TrialTrunk.Level?, before next: TrialTrunk.Level?) -> Box {
            let waiting = next.map { next in
                "\(trunk.waiting(for: next)): \(counts["everybody", trunk.waiting(for: next)])"
            }
            guard let level else {
                return Box(title: "Enrolled: \(counts["everybody", "enrolled"])", lines: [waiting].compactMap(\.self))
            }
            let randomisations = level.randomisations
            guard !randomisations.isEmpty else {
                let risks = treatment.risks.map { ($0.title, counts["everybody", "risk assigned: \($0.name)"]) }
                return Box(
                    title: "Risk assigned: \(risks.reduce(0) { $0 + $1.1 })",
                    lines: risks.map { "\($0.0): \($0.1)" } + [waiting].compactMap(\.self))
            }
            let arms = randomisations.flatMap(\.arms).map { arm in
                "\(arm): \(title(of: arm)): \(counts[arm, "allocated"])"
            }
            return Box(
                title: "Randomised: \(randomisations.reduce(0) { $0 + counts[$1.name, "randomised"] })",
                lines: randomisations.map { Maker.words($0.name) } + arms + [waiting].compactMap(\.self))
        }

        /// Who left before a level, and where the plan led those who are treated on.
        func leavers(before level: TrialTrunk.Level) -> [Box] {
            let item = trunk.left(before: level)
            let left = counts["everybody", item]
            return [counts.leaving("everybody", item, Maker.capital(item))]
                + level.branches.map { number in
                    let phase = treatment.phases[number]
                    return Box(
                        title: "Of these \(left), \(phase.title.lowercased()): \(counts[phase.name, "entered"])",
                        lines: courses(phase.name, trunk.courses(from: [number]))
                            + counts.leaving(phase.name, "ended treatment", "Ended treatment").some)
                }
        }

        /// - Parameter isAgain: whether its patients are on the trunk already.
        func allocation(_ randomisation: Randomisation, isAgain: Bool) -> Allocation {
            Allocation(
                box: Box(
                    title: "Randomised: \(counts[randomisation.name, "randomised"])",
                    lines: [Maker.words(randomisation.name)] + (isAgain ? ["earlier, the patients of above"] : [])),
                arms: randomisation.arms.map { boxes(of: $0) })
        }

        private func boxes(of arm: String) -> [Box] {
            let allocated = counts[arm, "allocated"]
            let statuses = Status.allCases.map { "\($0.text): \(counts[arm, "status at the cut: \($0.rawValue)"])" }
            var last = [Box(title: "Status at the cut", lines: statuses)]
            if let patients = analysed[arm] {
                let (out, ineligible) = (allocated - patients, counts[arm, "found ineligible"])
                let why = out == 0 ? "" : ineligible == out ? " (ineligible)" : " (ineligible: \(ineligible))"
                last.append(Box(title: "Analysed: \(patients)", lines: ["left out: \(out)\(why)"]))
            }
            return [
                Box(
                    title: "\(arm): \(allocated)",
                    lines: [title(of: arm), "began no course: \(allocated - counts[arm, "began a course"])"]),
                Box(title: "Courses begun", lines: courses(arm, trunk.courses(of: arm))),
                counts.leaving(arm, "ended treatment", "Ended treatment"),
            ] + last
        }

        private func courses(_ group: String, _ courses: [Course]) -> [String] {
            courses.map { course in
                let (begun, ended) = (counts[group, "began \(course.name)"], counts[group, "ended \(course.name)"])
                return
                    "\(course.title): \(begun) began, \(ended) ended, \(counts[group, "stopped \(course.name)"]) of them early"
            } + ["Transplanted: \(counts[group, "transplanted"])"]
        }

        private func title(of arm: String) -> String { treatment.arms.first { $0.name == arm }?.title ?? arm }

        private static func words(_ name: String) -> String { name.split(separator: "-").joined(separator: " ") }

        private static func capital(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }
    }
}

/// The counts by what they count.
private struct ConsortLookup {
    let rows: [ConsortCount.Row]
    let treatment: TreatmentProtocol

    subscript(group: String, item: String) -> Int {
        rows.first { $0.group == group && $0.item == item && $0.reason == nil }?.patients ?? 0
    }

    /// Who left, with each reason; those that nobody had stand together in one line.
    func leaving(_ group: String, _ item: String, _ title: String) -> ConsortFlow.Box {
        let reasons = rows.filter { $0.group == group && $0.item == item }.compactMap { row in
            row.reason.map { (words: words($0), patients: row.patients) }
        }
        let some = reasons.filter { $0.patients > 0 }.map { "\($0.words): \($0.patients)" }
        let none = reasons.filter { $0.patients == 0 }.map(\.words)
        return ConsortFlow.Box(
            title: "\(title): \(self[group, item])",
            lines: some + (none.isEmpty ? [] : ["0 each: " + none.joined(separator: ", ")]))
    }

    private func words(_ reason: String) -> String {
        // As a reason for not having been randomised it says nothing.
        if reason == "not-randomised" { return "taken off without another reason" }
        return treatment.phases.first { $0.name == reason }?.title.lowercased()
            ?? reason.split(separator: "-").joined(separator: " ")
    }
}

extension ConsortFlow.Box {
    /// The title and the reasons that somebody had, as lines of another box.
    fileprivate var some: [String] { [title] + lines.filter { !$0.hasPrefix("0 each") } }
}
