internal import PathwayCore
internal import Postgres

/// What somebody wants to do to a record, in the words of a door that has not read them yet.
public enum AttemptInWords: Sendable {
    /// To record a milestone, and the day on which it is said to have happened, if one is.
    case milestone(String, on: String?)
    /// To correct milestones: the words of each by its position, and of those that were forgotten and go in before a position.
    case correction([Int: [String]], inserted: [[String]], before: Int)

    /// What the register of refusals keeps of it: words that are on a list of ours, or of the protocol's.
    func kept(under treatment: TreatmentProtocol?) -> String {
        switch self {
        case .milestone(let kind, let on):
            let day = on.flatMap { ClinicalDate($0) }.map { [("on", $0.description)] } ?? []
            return JSONB.object([("milestone", MilestoneKind(rawValue: kind)?.rawValue ?? "…")] + day).text
        case .correction(let changes, let inserted, let before):
            let words = changes.sorted { $0.key < $1.key }.map { ([String($0)] + kept($1, treatment)) }
            let forgotten = inserted.map { words in
                ["insert before \(before)", words.first.flatMap { MilestoneKind(rawValue: $0) }?.rawValue ?? "…"]
                    + kept(Array(words.dropFirst()), treatment)
            }
            let all = (words + forgotten).map { $0.joined(separator: " ") }.joined(separator: "; ")
            return JSONB.object([("milestone", "correction"), ("changes", all)]).text
        }
    }

    private func kept(_ words: [String], _ treatment: TreatmentProtocol?) -> [String] {
        words.map { word in
            let (name, text) = (String(word.prefix { $0 != "=" }), word.drop { $0 != "=" }.dropFirst())
            if word == "remove" { return word }
            if name == LineKey.on.rawValue { return ClinicalDate(String(text)).map { "on=\($0)" } ?? name }
            guard let field = Field(rawValue: name) else { return "…" }
            if text.isEmpty { return "\(name)=" }
            guard let value = try? field.value(String(text)), !field.isFree(value, under: treatment) else {
                return name
            }
            return "\(name)=\(field.text(value))"
        }
    }
}
