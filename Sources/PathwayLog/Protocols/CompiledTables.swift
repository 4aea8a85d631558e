internal import PathwayCore
internal import Postgres

/// The rows that a protocol compiles to, table by table, as the database takes them and as an audit compares them with those it finds.
///
/// A row is an object by the names of the columns, without those that are NULL.
struct CompiledTables {
    /// The tables, each with the columns that no document says.
    static let columnsLeftOut: KeyValuePairs<String, [String]> = [
        "edition": ["edition", "document", "digest", "added_at", "added_by", "login"],
        "phase": ["edition"],
        "transition": ["edition", "arm"],
        "rule": ["edition"],
        "randomisation": ["edition"],
        "stratum": ["edition", "drawn"],
    ]

    /// An object with a list of rows for each table.
    let json: JSONB

    init(_ treatment: TreatmentProtocol) {
        var bytes: [UInt8] = [UInt8(ascii: "{")]
        for (table, rows) in CompiledTables.rows(treatment) {
            JSONLine.append(table, literal: "[\(rows.map(\.json).joined(separator: ","))]", to: &bytes)
        }
        json = JSONB(String(decoding: bytes + "}".utf8, as: UTF8.self))
    }

    private static func rows(_ treatment: TreatmentProtocol) -> KeyValuePairs<String, [CompiledRow]> {
        [
            "edition": [
                CompiledRow([
                    ("protocol", treatment.name), ("version", String(treatment.version)), ("title", treatment.title),
                    ("effective", treatment.effective.description),
                ])
            ],
            "phase": treatment.phases.enumerated().map { ordinal, phase in
                CompiledRow([
                    ("phase", phase.name), ("ordinal", String(ordinal)), ("title", phase.title),
                    ("course", phase.course), ("arm", phase.arm),
                ])
            },
            "transition": treatment.transitions.map { CompiledRow($0, of: treatment) }
                + treatment.statusArrows.map { CompiledRow($0, of: treatment) },
            "rule": treatment.rules.enumerated().map { number, rule in
                CompiledRow([
                    ("number", String(number + 1)), ("name", rule.name), ("milestone", rule.kind.rawValue),
                    ("requirement", rule.requirement.text), ("otherwise", rule.otherwise.rawValue),
                    ("citation", rule.provenance.source), ("verified", String(rule.provenance.isVerified)),
                ])
            },
            "randomisation": treatment.randomisations.map { randomisation in
                CompiledRow(
                    [("randomisation", randomisation.name)],
                    lists: [
                        ("arms", randomisation.arms), ("block_sizes", randomisation.blockSizes.map { String($0) }),
                    ])
            },
            "stratum": treatment.randomisations.flatMap { randomisation in
                randomisation.strata.map { stratum in
                    CompiledRow([
                        ("randomisation", randomisation.name), ("stratum", stratum.name),
                        ("condition", stratum.condition.text), ("citation", stratum.provenance.citation),
                    ])
                }
            },
        ]
    }
}

/// One row, as JSON: the database reads numbers and flags from their texts.
private struct CompiledRow {
    let json: String

    init(_ columns: [(String, String?)], lists: [(String, [String])] = []) {
        var bytes: [UInt8] = [UInt8(ascii: "{")]
        for (name, value) in columns { if let value { JSONLine.append(name, value, to: &bytes) } }
        for (name, values) in lists {
            var list: [UInt8] = [UInt8(ascii: "[")]
            for value in values {
                if list.count > 1 { list.append(UInt8(ascii: ",")) }
                JSONLine.appendString(value, to: &list)
            }
            JSONLine.append(name, literal: String(decoding: list + "]".utf8, as: UTF8.self), to: &bytes)
        }
        json = String(decoding: bytes + "}".utf8, as: UTF8.self)
    }

    init(_ transition: Transition, of treatment: TreatmentProtocol) {
        self.init([
            ("number", String(transition.number)), ("protocol", treatment.name),
            ("source", treatment.phases[transition.source].name), ("milestone", transition.kind.rawValue),
            ("qualifier", transition.qualifier), ("condition", transition.condition?.text),
            ("target", treatment.phases[transition.target].name), ("answer", transition.answer.rawValue),
            ("warning", transition.warning), ("citation", transition.provenance.source),
            ("verified", String(transition.provenance.isVerified)),
        ])
    }

    init(_ arrow: StatusArrow, of treatment: TreatmentProtocol) {
        let phase = treatment.phases[arrow.phase].name
        self.init([
            ("number", String(arrow.number)), ("protocol", treatment.name), ("source", phase),
            ("milestone", arrow.kind.rawValue), ("target", phase), ("answer", "status"),
            ("citation", "the rules of the status"), ("verified", "true"),
        ])
    }
}

/// An arrow of the status, which every protocol shares: from a phase back to it, numbered behind the protocol's own.
private struct StatusArrow {
    let number: Int
    let phase: Int
    let kind: MilestoneKind
}

extension TreatmentProtocol {
    fileprivate var statusArrows: [StatusArrow] {
        phases.indices.flatMap { phase in
            MilestoneKind.ofStatus.map { StatusArrow(number: statusArrow($0, in: phase), phase: phase, kind: $0) }
        }
    }

    /// The number of the arrow that a milestone of the status takes.
    func statusArrow(_ kind: MilestoneKind, in phase: Int) -> Int {
        let place = MilestoneKind.ofStatus.firstIndex(of: kind) ?? 0
        return (transitions.last?.number ?? 0) + 1 + phase * MilestoneKind.ofStatus.count + place
    }
}

extension MilestoneKind {
    fileprivate static let ofStatus = allCases.filter { $0.track == .status }
}
