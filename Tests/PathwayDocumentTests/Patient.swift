import PathwayCore
import Testing

/// A patient in a test: milestones are written as a coordinator would type them, `2015-03-01 course-started course=block-1`.
struct Patient {
    private(set) var path: Path
    private(set) var steps: [Step] = []

    init(under treatment: TreatmentProtocol) { path = Path(under: treatment) }

    /// A patient who has come so far as planned.
    init(under treatment: TreatmentProtocol, _ milestones: String...) throws {
        self.init(under: treatment)
        for text in milestones { try planned(text) }
    }

    static func milestone(_ text: String) throws -> Milestone {
        let parts = text.split(separator: " ")
        let kind = try #require(parts.count > 1 ? MilestoneKind(rawValue: String(parts[1])) : nil, "\(text)")
        var facts = Facts()
        for part in parts.dropFirst(2) {
            let pair = part.split(separator: "=", maxSplits: 1)
            let field = try #require(Field(rawValue: String(pair[0])), "\(text)")
            facts[field] = try field.value(String(pair[1]))
        }
        return try Milestone(kind, on: try #require(ClinicalDate(parts[0]), "\(text)"), facts: facts)
    }

    func judge(_ text: String, today: Day? = nil) throws -> Judgement {
        path.judge(try Patient.milestone(text), today: today)
    }

    @discardableResult
    mutating func planned(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> Step {
        let judgement = try judge(text)
        guard case .planned(let step) = judgement else {
            Issue.record("not planned: \(text): \(judgement)", sourceLocation: sourceLocation)
            throw Unexpected(judgement: judgement)
        }
        path.take(step)
        steps.append(step)
        return step
    }

    @discardableResult
    mutating func offProtocol(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> Step {
        let judgement = try judge(text)
        guard case .offProtocol(let step) = judgement else {
            Issue.record("not off protocol: \(text): \(judgement)", sourceLocation: sourceLocation)
            throw Unexpected(judgement: judgement)
        }
        path.take(step)
        steps.append(step)
        return step
    }

    func refusal(_ text: String, today: Day? = nil, sourceLocation: SourceLocation = #_sourceLocation) throws -> Refusal
    {
        let judgement = try judge(text, today: today)
        guard case .refused(let refusal) = judgement else {
            Issue.record("not refused: \(text): \(judgement)", sourceLocation: sourceLocation)
            throw Unexpected(judgement: judgement)
        }
        return refusal
    }

    var phase: String { path.phase.name }

    struct Unexpected: Error {
        let judgement: Judgement
    }
}
