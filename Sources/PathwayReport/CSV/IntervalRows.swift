internal import PathwayCore

/// One row a stay in a state: event-free, transplanted, failed, second malignancy, dead; from the enrolment and from each randomisation.
enum StateRow: SubjectRows {
    static func columns(_ context: ExportContext) -> [Column] {
        let all = IntervalColumns(context.treatment)
        return [.id, .zero(context.treatment)] + all.states.filter { !["id", "arm", "stratum"].contains($0.name) }
    }

    static func rows(of subject: Subject, _ context: ExportContext) -> [[String?]] {
        context.treatment.timeZeros.flatMap { zero in
            IntervalRow.rows(of: subject.states(.outcomes, from: zero, plan: context.treatment.plan)).map { row in
                [subject.id.description, zero.word] + row.cells + [yesNo(subject.isEligible)]
            }
        }
    }
}

/// One or two rows a time to an endpoint: cut in two where the subject was transplanted before it ended, with what competes for ending it.
enum TransplantRow: SubjectRows {
    static func columns(_ context: ExportContext) -> [Column] {
        let all = IntervalColumns(context.treatment)
        return all.transplant.filter { !["arm", "stratum"].contains($0.name) }.map { column in
            column.name == "transplanted"
                ? Column(
                    column.name, column.label, .integer,
                    codes: [Column.Code("0", "Not yet"), Column.Code("1", "Transplanted")]) : column
        }
    }

    static func rows(of subject: Subject, _ context: ExportContext) -> [[String?]] {
        let plan = context.treatment.plan
        return context.treatment.timeZeros.flatMap { zero in
            plan.endpoints.filter { zero.begins($0) }.flatMap { endpoint -> [[String?]] in
                guard let time = subject.time(to: endpoint, from: zero) else { return [] }
                let transplant = subject.daysToTransplant(from: zero).flatMap { $0 < time.days ? $0 : nil }
                return IntervalRow.split(time, at: transplant).map { row in
                    [
                        subject.id.description, endpoint.name, zero.word, yesNo(subject.isEligible), row.start,
                        row.stop,
                        row.isTransplanted ? "1" : "0", row.cause,
                    ]
                }
            }
        }
    }
}

extension TreatmentProtocol {
    /// Where days can begin: the enrolment, and each randomisation.
    fileprivate var timeZeros: [TimeZero] { [.enrolment] + randomisations.map { .randomisation($0) } }
}

extension Column {
    /// The column that names time zero.
    fileprivate static func zero(_ treatment: TreatmentProtocol) -> Column {
        Column(
            "zero", "Time zero: the enrolment, or the randomisation of this name", .code,
            codes: [Code("enrolment", "Enrolment")]
                + treatment.randomisations.map { Code($0.name, "Randomisation \($0.name)") })
    }
}
