internal import PathwayCore

/// Start/stop rows for multi-state analysis, competing events, and the transplant as a state that comes with time: folder `intervals`.
///
/// All days count from a time zero that the file or a column names, so that no date leaves and every ``Disguise`` gives the same bytes. Nobody
/// is left out: who is not known after day 0, for whom start/stop rows have no place, is written to day 0.5. A state that was entered and left on one
/// day, as a relapse on the day of the death, lasts for half a day.
public struct IntervalsFormat: SnapshotFormat {
    /// `intervals`.
    public static var word: String { "intervals" }

    private let zeros: [TimeZero]
    private let plan: AnalysisPlan
    private var states: [TableFile]
    private var phases: TableFile
    private var times: TableFile
    private var transplants: TableFile
    private let folder: ExportFolder

    /// Opens the files: `states.csv` from the enrolment and `states-….csv` from each randomisation, `phases.csv`, `endpoints.csv` and `transplant.csv`;
    /// `dictionary.csv` says what their columns are.
    public init(_ context: ExportContext, in folder: ExportFolder) throws {
        let treatment = context.treatment
        self.folder = folder
        zeros = [.enrolment] + treatment.randomisations.map { .randomisation($0) }
        plan = treatment.plan
        let columns = IntervalColumns(treatment)
        states = try zeros.map { zero in
            try TableFile("intervals/\(IntervalsFormat.name(zero)).csv", columns.states, in: folder)
        }
        phases = try TableFile("intervals/phases.csv", columns.phases, in: folder)
        times = try TableFile("intervals/endpoints.csv", columns.endpoints, in: folder)
        transplants = try TableFile("intervals/transplant.csv", columns.transplant, in: folder)
    }

    /// Writes a subject's rows.
    public mutating func add(_ subject: Subject) throws {
        let eligible = yesNo(subject.isEligible)
        for (number, zero) in zeros.enumerated() {
            for row in IntervalRow.rows(of: subject.states(.outcomes, from: zero, plan: plan)) {
                try states[number].add([subject.id.description] + row.cells + subject.allocation(by: zero) + [eligible])
            }
            for endpoint in plan.endpoints where zero.begins(endpoint) { try add(subject, endpoint, zero) }
        }
        for row in IntervalRow.rows(of: subject.states(.phases, from: .enrolment)) {
            try phases.add([subject.id.description] + row.cells + [eligible])
        }
    }

    private mutating func add(_ subject: Subject, _ endpoint: Endpoint, _ zero: TimeZero) throws {
        guard let time = subject.time(to: endpoint, from: zero) else { return }
        let key =
            [subject.id.description, endpoint.name, zero.word] + subject.allocation(by: zero) + [
                yesNo(subject.isEligible)
            ]
        let transplant = subject.daysToTransplant(from: zero).flatMap { $0 < time.days ? $0 : nil }
        try times.add(
            key + [
                String(time.days), time.isEvent ? "1" : "0", time.isEvent ? time.word : IntervalRow.censored,
                time.isEvent ? nil : time.word, transplant.map(String.init),
            ])
        for row in IntervalRow.split(time, at: transplant) {
            try transplants.add(key + [row.start, row.stop, row.isTransplanted ? "1" : "0", row.cause])
        }
    }

    /// Writes the data dictionary.
    public mutating func finish() throws {
        var dictionary = try TableFile("intervals/dictionary.csv", Column.dictionary, in: folder)
        let tables =
            zip(zeros.map(IntervalsFormat.name), states.map(\.columns)).map { ($0, $1) }
            + [("phases", phases.columns), ("endpoints", times.columns), ("transplant", transplants.columns)]
        for (table, columns) in tables {
            for column in columns { try dictionary.add(column.described(in: table)) }
        }
    }

    private static func name(_ zero: TimeZero) -> String { zero == .enrolment ? "states" : "states-\(zero.word)" }
}

/// A row with its days as they are written.
struct IntervalRow {
    static let censored = "censored"
    /// A day, or the middle of it where an interval began on it too: R takes no interval without length.
    private static func end(_ stop: Int, of start: Int) -> String { start == stop ? "\(stop).5" : String(stop) }

    let start: String
    let stop: String
    let from: String
    let to: String

    /// From, to, and the state again under the name that R's `survcheck` and `survfit` ask for.
    var cells: [String?] { [start, stop, from, to, from] }

    static func rows(of periods: [StatePeriod]) -> [IntervalRow] {
        var rows: [IntervalRow] = []
        for period in periods {
            rows.append(
                IntervalRow(
                    start: rows.last?.stop ?? String(period.start), stop: end(period.stop, of: period.start),
                    from: period.state, to: period.next ?? censored))
        }
        return rows
    }

    /// The time to an endpoint, cut in two where the patient was transplanted before it ended.
    static func split(
        _ time: TimeToEvent, at transplant: Int?
    ) -> [(start: String, stop: String, isTransplanted: Bool, cause: String)] {
        let stop = end(time.days, of: 0)
        let cause = time.isEvent ? time.word : censored
        guard let transplant else { return [("0", stop, false, cause)] }
        if transplant == 0 { return [("0", stop, true, cause)] }
        return [("0", String(transplant), false, censored), (String(transplant), stop, true, cause)]
    }
}

extension Subject {
    /// The arm allocated and the stratum as used, where time zero is a randomisation.
    fileprivate func allocation(by zero: TimeZero) -> [String?] {
        guard case .randomisation = zero, let place = place(of: zero) else { return [nil, nil] }
        return [milestones[place].milestone.qualifier, milestones[place].stratum]
    }
}
