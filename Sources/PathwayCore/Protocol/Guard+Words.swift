extension Guard {
    /// The guard in words, as a refusal, a table or a diagram prints it.
    public var text: String { text(within: false) }

    private func text(within combination: Bool) -> String {
        switch self {
        case .oneOf(let field, let words):
            if case .choices = field.type { return "\(field.rawValue) include \(Guard.either(words))" }
            return "\(field.rawValue) is \(Guard.either(words))"
        case .flag(let field, let value): return "\(field.rawValue) is \(value ? "yes" : "no")"
        case .number(let field, let comparison, let limit):
            return "\(field.rawValue) is \(comparison.words) \(field.text(.number(limit)))"
        case .level(let field, let comparison, let limit):
            return "\(field.rawValue) is \(comparison.words) \(limit.percent) %"
        case .mrd(.undetermined, let limit): return "mrd is undetermined at \(limit.percent) %"
        case .mrd(.below, let limit): return "mrd is below \(limit.percent) %"
        case .mrd(.atLeast, let limit): return "mrd is at least \(limit.percent) %"
        case .elapsed(let from, let to, let comparison, let span):
            return "\(comparison.words) \(span.text) from \(from.rawValue) to \(to.rawValue)"
        case .standing(let word, let accepted): return "\(word.rawValue) is \(Guard.either(accepted))"
        case .received(let agents): return "\(Guard.either(agents)) was received"
        case .happened(let kinds): return "\(Guard.either(kinds.map(\.rawValue))) was recorded before"
        case .day(let comparison, let limit):
            switch comparison {
            case .below: return "the day is before \(limit)"
            case .atMost: return "the day is \(limit) or before"
            case .atLeast: return "the day is \(limit) or after"
            case .above: return "the day is after \(limit)"
            }
        case .known(let field): return "\(field.rawValue) is known"
        case .not(.known(let field)): return "\(field.rawValue) is not given"
        case .not(.flag(let field, let value)): return Guard.flag(field, !value).text
        case .not(let negated): return "not (\(negated.text))"
        case .all(let guards):
            if guards.isEmpty { return "always" }
            let text = guards.map { $0.text(within: guards.count > 1) }.joined(separator: " and ")
            return text
        case .any(let guards):
            let text = guards.map { $0.text(within: false) }.joined(separator: " or ")
            return combination && guards.count > 1 ? "(\(text))" : text
        }
    }

    private static func either(_ words: [String]) -> String { words.joined(separator: " or ") }
}

extension Guard.Comparison {
    /// The comparison in words: `at least`.
    public var words: String {
        switch self {
        case .below: "below"
        case .atMost: "at most"
        case .atLeast: "at least"
        case .above: "above"
        }
    }
}
