/// Something that happened to a patient on a day, with the facts it established.
///
/// A milestone that exists has every required field and no foreign one; whether it may come now is for
/// ``Path`` to judge.
public struct Milestone: Sendable, Hashable {
    /// What happened.
    public let kind: MilestoneKind
    /// When it happened, as precisely as it is known.
    public let on: ClinicalDate
    /// What it established.
    public let facts: Facts

    /// Makes a milestone, or says what is wrong with its fields.
    public init(_ kind: MilestoneKind, on: ClinicalDate, facts: Facts = Facts()) throws(MilestoneFault) {
        guard on.precision == .day || kind.allowsPartialDate else {
            throw .partialDate(kind, on)
        }
        for entry in facts.entries where !kind.takes(entry.field) {
            throw .foreignField(entry.field, kind)
        }
        let missing = kind.required.filter { facts[$0] == nil && $0 != kind.derivedField }
        guard missing.isEmpty else { throw .missingFields(missing, kind) }
        // No assay sees everything: a sensitivity of 0 % is none.
        if facts[.mrd] == .mrd(.level(.none)), [nil, .level(.none)].contains(facts[.mrdSensitivity]) {
            throw .noneFoundWithoutSensitivity
        }
        self.init(judged: kind, on: on, facts: facts)
    }

    // For milestones whose fields are known to be right: those completed by a judgement.
    init(judged kind: MilestoneKind, on: ClinicalDate, facts: Facts) {
        self.kind = kind
        self.on = on
        self.facts = facts
    }

    /// The word that tells this milestone from others of its kind: the course, the arm or the risk group.
    public var qualifier: String? { kind.qualifier.flatMap(facts.word) }

    /// The residual disease result with its sensitivity.
    public var mrd: MRD? { facts.mrd }
}

extension Facts {
    var mrd: MRD? {
        guard case .mrd(let result)? = self[.mrd] else { return nil }
        guard case .level(let sensitivity)? = self[.mrdSensitivity] else { return MRD(result) }
        return MRD(result, sensitivity: sensitivity)
    }
}

extension MRD.Level {
    /// No leukaemic cell found.
    public static let none = MRD.Level(validPartsPerBillion: 0)
}

extension MilestoneKind {
    /// The field that the protocol's rules determine when it is left out: the risk group.
    public var derivedField: Field? { self == .riskAssigned ? .risk : nil }

    /// Whether the milestone can carry a field.
    public func takes(_ field: Field) -> Bool { fieldSet.contains(field) }

    /// The fields that the milestone can carry.
    var fieldSet: FieldSet { MilestoneKind.fieldSets[index] }

    private static let fieldSets = allCases.map { FieldSet($0.fields + [.note]) }
}

/// What is wrong with a milestone in itself, whoever the patient is.
public enum MilestoneFault: Error, Sendable, Hashable {
    /// A field that this kind of milestone does not have.
    case foreignField(Field, MilestoneKind)
    /// Fields without which it is not recorded.
    case missingFields([Field], MilestoneKind)
    /// The day must be known.
    case partialDate(MilestoneKind, ClinicalDate)
    /// "0 %" says nothing without what the assay could have seen.
    case noneFoundWithoutSensitivity
}
