import PathwayCore
import PathwayReport

/// Six records made by hand, one for each thing that a path can do.
enum SixSubjects {
    static func all() throws -> [Subject] {
        [try planned(), try leaving(), try corrected(), try dead(), try partial(), try held()]
    }

    private static func enrolled(
        _ id: String, _ on: String, diagnosed: String, relapsed: String, _ more: [Field: String] = [:]
    ) throws -> Recorder {
        var recorder = try Recorder(id, Cohort.aall1331.get())
        let facts: [Field: String] = [
            .site: "701", .diagnosed: diagnosed, .relapsedOn: relapsed, .relapseSites: "marrow", .age: "8",
            .downSyndrome: "no", .philadelphia: "no", .priorTransplant: "no", .priorBlinatumomab: "no",
            .priorRelapseTherapy: "no",
        ]
        try recorder.record(.enrolled, on, facts.merging(more) { $1 })
        return recorder
    }

    /// Block 1 from the day after the enrolment.
    private static func blockOne(
        _ recorder: inout Recorder, _ start: String, _ end: String, _ assessed: String, mrd: String
    ) throws {
        try recorder.record(.courseStarted, start, [.course: "block-1"])
        try recorder.record(.courseEnded, end, [.course: "block-1", .outcome: "completed"])
        try recorder.record(
            .responseAssessed, assessed,
            [
                .marrow: "m1", .mrd: mrd, .mrdSensitivity: "0.01", .mrdMethod: "flow", .cns: "cns1",
                .treatmentFailure: "no", .response: "complete",
            ])
    }

    /// Up to the allocation to arm A.
    static func randomisedToA() throws -> Recorder {
        var path = try enrolled(
            "P-1", "2015-03-02", diagnosed: "2012-01-10", relapsed: "2015-02-20",
            [.sex: "female", .consented: "2015-03-01", .marrow: "m3", .blasts: "62.5", .cns: "cns2"])
        try blockOne(&path, "2015-03-03", "2015-03-31", "2015-04-02", mrd: "0.5")
        try path.record(.riskAssigned, "2015-04-05", [.risk: "intermediate"])
        try path.record(.randomised, "2015-04-07", [.arm: "A", .allocatedBy: "paper"])
        return path
    }

    /// Arm A as the protocol plans it, to the end.
    static func planned() throws -> Subject {
        var path = try randomisedToA()
        for (number, day) in [("2", "2015-04-09"), ("3", "2015-05-11")] {
            try path.record(.courseStarted, day, [.course: "block-\(number)"])
            let (end, assessed) = number == "2" ? ("2015-05-07", "2015-05-09") : ("2015-06-08", "2015-06-10")
            try path.record(.courseEnded, end, [.course: "block-\(number)", .outcome: "completed"])
            try path.record(.responseAssessed, assessed, [.marrow: "m1", .mrd: "<0.01", .mrdMethod: "flow"])
        }
        try path.record(.conditioningStarted, "2015-07-01", [.conditioning: "total-body-irradiation", .gray: "12"])
        try path.record(.transplanted, "2015-07-08", [.donor: "sibling"])
        try path.record(.engrafted, "2015-07-30")
        try path.record(.offTherapy, "2015-10-01", [.reason: "completed"])
        return try path.subject()
    }

    /// Arm C, where Block 3 began without the evaluation after Block 2.
    static func leaving() throws -> Subject {
        var path = try enrolled(
            "P-2", "2016-01-11", diagnosed: "2012-01-10", relapsed: "2016-01-04", [.sex: "male"])
        try blockOne(&path, "2016-01-12", "2016-02-09", "2016-02-11", mrd: "<0.01")
        try path.record(.riskAssigned, "2016-02-11", [.risk: "low"])
        try path.record(.randomised, "2016-02-12", [.arm: "C", .allocatedBy: "paper"])
        try path.record(.courseStarted, "2016-02-15", [.course: "block-2"])
        try path.record(.courseEnded, "2016-03-14", [.course: "block-2", .outcome: "completed"])
        try path.record(.courseStarted, "2016-03-21", [.course: "block-3"])
        return try path.subject()
    }

