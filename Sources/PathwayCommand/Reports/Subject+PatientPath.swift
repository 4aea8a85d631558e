internal import PathwayCore
internal import PathwayLog
internal import PathwayReport

extension Subject {
    /// What a report takes of a path: neither names nor free text.
    init(_ path: PatientPath, in editions: Editions, through: Day) throws {
        var floor = path.events[0].milestone.on.earliest
        var milestones: [SubjectMilestone] = []
        let original = Dictionary(path.entries.map { ($0.position, $0) }) { first, _ in first }
        for (event, step) in zip(path.events, path.steps) {
            let earliest = event.milestone.on.earliest
            let isAdverse = event.milestone.kind == .adverseEvent
            if !isAdverse { floor = max(floor, earliest) }
            milestones.append(
                SubjectMilestone(
                    position: event.position, milestone: step.milestone.unattributed, day: isAdverse ? earliest : floor,
                    version: try editions.edition(event.edition).treatment.version, phaseBefore: event.phaseBefore,
                    phaseAfter: event.phaseAfter, statusBefore: event.statusBefore, statusAfter: event.statusAfter,
                    answer: event.answer, stratum: event.stratum, deviations: step.deviations, warnings: step.warnings,
                    recordedAt: Subject.first(event, original).authoredAt))
        }
        self.init(
            id: path.patient, site: path.site, isSynthetic: path.isSynthetic, path: path.path, milestones: milestones,
            record: Subject.record(path, through: through))
    }

    /// The entry that first recorded what an event states again.
    private static func first(_ event: Event, _ entries: [Int: Entry]) -> Event {
        var event = event
        while let position = event.restates, case .milestone(let earlier)? = entries[position] { event = earlier }
        return event
    }

    private static func record(_ path: PatientPath, through: Day) -> [RecordedEntry] {
        var rewoundBy: [Int: RecordAct] = [:]
        var standing: [Int] = []
        for entry in path.entries {
            switch entry {
            case .milestone(let event): standing.append(event.position)
            case .act(let act):
                guard case .rewound(let position) = act.kind else { continue }
                for gone in standing where gone > position { rewoundBy[gone] = act }
                standing.removeAll { $0 > position }
            }
        }
        return path.entries.compactMap { entry in
            guard case .milestone(let event) = entry, event.milestone.on.earliest <= through else { return nil }
            let isLater = path.entries.contains { earlier in
                if case .act(let act) = earlier, case .rewound = act.kind {
                    return act.position < event.position && act.recordedAt == event.recordedAt
                }
                return false
            }
            let state: RecordedEntry.State =
                rewoundBy[event.position] != nil
                ? .rewound : event.restates != nil || isLater ? .restated : .original
            return RecordedEntry(
                position: event.position, milestone: event.milestone.unattributed, state: state,
                restates: event.restates,
                rewoundBy: rewoundBy[event.position]?.position,
                rewinding: rewoundBy[event.position].map { act in
                    RecordedEntry.Rewinding(
                        recordedAt: act.originAt ?? act.recordedAt, recordedBy: act.originBy ?? act.recordedBy,
                        importedBy: act.isFromElsewhere ? act.recordedBy : nil)
                }, answer: event.answer, recordedAt: event.authoredAt,
                recordedBy: event.originBy ?? event.recordedBy,
                importedBy: event.originBy == nil && event.originAt == nil ? nil : event.recordedBy)
        }
    }
}

extension Event {
    /// When it was recorded first: in the log that it was exported from, if it was imported.
    fileprivate var authoredAt: Instant { originAt ?? recordedAt }
}

extension Milestone {
    /// The same without the name of the system that allocated: an export says only whether it was this one.
    fileprivate var unattributed: Milestone {
        guard let system = facts[.allocatedBy], system != .text(Field.ownAllocation) else { return self }
        var facts = facts
        facts[.allocatedBy] = .text("other system")
        return (try? Milestone(kind, on: on, facts: facts)) ?? self
    }
}
