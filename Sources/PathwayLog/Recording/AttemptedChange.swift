internal import PathwayCore

/// One thing that a correction would have changed, as the register of refusals keeps it: without what identifies.
struct AttemptedChange {
    /// The position of the milestone; of one that was forgotten, the position that it comes before, where that is known.
    let position: Int?
    /// What was recorded; `nil` for a milestone that was forgotten.
    let before: Milestone?
    /// What should be read instead; `nil` if it did not happen.
    let after: Milestone?
    /// Whose lists say which words are no free text.
    let treatment: TreatmentProtocol

    /// `6 remove`, `4 mrd=0.5`, `insert before 7 seen on=2018-02-18`; `nil` if nothing would change.
    var words: String? {
        let place = position.map(String.init) ?? ""
        switch (before, after) {
        case (nil, nil): return nil
        case (_?, nil): return "\(place) remove"
        case (nil, let after?):
            let start = position == nil ? "insert" : "insert before \(place)"
            return ([start, after.kind.rawValue, "on=\(after.on)"] + differences(Facts(), after.facts))
                .joined(separator: " ")
        case (let before?, let after?):
            let day = before.on == after.on ? [] : ["on=\(after.on)"]
            let changes = day + differences(before.facts, after.facts)
            return changes.isEmpty ? nil : ([place] + changes).joined(separator: " ")
        }
    }

    private func differences(_ before: Facts, _ after: Facts) -> [String] {
        Field.allCases.compactMap { field in
            guard before[field] != after[field] else { return nil }
            // That it was changed is said, what it says is not: it could not be erased from the register.
            guard let value = after[field] else { return field.isIdentifying ? field.rawValue : "\(field.rawValue)=" }
            return field.isFree(value, under: treatment) ? field.rawValue : "\(field.rawValue)=\(field.text(value))"
        }
    }
}

extension Correction {
    /// What was attempted, in one line: `4 mrd=0.5; 6 remove`.
    func words(of path: PatientPath) -> String {
        var words: [(position: Int, words: String)] = removed.map { ($0, "\($0) remove") }
        let standing = Dictionary(path.events.map { ($0.position, $0) }) { first, _ in first }
        for (position, milestone) in amended {
            let change = AttemptedChange(
                position: position, before: standing[position]?.milestone ?? milestone, after: milestone,
                treatment: path.path.treatment)
            words.append((position, change.words ?? String(position)))
        }
        for (position, milestones) in inserted {
            for milestone in milestones {
                let change = AttemptedChange(
                    position: position, before: nil, after: milestone, treatment: path.path.treatment)
                words.append((position, change.words ?? String(position)))
            }
        }
        return words.sorted { $0 < $1 }.map(\.words).joined(separator: "; ")
    }
}

extension PatientPath {
    /// What an imported correction would have changed behind a position, in one line.
    func changes(by attempts: [Attempt], behind position: Int) -> String {
        let stated = events.filter { $0.position > position }.map { event in
            AttemptedChange(
                position: event.position, before: event.milestone,
                after: attempts.first { $0.restates == event.position }?.milestone, treatment: path.treatment)
        }
        let forgotten = attempts.filter { $0.restates == nil }.map {
            AttemptedChange(position: nil, before: nil, after: $0.milestone, treatment: path.treatment)
        }
        return (stated + forgotten).compactMap(\.words).joined(separator: "; ")
    }
}
