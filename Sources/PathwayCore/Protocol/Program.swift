/// What a compiled condition asks of: a situation that answers in integers.
///
/// Words are numbers by their place in the protocol's lists, and sets of them one bit each.
protocol CodedSituation: Situation, ~Copyable {
    func code(_ field: Field) -> FactCode
    func knows(_ field: Field) -> Bool
    func numbers(_ word: Standing.Word) -> UInt64
    var agents: UInt64 { get }
    var kinds: UInt64 { get }
}

/// Conditions as one flat list of integers, compiled from the trees of ``Guard`` when a protocol is made.
///
/// Judging runs the program; the trees stay for whoever prints, checks or explains them. A test holds both to the same truth.
struct Program: Sendable {
    /// Where a condition begins in the list.
    struct Entry: Sendable {
        fileprivate let index: Int
        /// The condition that always holds.
        static let always = Entry(index: 0)
    }

    /// One question, and where the one behind it begins: the parts of a combination lie between.
    fileprivate struct Node {
        let test: Test
        var end: Int
    }

    fileprivate enum Test {
        case all
        case any
        case not
        /// The fact is one of these words, or shares one with them.
        case among(Field, UInt64)
        /// The fact is a number from the first to the last.
        case within(Field, Int, Int)
        case known(Field)
        case mrd(Guard.MRDSide, MRD.Level)
        case elapsed(from: Clock, to: Clock, Guard.Comparison, Span)
        case day(Guard.Comparison, Day)
        case standing(Standing.Word, UInt64)
        case received(UInt64)
        case happened(UInt64)
        /// What only the text can answer.
        case tree(Int)
    }

    private var nodes = [Node(test: .all, end: 1)]
    private var trees: [Guard] = []

    /// Adds a condition; none always holds.
    mutating func add(_ condition: Guard?, _ words: WordLists) -> Entry {
        guard let condition else { return .always }
        let start = nodes.count
        compile(condition, words)
        return Entry(index: start)
    }

    private mutating func compile(_ condition: Guard, _ words: WordLists) {
        let start = nodes.count
        nodes.append(Node(test: test(condition, words), end: start + 1))
        switch condition {
        case .all(let parts), .any(let parts): for part in parts { compile(part, words) }
        case .not(let negated): compile(negated, words)
        default: break
        }
        nodes[start].end = nodes.count
    }

    private mutating func test(_ condition: Guard, _ words: WordLists) -> Test {
        switch condition {
        case .all: return .all
        case .any: return .any
        case .not: return .not
        case .known(let field): return .known(field)
        case .flag(let field, let value): return .within(field, value ? 1 : 0, value ? 1 : 0)
        case .number(let field, let comparison, let limit): return .comparison(field, comparison, limit)
        case .level(let field, let comparison, let limit): return .comparison(field, comparison, limit.partsPerBillion)
        case .mrd(let side, let limit): return .mrd(side, limit)
        case .elapsed(let from, let to, let comparison, let span): return .elapsed(from: from, to: to, comparison, span)
        case .day(let comparison, let limit): return .day(comparison, limit)
        case .received(let agents): if let bits = words.agents.bits(agents) { return .received(bits) }
        case .happened(let kinds): return .happened(kinds.reduce(0) { $0 | 1 << UInt64($1.index) })
        case .standing(let word, let accepted):
            if let bits = words[word].bits(accepted) { return .standing(word, bits) }
        case .oneOf(let field, let accepted):
            switch field.type {
            case .choice(let all), .choices(let all): if let bits = all.bits(accepted) { return .among(field, bits) }
            default: break
            }
        }
        trees.append(condition)
        return .tree(trees.count - 1)
    }
}

extension Program {
    /// Whether a condition holds.
    func truth(_ entry: Entry, in situation: borrowing some CodedSituation & ~Copyable) -> Truth {
        entry.index == 0 ? .yes : truth(at: entry.index, in: situation)
    }

    private func truth(at index: Int, in situation: borrowing some CodedSituation & ~Copyable) -> Truth {
        switch nodes[index].test {
        case .all: return combined(.yes, .no, at: index, in: situation)
        case .any: return combined(.no, .yes, at: index, in: situation)
        case .not: return truth(at: index + 1, in: situation).negated
        case .among(let field, let bits):
            let code = situation.code(field)
            return code == .unknown ? .unknown : Truth(UInt64(bitPattern: Int64(code.number)) & bits != 0)
        case .within(let field, let first, let last):
            let code = situation.code(field)
            return code == .unknown ? .unknown : Truth(code.number >= first && code.number <= last)
        case .known(let field): return Truth(situation.knows(field))
        case .mrd(let side, let limit):
            guard let result = situation.code(.mrd).result else { return .unknown }
            let sensitivity = situation.code(.mrdSensitivity)
            let level = sensitivity == .unknown ? nil : MRD.Level(validPartsPerBillion: sensitivity.number)
            return Truth(side.takes(MRD(result, sensitivity: level), limit))
        case .elapsed(let from, let to, let comparison, let span):
            guard case (let start?, let end?) = situation.interval(from: from, to: to) else { return .unknown }
            return situation.months.holds(comparison, from: start, to: end, span)
        case .day(let comparison, let limit):
            return situation.today.map { comparison.holds($0, limit) } ?? .unknown
        case .standing(let word, let bits): return Truth(situation.numbers(word) & bits != 0)
        case .received(let bits): return Truth(situation.agents & bits != 0)
        case .happened(let bits): return Truth(situation.kinds & bits != 0)
        case .tree(let number): return trees[number].holds(in: situation)
        }
    }

    /// Whether all or any of the parts hold: from `start` on, until one of them decides it.
    private func combined(
        _ start: Truth, _ decisive: Truth, at index: Int, in situation: borrowing some CodedSituation & ~Copyable
    ) -> Truth {
        var truth = start
        var part = index + 1
        let end = nodes[index].end
        while part < end {
            let next = self.truth(at: part, in: situation)
            if next == decisive { return decisive }
            if next == .unknown { truth = .unknown }
            part = nodes[part].end
        }
        return truth
    }
}

extension Program.Test {
    /// A comparison with a limit, as the numbers that it takes.
    fileprivate static func comparison(_ field: Field, _ comparison: Guard.Comparison, _ limit: Int) -> Self {
        switch comparison {
        case .below: .within(field, .min, limit - 1)
        case .atMost: .within(field, .min, limit)
        case .atLeast: .within(field, limit, .max)
        case .above: .within(field, limit + 1, .max)
        }
    }
}
