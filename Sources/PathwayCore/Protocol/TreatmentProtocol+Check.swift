/// Something wrong with a protocol document.
public struct Fault: Error, Sendable, Hashable {
    /// The line of the document, from 1.
    public let line: Int
    /// What is wrong, in words.
    public let message: String

    /// Makes a fault.
    public init(line: Int, _ message: String) {
        self.line = line
        self.message = message
    }
}

extension TreatmentProtocol {
    /// Every fault of the compiled table, by line; a sound protocol has none.
    public var faults: [Fault] {
        (phaseFaults + rowFaults + ruleFaults + armFaults + randomisationFaults).uniqued()
            .sorted { ($0.line, $0.message) < ($1.line, $1.message) }
    }

    private var phaseFaults: [Fault] {
        var reached: Set<Int> = [0]
        var frontier = [0]
        while let phase = frontier.popLast() {
            for row in transitions where row.source == phase && reached.insert(row.target).inserted {
                frontier.append(row.target)
            }
        }
        return phases.indices.dropFirst().flatMap { index -> [Fault] in
            let phase = phases[index]
            var faults: [Fault] = []
            if !reached.contains(index) {
                faults.append(Fault(line: phase.line, "phase \"\(phase.name)\" cannot be reached"))
            }
            let leaves = transitions.contains { $0.source == index && $0.target != index && $0.answer == .planned }
            if !phase.ends, !leaves {
                faults.append(Fault(line: phase.line, "phase \"\(phase.name)\" has no planned way out"))
            }
            return faults
        }
    }

    private var rowFaults: [Fault] {
        var faults: [Fault] = []
        for phase in phases.indices {
            for kind in MilestoneKind.allCases {
                let rows = candidates(kind, in: phase)
                if !rows.isEmpty { faults += overlapFaults(rows, in: phase) }
            }
        }
        for row in transitions { faults += armFaults(of: row) }
        return faults
    }

    private func overlapFaults(_ rows: [Transition], in phase: Int) -> [Fault] {
        let kind = rows[0].kind
        let place = "\(kind.rawValue) in \"\(phases[phase].name)\""
        guard let combinations = combinations(of: rows.compactMap(\.condition)) else {
            return [Fault(line: rows[0].provenance.line, "\(place) has too many combinations of facts to check")]
        }
        var faults: [Fault] = []
        var taken: Set<Int> = []
        for combination in combinations {
            let holding = rows.filter { ($0.condition?.holds(in: combination) ?? .yes) == .yes }
            taken.formUnion(holding.map(\.number))
            for (index, row) in holding.enumerated() {
                let rival = holding.dropFirst(index + 1).first { rival in
                    rival.answer == row.answer
                        && (kind.derivedField != nil || row.qualifier == nil || rival.qualifier == nil
                            || rival.qualifier == row.qualifier)
                        && rival.provenance.line != faults.last?.line
                }
                guard let rival else { continue }
                faults.append(
                    Fault(
                        line: max(row.provenance.line, rival.provenance.line),
                        "\(place) has two rows that can both hold (lines \(min(row.provenance.line, rival.provenance.line)) and \(max(row.provenance.line, rival.provenance.line))): \(combination.text)"
                    ))
            }
            guard kind.mustBeCovered else { continue }
            let groups = kind.derivedField == nil ? Set(rows.map(\.qualifier)) : [nil]
            for group in groups
            where !holding.contains(where: { group == nil || $0.qualifier == nil || $0.qualifier == group }) {
                faults.append(
                    Fault(line: rows[0].provenance.line, "\(place) has no row for: \(combination.text)"))
            }
        }
        for row in rows where !taken.contains(row.number) {
            faults.append(Fault(line: row.provenance.line, "\(place) has a row that can never be taken"))
        }
        return Fault.firstOfEachLine(faults)
    }

    /// Only patients of its arm can be in a phase of an arm.
    private func armFaults(of row: Transition) -> [Fault] {
        guard let arm = phases[row.target].arm, row.kind != .randomised || row.qualifier != arm,
            phases[row.source].arm != arm, !(row.condition?.demandsArm(arm) ?? false)
        else { return [] }
        return [
            Fault(
                line: row.provenance.line,
                "\"\(phases[row.target].name)\" belongs to arm \(arm), and \"\(phases[row.source].name)\" does not: the row needs arm: [\(arm)]"
            )
        ]
    }

