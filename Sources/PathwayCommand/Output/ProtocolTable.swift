internal import PathwayCore
internal import PathwayDocument

/// The transition table of a protocol, as it is printed.
struct ProtocolTable: Encodable {
    struct Row: Encodable {
        let number: Int
        let from: String
        let milestone: String
        let qualifier: String?
        let when: String?
        let to: String
        let answer: String
        let warning: String?
        let source: String
        let verified: Bool
        let line: Int
    }
    struct RuleRow: Encodable {
        let name: String
        let on: String
        let requires: String
        let otherwise: String
        let source: String
        let verified: Bool
        let line: Int
    }

    struct AnalysisRow: Encodable {
        let name: String
        let kind: String
        let says: String
        let source: String
        let verified: Bool
        let line: Int

        init(_ name: String, _ kind: String, _ says: String, _ provenance: Provenance) {
            (self.name, self.kind, self.says) = (name, kind, says)
            (source, verified, line) = (provenance.source, provenance.isVerified, provenance.line)
        }
    }

    struct StratumRow: Encodable {
        let randomisation: String
        let arms: [String]
        let stratum: String
        let takes: String
        let source: String
        let verified: Bool
        let line: Int
    }

    /// A word that the document lists, for a field of a milestone.
    struct WordRow: Encodable {
        let list: String
        let word: String
        let title: String
        let source: String?
    }

    let `protocol`: String
    let version: Int
    let title: String
    let digest: String
    let transitions: [Row]
    let rules: [RuleRow]
    let strata: [StratumRow]
    let words: [WordRow]
    let analyses: [AnalysisRow]

    init(_ document: ProtocolDocument) {
        let treatment = document.treatment
        `protocol` = treatment.name
        version = treatment.version
        title = treatment.title
        digest = document.digest.hexadecimal
        transitions = treatment.transitions.map { row in
            Row(
                number: row.number, from: treatment.phases[row.source].name, milestone: row.kind.rawValue,
                qualifier: row.qualifier, when: row.condition?.text, to: treatment.phases[row.target].name,
                answer: row.answer.rawValue, warning: row.warning, source: row.provenance.source,
                verified: row.provenance.isVerified, line: row.provenance.line)
        }
        rules = treatment.rules.map { rule in
            RuleRow(
                name: rule.name, on: rule.kind.rawValue, requires: rule.requirement.text,
                otherwise: rule.otherwise.rawValue, source: rule.provenance.source,
                verified: rule.provenance.isVerified, line: rule.provenance.line)
        }
        strata = treatment.randomisations.flatMap { randomisation in
            randomisation.strata.map { stratum in
                StratumRow(
                    randomisation: randomisation.name, arms: randomisation.arms, stratum: stratum.name,
                    takes: stratum.condition.text, source: stratum.provenance.source,
                    verified: stratum.provenance.isVerified, line: stratum.provenance.line)
            }
        }
        let vocabulary = treatment.vocabulary
        words = [
            ("adverse event", vocabulary.adverseEvents), ("diagnosis", vocabulary.diagnoses),
            ("exclusion", vocabulary.exclusions),
        ].flatMap { list, words in
            words.map { WordRow(list: list, word: $0.name, title: $0.title, source: $0.source) }
        }
        analyses = treatment.plan.rows
    }

    static func text(_ document: ProtocolDocument) -> String {
        let table = ProtocolTable(document)
        func cited(_ source: String, _ isVerified: Bool) -> String { source + (isVerified ? "" : " (unverified)") }
        var rows = TextTable(["row", "from", "on", "when", "to", "answer", "source"], rightAligned: [0])
        for row in table.transitions {
            rows.add([
                String(row.number), row.from, row.milestone + (row.qualifier.map { " \($0)" } ?? ""), row.when ?? "",
                row.to, row.answer, cited(row.source, row.verified),
            ])
        }
        var rules = TextTable(["rule", "on", "requires", "otherwise", "source"])
        for rule in table.rules {
            rules.add([rule.name, rule.on, rule.requires, rule.otherwise, cited(rule.source, rule.verified)])
        }
        var strata = TextTable(["randomisation", "arms", "stratum", "takes", "source"])
        for row in table.strata {
            strata.add([
                row.randomisation, row.arms.joined(separator: ", "), row.stratum, row.takes,
                cited(row.source, row.verified),
            ])
        }
        var words = TextTable(["list", "word", "title", "source"])
        for row in table.words { words.add([row.list, row.word, row.title, row.source ?? ""]) }
        var analyses = TextTable(["analysis", "is", "says", "source"])
        for row in table.analyses {
            analyses.add([row.name, row.kind, row.says, cited(row.source, row.verified)])
        }
        let version = Wrapped.line("\(table.protocol) version \(table.version), SHA-256 \(table.digest)")
        let tables = [rows, rules, strata, words, analyses].map(\.text)
        return ([Wrapped.line(table.title), version, ""] + tables).joined(separator: "\n")
    }
}

extension AnalysisPlan {
    /// The plan row by row, as it is printed.
    fileprivate var rows: [ProtocolTable.AnalysisRow] {
        var rows: [ProtocolTable.AnalysisRow] = []
        if let mrdNegative {
            rows.append(.init("mrd-negative", "limit", "below \(mrdNegative.level.percent) %", mrdNegative.provenance))
        }
        for endpoint in endpoints {
            rows.append(
                .init(
                    endpoint.name, "endpoint",
                    "from \(endpoint.from.rawValue) to \(endpoint.components.map(\.name).joined(separator: ", "))",
                    endpoint.provenance))
            for component in endpoint.components {
                guard let provenance = component.provenance else { continue }
                rows.append(.init("\(endpoint.name), \(component.name)", "component", component.title, provenance))
            }
        }
        for comparison in comparisons {
            let sides = comparison.isOneSided ? "one-sided" : "two-sided"
            let alpha = Scaled.text(comparison.alphaTenThousandths, scale: 4)
            rows.append(
                .init(
                    comparison.randomisation, "comparison",
                    "\(comparison.endpoint) against \(comparison.reference), \(sides) \(alpha)"
                        + (comparison.isStratified ? ", stratified" : ""), comparison.provenance))
            guard let monitoring = comparison.monitoring else { continue }
            let looks = monitoring.looks.map(String.init).joined(separator: ", ")
            rows.append(
                .init(
                    comparison.randomisation, "looks", "at \(looks) events, \(monitoring.spending.rawValue)",
                    monitoring.provenance))
        }
        return rows
    }
}

extension Collection<UInt8> {
    /// Two lower case hexadecimal digits a byte.
    var hexadecimal: String {
        map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}
