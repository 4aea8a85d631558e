/// Codes of at most eight characters for the phases of a protocol, as the tabulation model wants them for its elements.
///
/// A code is made of the phase's own word, so that it can be read and stays the same in every version that has the phase: `block-1-evaluation`
/// is `BLOC1EVA`. Where two words give one code, the later phase of the document gets a number at the end.
struct ElementCodes {
    /// The code of a stay that the protocol does not plan.
    static let unplanned = "UNPLAN"
    private static let limit = 8

    private var codes: [String: String] = [:]
    private var taken: Set<String> = [unplanned]

    /// The code of a phase, by its word.
    mutating func code(for phase: String) -> String {
        if let code = codes[phase] { return code }
        let plain = ElementCodes.abbreviation(phase)
        var code = plain
        var number = 2
        while taken.contains(code) {
            let digits = String(number)
            code = plain.prefix(ElementCodes.limit - digits.utf8.count) + digits
            number += 1
        }
        taken.insert(code)
        codes[phase] = code
        return code
    }

    /// The parts between the hyphens in capitals, the longest shortened until all fit; numbers are kept.
    static func abbreviation(_ word: String) -> String {
        var parts = word.split(separator: "-").map(String.init)
        while parts.reduce(0, { $0 + $1.utf8.count }) > limit {
            let longest = parts.indices.filter { Int(parts[$0]) == nil }.max {
                parts[$0].utf8.count < parts[$1].utf8.count
            }
            if let longest, parts[longest].utf8.count > 1 { parts[longest].removeLast() } else { parts.removeLast() }
        }
        return parts.joined().uppercased()
    }
}
