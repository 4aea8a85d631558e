/// When a connection through the proxy ends, counted from the moment at which the proxy was told to cut.
enum Cut: Sendable, CaseIterable {
    /// In the middle of what the client says.
    case afterBytesOfClient
    /// In the middle of what the server says.
    case afterBytesOfServer
    /// All that the client says arrives, and nothing of the answer: what was asked for is done, and the client cannot know.
    case beforeAnswer
    /// The server falls silent for a while, then the connection ends.
    case afterSilence
    /// The server falls silent for a while, and goes on.
    case silence
}

/// One connection's fate: which cut, and after how many bytes or answers.
struct Fate: Sendable {
    let cut: Cut
    private var left: Int
    /// How long a silence lasts.
    let silence: Duration

    init(_ chance: inout Chance) {
        cut = Cut.allCases.randomElement(using: &chance) ?? .beforeAnswer
        silence = .milliseconds(chance.whole(10...250))
        switch cut {
        case .afterBytesOfClient, .afterBytesOfServer:
            // As many short ones as long ones: a batch is some kilobytes, the start of a session some hundred bytes.
            left = chance.whole(1...(1 << chance.whole(4...14)))
        case .beforeAnswer, .afterSilence, .silence: left = chance.whole(1...6)
        }
    }

    /// How many of these bytes of the client still pass; `nil` lets all pass.
    mutating func limit(ofClient count: Int) -> Int? { cut == .afterBytesOfClient ? take(count) : nil }

    /// How many of these bytes of the server still pass; `nil` lets all pass.
    mutating func limit(ofServer count: Int, isAnswer: Bool) -> Int? {
        switch cut {
        case .afterBytesOfClient: return nil
        case .afterBytesOfServer: return take(count)
        case .beforeAnswer, .afterSilence, .silence:
            if isAnswer { left -= 1 }
            return left > 0 ? nil : 0
        }
    }

    private mutating func take(_ count: Int) -> Int? {
        defer { left = max(left - count, 0) }
        return left > count ? nil : left
    }
}