    private var ruleFaults: [Fault] {
        rules.flatMap { rule -> [Fault] in
            var faults: [Fault] = []
            if !rule.provenance.isVerified, rule.otherwise != .warned {
                faults.append(
                    Fault(
                        line: rule.provenance.line,
                        "rule \"\(rule.name)\" is unverified (\(rule.provenance.certainty.rawValue)) and may only warn")
                )
            }
            if let combinations = combinations(of: [rule.requirement]) {
                let truths = Set(combinations.map { rule.requirement.holds(in: $0) })
                if !truths.contains(.yes) {
                    faults.append(Fault(line: rule.provenance.line, "rule \"\(rule.name)\" can never be met"))
                } else if !truths.contains(.no) {
                    faults.append(Fault(line: rule.provenance.line, "rule \"\(rule.name)\" is always met"))
                }
            }
            return faults
        }
    }

    private var armFaults: [Fault] {
        arms.flatMap { arm -> [Fault] in
            var faults: [Fault] = []
            let line = arm.provenance.line
            let owners = randomisations.filter { $0.arms.contains(arm.name) }
            if owners.isEmpty { faults.append(Fault(line: line, "no randomisation allocates arm \(arm.name)")) }
            if owners.count > 1 { faults.append(Fault(line: line, "two randomisations allocate arm \(arm.name)")) }
            if !transitions.contains(where: {
                $0.kind == .randomised && ($0.qualifier == nil || $0.qualifier == arm.name)
            }) {
                faults.append(Fault(line: line, "nobody can enter arm \(arm.name): no row is on randomised to it"))
            }
            if let opens = arm.opens, let closes = arm.closes, closes < opens {
                faults.append(Fault(line: line, "arm \(arm.name) closes on \(closes), before it opens on \(opens)"))
            }
            return faults
        }
    }

    private var randomisationFaults: [Fault] {
        randomisations.flatMap { randomisation -> [Fault] in
            var faults: [Fault] = []
            let line = randomisation.provenance.line
            for size in randomisation.blockSizes
            where size <= 0 || size > 1000 || size % max(randomisation.arms.count, 1) != 0 {
                faults.append(
                    Fault(
                        line: line,
                        "block size \(size) is not a multiple of the \(randomisation.arms.count) arms up to 1,000"))
            }
            if randomisation.arms.uniqued().count < randomisation.arms.count {
                faults.append(Fault(line: line, "randomisation \"\(randomisation.name)\" names an arm twice"))
            }
            guard let combinations = combinations(of: randomisation.strata.map(\.condition)) else {
                return faults + [Fault(line: line, "the strata have too many combinations of facts to check")]
            }
            for combination in combinations {
                let taken = randomisation.strata.filter { $0.condition.holds(in: combination) == .yes }
                if taken.count > 1 {
                    faults.append(
                        Fault(
                            line: taken[1].provenance.line,
                            "strata \"\(taken[0].name)\" and \"\(taken[1].name)\" both take: \(combination.text)"))
                }
            }
            let used = Set(
                combinations.flatMap { combination in
                    randomisation.strata.filter { $0.condition.holds(in: combination) == .yes }.map(\.name)
                })
            for stratum in randomisation.strata where !used.contains(stratum.name) {
                faults.append(
                    Fault(line: stratum.provenance.line, "stratum \"\(stratum.name)\" can never take anybody"))
            }
            return Fault.firstOfEachLine(faults)
        }
    }
}

extension Guard {
    /// Whether the guard can only hold for patients of this arm.
    func demandsArm(_ arm: String) -> Bool {
        switch self {
        case .standing(.arm, let accepted): accepted == [arm]
        case .all(let guards): guards.contains { $0.demandsArm(arm) }
        default: false
        }
    }
}

extension Fault {
    /// One fault of a kind for each line: the first combination says enough.
    static func firstOfEachLine(_ faults: [Fault]) -> [Fault] {
        var seen: Set<String> = []
        return faults.filter { fault in
            seen.insert("\(fault.line) \(fault.message.prefix { $0 != ":" })").inserted
        }
    }
}
