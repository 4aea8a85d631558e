internal import PathwayCore

/// A line of an imported file, as it was read.
struct ImportLine {
    /// What a line says.
    enum Content {
        /// A milestone.
        case attempt(Attempt)
        /// Something done to a record.
        case act(ActLine)
        /// Nothing that can be read; and what of it could be, with the moment at which another log recorded it.
        case fault(LineFault, readable: [(String, String)] = [], at: Int64? = nil)
    }

    let number: Int
    let bytes: ArraySlice<UInt8>
    let patient: PatientID?
    let content: Content
}

extension ImportLine.Content {
    /// Reads the named values of a line.
    init(_ entries: [(name: String, value: String)]) {
        do throws(LineFault) {
            if ActLine.isAct(entries) {
                self = .act(try ActLine(entries: entries))
                return
            }
            var attempt = try Attempt(entries: entries)
            if attempt.request == nil { attempt.request = attempt.contentRequest }
            self = .attempt(attempt)
        } catch {
            let moment = entries.first { $0.name == LineKey.at.rawValue }.flatMap { Instant($0.value)?.microseconds }
            self = .fault(error, readable: LineKey.readable(entries), at: moment)
        }
    }
}

extension LineKey {
    /// What of a line is in words of our own: nothing that could be a name in the wrong place.
    fileprivate static func readable(_ entries: [(name: String, value: String)]) -> [(String, String)] {
        entries.filter { name, value in
            switch LineKey(rawValue: name) {
            case .milestone: MilestoneKind(rawValue: value) != nil
            case .on: ClinicalDate(value) != nil
            case .act: ActLine.words.contains(value)
            default: false
            }
        }
    }
}

/// Lines that are taken in together: milestones, or one thing that was done to a record.
struct ImportPart {
    /// What was done to a record, in the first line.
    let act: ActLine?
    /// Never empty.
    private(set) var lines: [ImportLine]
    /// The number of the first line of a correction that cannot be read, without which nobody knows what it states.
    private(set) var unreadable: Int?

    init(_ first: ImportLine) {
        if case .act(let act) = first.content { self.act = act } else { act = nil }
        lines = [first]
    }

    /// The number of the first line up to that of the last.
    var numbers: ClosedRange<Int> { lines[0].number...lines[lines.count - 1].number }

    /// The milestones of its lines.
    var attempts: [Attempt] {
        lines.compactMap { if case .attempt(let attempt) = $0.content { attempt } else { nil } }
    }

    /// Whether a line belongs to it. What is done to a record stands alone, but for a correction and what it states anew.
    func takes(_ line: ImportLine) -> Bool {
        if case .act = line.content { return false }
        return act == nil || isRestated(by: line)
    }

    /// Whether it is a correction that a line states a milestone anew for: the two were recorded at one moment.
    func isRestated(by line: ImportLine) -> Bool {
        guard let act, act.act == "rewound", let moment = act.at else { return false }
        return switch line.content {
        case .attempt(let attempt): attempt.patient == act.patient && attempt.recordedElsewhereAt == moment
        // Of what it does not say nobody knows that it is no part of the correction.
        case .fault(_, _, let at): (line.patient ?? act.patient) == act.patient && (at ?? moment) == moment
        case .act: false
        }
    }

    mutating func append(_ line: ImportLine) {
        if act != nil, unreadable == nil, case .fault = line.content { unreadable = line.number }
        lines.append(line)
    }
}
