import PathwayCore

/// Rules of the protocol's document as one text, no longer than a variable of a transport file holds.
enum RuleText {
    /// What a variable holds (SAS transport files, version 5).
    static let limit = 200

    /// The rules one behind the other, each with its condition; where that is too long without; and where that is too long the first ones and
    /// how many more there are.
    /// - Returns: `nil` if there are none.
    static func text(_ rules: [(whole: String, brief: String)]) -> String? {
        guard !rules.isEmpty else { return nil }
        let whole = rules.map(\.whole).uniqued().joined(separator: "; ")
        if fits(whole) { return whole }
        let brief = rules.map(\.brief).uniqued()
        for count in stride(from: brief.count, to: 0, by: -1) {
            let rest = brief.count == count ? "" : "; and \(brief.count - count) more in the protocol"
            let text = brief.prefix(count).joined(separator: "; ") + rest
            if fits(text) { return text }
        }
        return "see the protocol"
    }

    private static func fits(_ text: String) -> Bool { text.utf8.count <= limit }
}

extension Transition {
    /// The milestone alone: `randomised A`.
    var milestoneWords: String { kind.rawValue + (qualifier.map { " \($0)" } ?? "") }

    /// The milestone and when it is taken, in words: `randomised A`, `response-assessed if marrow is m1`.
    var words: String { milestoneWords + (condition.map { " if \($0.text)" } ?? "") }
}
