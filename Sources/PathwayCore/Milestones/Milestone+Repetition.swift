extension Milestone {
    /// The same milestone without what says who the patient is.
    public var withoutIdentity: Milestone {
        var facts = facts
        for field in Field.allCases where field.isIdentifying { facts[field] = nil }
        return Milestone(judged: kind, on: on, facts: facts)
    }

    /// Whether it says what was recorded, apart from what says who the patient is.
    ///
    /// What the rules determined when it was left out (the risk group, the age at enrolment) may be left out again.
    public func repeats(_ recorded: Milestone) -> Bool {
        kind == recorded.kind && on == recorded.on
            && kind.fields.allSatisfy { field in
                field.isIdentifying || facts[field] == recorded.facts[field]
                    || facts[field] == nil && kind.isCompleted(field)
            }
    }

    /// Whether it says of who the patient is what was recorded.
    public func identifiesAs(_ recorded: Milestone) -> Bool {
        Field.allCases.allSatisfy { !$0.isIdentifying || facts[$0] == recorded.facts[$0] }
    }
}

extension MilestoneKind {
    /// Whether the rules give the field a value where the milestone leaves it out.
    fileprivate func isCompleted(_ field: Field) -> Bool {
        field == derivedField || self == .enrolled && field == .age
    }
}