    /// Residual disease after Block 1 was recorded wrong, and so was the risk; the day of a visit that never was is taken off.
    static func corrected() throws -> Subject {
        var path = try enrolled(
            "P-3", "2016-05-02", diagnosed: "2012-05-01", relapsed: "2016-04-25", [.sex: "male"])
        try blockOne(&path, "2016-05-03", "2016-05-31", "2016-06-02", mrd: "0.05")
        try path.record(.riskAssigned, "2016-06-03", [.risk: "low"])
        try path.record(.seen, "2016-06-04")
        try path.correct(from: 4) { position, milestone in
            switch position {
            case 4:
                return try Recorder.milestone(
                    .responseAssessed, "2016-06-02", [.marrow: "m1", .mrd: "0.5", .treatmentFailure: "no"])
            case 5: return try Recorder.milestone(.riskAssigned, "2016-06-03", [.risk: "intermediate"])
            default: return nil
            }
        }
        return try path.subject()
    }

    /// Death in Block 1, known to the month.
    static func dead() throws -> Subject {
        var path = try enrolled(
            "P-4", "2016-05-02", diagnosed: "2014-05-01", relapsed: "2016-04-25", [.sex: "unknown"])
        try path.record(.courseStarted, "2016-05-03", [.course: "block-1"])
        try path.record(
            .adverseEvent, "2016-05-12", [.term: "sepsis", .grade: "5", .serious: "yes", .cause: "infection"])
        try path.record(.died, "2016-05", [.deathCause: "infection"])
        return try path.subject()
    }

    /// What is remembered to the month or year stays so.
    static func partial() throws -> Subject {
        var path = try enrolled(
            "P-5", "2016-03-01", diagnosed: "2013", relapsed: "2016-02", [.therapyEnded: "2015-06"])
        try path.record(.courseStarted, "2016-03-02", [.course: "block-1"])
        try path.record(.adverseEvent, "2016-03", [.term: "fever", .grade: "3"])
        try path.record(.offTherapy, "2016-03-20", [.reason: "refusal"])
        try path.record(.lostToFollowUp, "2017")
        return try path.subject()
    }

    /// A patient of the other protocol, randomised twice.
    static func other() throws -> Subject {
        var path = try Recorder("Q-1", Cohort.intreall.get())
        try path.record(
            .enrolled, "2015-03-02",
            [
                .site: "Zurich-2", .diagnosed: "2010-01-10", .relapsedOn: "2015-02-20", .relapseSites: "marrow+cns",
                .therapyEnded: "2012-02-01", .age: "9", .philadelphia: "no",
            ])
        try path.record(.randomised, "2015-03-03", [.arm: "A", .allocatedBy: "paper"])
        try path.record(.courseStarted, "2015-03-04", [.course: "induction-a"])
        try path.record(.courseEnded, "2015-04-04", [.course: "induction-a", .outcome: "completed"])
        try path.record(
            .responseAssessed, "2015-04-06", [.marrow: "m1", .mrd: "0.2", .mrdSensitivity: "0.001", .mrdMethod: "pcr"])
        try path.record(.riskAssigned, "2015-04-07", [.risk: "transplant"])
        try path.record(.randomised, "2015-04-08", [.arm: "E", .allocatedBy: "paper"])
        try path.record(.courseStarted, "2015-04-09", [.course: "consolidation-epratuzumab"])
        return try path.subject()
    }

    /// Arm B, where the infusion was held for five days and resumed at a lower dose.
    static func held() throws -> Subject {
        var path = try enrolled(
            "P-6", "2017-01-09", diagnosed: "2015-05-01", relapsed: "2017-01-02", [.sex: "female"])
        try blockOne(&path, "2017-01-10", "2017-02-07", "2017-02-09", mrd: "inadequate")
        try path.record(.riskAssigned, "2017-02-10", [.risk: "high"])
        try path.record(.randomised, "2017-02-13", [.arm: "B", .allocatedBy: "paper"])
        try path.record(.courseStarted, "2017-02-15", [.course: "blinatumomab-1", .doseMicrograms: "15"])
        try path.record(.infusionHeld, "2017-02-20", [.cause: "neurotoxicity", .grade: "3"])
        try path.record(.infusionResumed, "2017-02-25", [.doseMicrograms: "5"])
        try path.record(.courseEnded, "2017-03-20", [.course: "blinatumomab-1", .outcome: "modified"])
        return try path.subject()
    }
}
