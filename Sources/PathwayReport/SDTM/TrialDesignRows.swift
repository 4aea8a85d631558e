import PathwayCore

/// A planned element of an arm: a row of TA.
struct PlannedElement: StudyRecord {
    let study: String
    let way: TrialPlan.Way
    let order: Int
    let element: TrialElements.Element
    let branch: String?
    let transition: String?

    static let dataset = Dataset<PlannedElement>.ofStudy(
        "TA", "Trial Arms",
        [
            .text("ARMCD", "Planned Arm Code", key: 2) { $0.way.code },
            .text("ARM", "Description of Planned Arm") { $0.way.title },
            .integer("TAETORD", "Planned Order of Element within Arm", key: 3) { $0.order },
            .text("ETCD", "Element Code") { $0.element.code },
            .text("ELEMENT", "Description of Element") { $0.element.title },
            .text("TABRANCH", "Branch") { $0.branch },
            .text("TATRANS", "Transition Rule") { $0.transition },
            .text("EPOCH", "Epoch") { $0.element.epoch },
        ])

    /// The rows of a plan, arm by arm.
    static func rows(_ plan: TrialPlan, _ elements: TrialElements, study: String) -> [PlannedElement] {
        plan.ways.flatMap { way in
            way.phases.enumerated().compactMap { place, phase -> PlannedElement? in
                guard let element = elements.element(phase) else { return nil }
                let arrow = place < way.arrows.count ? way.arrows[place] : nil
                return PlannedElement(
                    study: study, way: way, order: place + 1, element: element,
                    branch: arrow.flatMap { $0.kind == .randomised ? "Randomised to \($0.qualifier ?? "")" : nil },
                    transition: arrow.flatMap { otherWays(than: $0, of: way) })
            }
        }
    }

    /// Where else the protocol lets a patient of this arm go from here, in words.
    private static func otherWays(than arrow: Transition, of way: TrialPlan.Way) -> String? {
        let treatment = way.treatment
        let others = treatment.transitions.filter { other in
            other.isPlanned && other.source == arrow.source && other.target != arrow.source
                && other.target != arrow.target && other.kind != .randomised
                && (treatment.phases[other.target].arm.map(way.arms.contains) ?? true)
        }
        return RuleText.text(
            others.map { other in
                let target = treatment.phases[other.target]
                return ("\(other.words): go to \(target.title)", "\(other.milestoneWords): go to \(target.title)")
            })
    }
}

/// An element of the trial: a row of TE.
struct PlannedElementDefinition: StudyRecord {
    let study: String
    let element: TrialElements.Element

    static let dataset = Dataset<PlannedElementDefinition>.ofStudy(
        "TE", "Trial Elements",
        [
            .text("ETCD", "Element Code", key: 2) { $0.element.code },
            .text("ELEMENT", "Description of Element") { $0.element.title },
            .text("TESTRL", "Rule for Start of Element") { $0.element.startRule },
            .text("TEENRL", "Rule for End of Element") { $0.element.endRule },
            .text("TEDUR", "Planned Duration of Element") { $0.element.duration },
        ])
}

/// What somebody must fulfil to enter: a row of TI.
struct EntryCriterion: StudyRecord {
    let study: String
    let number: Int
    let rule: Rule
    let version: Int

    static let dataset = Dataset<EntryCriterion>.ofStudy(
        "TI", "Trial Inclusion/Exclusion Criteria",
        [
            .text("IETESTCD", "Incl/Excl Criterion Short Name", key: 2) { $0.code },
            .text("IETEST", "Inclusion/Exclusion Criterion") { $0.rule.name },
            .text("IECAT", "Inclusion/Exclusion Category") { _ in "INCLUSION" },
            .text("IESCAT", "Inclusion/Exclusion Subcategory") { $0.rule.otherwise.rawValue.uppercased() },
            .text("TIRL", "Inclusion/Exclusion Criterion Rule") { $0.rule.words },
            .text("TIVERS", "Protocol Criteria Versions", key: 3) { String($0.version) },
        ])

    private var code: String { number < 10 ? "IN0\(number)" : "IN\(number)" }

    /// The rules of the enrolment: each says what must hold, and so is an inclusion.
    static func rows(_ treatment: TreatmentProtocol, study: String) -> [EntryCriterion] {
        treatment.rules.filter { $0.kind == .enrolled }.enumerated().map { place, rule in
            EntryCriterion(study: study, number: place + 1, rule: rule, version: treatment.version)
        }
    }
}

extension Rule {
    fileprivate var words: String? {
        RuleText.text([((appliesWhen.map { "if \($0.text): " } ?? "") + requirement.text, requirement.text)])
    }
}
