import PathwayCore
import PathwayReport
import Testing

/// The six subjects and the cohort as a study of cBioPortal.
@Suite(.serialized, .apart) struct CBioPortalTests {
    private let export: Export

    init() throws { export = try Export(CBioPortalSnapshot.self, of: ClinicalSubjects.all()) }

    private func rows(_ file: String, of patient: String) throws -> [[String]] {
        try export.lines("cbioportal/\(file)").filter { $0.hasPrefix(patient + "\t") }.map { line in
            line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
    }

    @Test func `the study says what it is, and that patients are made up`() throws {
        #expect(
            try export.lines("cbioportal/meta_study.txt") == [
                "type_of_cancer: bll", "cancer_study_identifier: aall1331_final_synthetic",
                "name: Synthetic: Risk-stratified blinatumomab in first relapse of B-ALL (final)",
                "description: Risk-stratified blinatumomab in first relapse of B-ALL, NCT02101853. Snapshot final through 2021-06-30, population enrolled, 6 patients. Some or all of the patients are made up. Times are days since the enrolment.",
                "add_global_case_list: true",
            ])
    }

    @Test func `patients have four lines of heading, and overall survival from the enrolment`() throws {
        let lines = try export.lines("cbioportal/data_clinical_patient.txt")
        #expect(lines.prefix(4).allSatisfy { $0.hasPrefix("#") })
        #expect(lines[2].hasPrefix("#STRING\tBOOLEAN\tSTRING\tSTRING\tNUMBER\t"))
        #expect(
            lines[4].hasPrefix(
                "PATIENT_ID\tSYNTHETIC\tSITE\tSEX\tAGE\tRISK_GROUP\tSTRATUM\tARM\tARM_RECEIVED\tPHASE\tSTATUS\tTRANSPLANTED\tOS_STATUS\tOS_MONTHS\tOS_DAYS\tOS_END"
            ))
        #expect(
            lines[5].hasPrefix(
                "P-001\tFALSE\tBasel\tFemale\t9\thigh\thigh-marrow-18-to-36-months-mrd-low\tB\tB\tfollow-up\tin-study\tTRUE\t0:LIVING\t47.97\t1460\tlast-contact"
            ))
        // Dead in April 2015, counted from its first day: 30 days after the enrolment, 30 / 30.4375 = 0.986 months.
        #expect(
            lines[6].hasPrefix(
                "P-002\tTRUE\tBern\tMale\t12\t\t\t\t\tblock-1\tdead\tFALSE\t1:DECEASED\t0.99\t30\tdeath"))
        #expect(lines[9].hasPrefix("P-005\tFALSE\tZürich Ñandú-1\tMale\t6\t"))
    }

    @Test func `each patient has one sample, the relapse that led to the enrolment`() throws {
        #expect(
            try rows("data_clinical_sample.txt", of: "P-001") == [
                ["P-001", "P-001-relapse", "Recurrence", "marrow+cns", "", "m3", "86.5", ""]
            ])
        #expect(
            try rows("data_timeline_specimen.txt", of: "P-001") == [
                ["P-001", "-10", "", "SPECIMEN", "P-001-relapse", "marrow+cns", "day"]
            ])
    }

    @Test func `residual disease keeps its relation and its digits`() throws {
        let tests = try rows("data_timeline_lab_test.txt", of: "P-001").filter { $0[4] == "mrd" }
        #expect(
            tests == [
                ["P-001", "31", "", "LAB_TEST", "mrd", "<0.1", "%", "flow", "0.1", "block-1-evaluation"],
                [
                    "P-001", "73", "", "LAB_TEST", "mrd", "0.0005", "%", "pcr", "0.0001",
                    "b-blinatumomab-1-evaluation",
                ],
                ["P-001", "108", "", "LAB_TEST", "mrd", "not-done", "%", "", "", "b-blinatumomab-2-evaluation"],
            ])
    }

    @Test func `a held infusion counts the days on which it ran`() throws {
        let cycle = try rows("data_timeline_treatment.txt", of: "P-001").filter {
            $0[5] == "Blinatumomab cycle 1"
        }
        // From day 39 to 42 and from 46 to 71: 3 and 25 days.
        #expect(
            cycle == [
                [
                    "P-001", "39", "71", "TREATMENT", "Medical Therapy", "Blinatumomab cycle 1", "blinatumomab",
                    "2",
                    "modified", "neurotoxicity", "28",
                ]
            ])
        let held = try rows("data_timeline_treatment.txt", of: "P-005").last
        #expect(
            held == [
                "P-005", "39", "42", "TREATMENT", "Medical Therapy", "Blinatumomab cycle 1", "blinatumomab", "2",
                "ongoing", "", "3",
            ])
    }

    @Test func `a plan with disease-free survival gets cBioPortal's columns for it`() throws {
        let plain = try Protocols.aall1331
        let parts = [Endpoint.Component(name: "relapse", title: "Relapse", trigger: .milestone(.relapsed))]
        let source = Provenance(source: "test", certainty: .assumed, line: 0)
        let plan = AnalysisPlan(
            mrdNegative: nil,
            endpoints: [
                Endpoint(
                    name: "disease-free-survival", title: "Disease-free survival", abbreviation: "DFS",
                    from: .randomisation, components: parts, provenance: source),
                Endpoint(
                    name: "overall-survival", title: "Overall survival", abbreviation: "OS", from: .randomisation,
                    components: [Endpoint.Component(name: "death", title: "Death", trigger: .milestone(.died))],
                    provenance: source),
            ], comparisons: [])
        let treatment = TreatmentProtocol(
            name: plain.name, version: plain.version, title: plain.title, registry: plain.registry,
            effective: plain.effective, months: plain.months, sources: plain.sources, phases: plain.phases,
            courses: plain.courses, risks: plain.risks, arms: plain.arms, randomisations: plain.randomisations,
            transitions: plain.transitions, rules: plain.rules, plan: plan)
        let export = try Export(CBioPortalSnapshot.self, of: ClinicalSubjects.all(), under: treatment)
        let lines = try export.lines("cbioportal/data_clinical_patient.txt")
        #expect(
            lines[4].hasSuffix(
                "DFS_STATUS\tDFS_MONTHS\tDFS_DAYS\tDFS_END\tOS_RANDOMISED_STATUS\tOS_RANDOMISED_MONTHS\tOS_RANDOMISED_DAYS\tOS_RANDOMISED_END"
            ))
        // No two columns look the same to a reader of the portal.
        let titles = lines[0].split(separator: "\t")
        #expect(Set(titles).count == titles.count)
        #expect(titles.contains("Overall survival from the randomisation (months)"))
        // 1460 days after the enrolment is 1423 after the randomisation.
        #expect(
            lines[5].hasSuffix(
                "0:DiseaseFree\t46.75\t1423\tlast-contact\t0:LIVING\t46.75\t1423\tlast-contact"))
        // Not randomised, so not in the analysis set.
        #expect(lines[6].hasSuffix("\t1:DECEASED\t0.99\t30\tdeath\t\t\t\t\t\t\t\t"))
        #expect(try export.judged(by: .cBioPortal, ["."]).lines == ["6 patients, 6 samples, 87 events"])
    }

    // Randomised twice: Q-1 from the days 1 and 37, Q-2 from the days 0 and 30, dead on day 50.
    @Test func `where one randomisation follows another, each has its own arm and its own times`() throws {
        let subjects = [try TabulatedSubjects.other(), try TabulatedSubjects.otherDead()]
        let export = try Export(CBioPortalSnapshot.self, of: subjects, under: Protocols.intreall)
        let file = "cbioportal/data_clinical_patient.txt"
        let lines = try export.lines(file).dropFirst(4).map {
            $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
        let rows = lines.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(lines[0], $0)) }
        #expect(rows.map { $0["ARM_BACKBONE"] } == ["A", "B"])
        #expect(rows.map { $0["ARM_EPRATUZUMAB"] } == ["E", "N"])
        #expect(rows.map { $0["ARM_RECEIVED_BACKBONE"] } == ["A", "B"])
        // Consolidation without epratuzumab is a phase of no arm, and in the plan of N.
        #expect(rows.map { $0["ARM_RECEIVED_EPRATUZUMAB"] } == ["E", "N"])
        #expect(rows.map { $0["STRATUM_EPRATUZUMAB"] } == ["transplant", "transplant"])
        #expect(rows.map { $0["OS_DAYS"] } == ["38", "50"])
        #expect(rows.map { $0["OS_RANDOMISED_BACKBONE_DAYS"] } == ["37", "50"])
        #expect(rows.map { $0["OS_RANDOMISED_EPRATUZUMAB_DAYS"] } == ["1", "20"])
        #expect(rows.map { $0["EFS_EPRATUZUMAB_STATUS"] } == ["0:No event", "1:Event"])
        #expect(lines[0].allSatisfy { !["ARM", "STRATUM", "ARM_RECEIVED", "EFS_DAYS"].contains($0) })
        #expect(try export.judged(by: .cBioPortal, ["."]).words.hasPrefix("2 patients, 2 samples, "))
        try export.damage(file, "1:DECEASED\t0.66\t20\t", "1:DECEASED\t0.66\t50\t")
        #expect(
            try export.judged(by: .cBioPortal, ["."]).words.contains(
                "OS_RANDOMISED_EPRATUZUMAB does not count from the randomisation to N"))
        try export.damage(file, "\tARM_EPRATUZUMAB\t", "\tARM\t")
        #expect(
            try export.judged(by: .cBioPortal, ["."]).words.contains(
                "an ARM of no randomisation beside others"))
    }

    @Test func `no text can break a line`() throws {
        let export = try Export(
            CBioPortalSnapshot.self, of: ClinicalSubjects.all(), name: "a \"cut\"\tof\nmany\u{2028}lines")
        let lines = try export.lines("cbioportal/meta_study.txt")
        #expect(lines[1] == "cancer_study_identifier: aall1331_a__cut__of_many_lines_synthetic")
        #expect(
            lines[2]
                == "name: Synthetic: Risk-stratified blinatumomab in first relapse of B-ALL (a 'cut' of many lines)"
        )
        #expect(try export.judged(by: .cBioPortal, ["."]).isPassed)
    }

    // MARK: - The judge

    @Test func `the cohort of 661 passes, and is the same under both disguises`() throws {
        let files = try [Disguise.studyDays, .moved].map { disguise in
            let export = try Export(CBioPortalSnapshot.self, of: SyntheticCohort.subjects(), as: disguise)
            let judged = try export.judged(by: .cBioPortal, ["."])
            #expect(judged.lines.count == 1 && judged.lines[0].hasPrefix("661 patients, 661 samples, "))
            #expect(judged.isPassed)
            return try ["data_clinical_patient", "data_timeline_status", "data_timeline_treatment"].map {
                try export.text("cbioportal/\($0).txt")
            }
        }
        #expect(files[0] == files[1])
    }

    /// A file, words in it, what is put in their place, and what the judge then says.
    struct Damage: Sendable, CustomTestStringConvertible {
        let file: String
        let words: String
        let others: String
        let complaint: String

        init(_ file: String, _ words: String, _ others: String, _ complaint: String) {
            self.file = file
            self.words = words
            self.others = others
            self.complaint = complaint
        }

        var testDescription: String { complaint }
    }

    @Test(arguments: [
        Damage("meta_study", "type_of_cancer: bll\n", "", "does not give type_of_cancer"),
        Damage("meta_study", "aall1331_final", "AALL1331 final", "no valid cancer_study_identifier"),
        Damage("meta_clinical_patient", "PATIENT_ATTRIBUTES", "PATIENT", "datatype is 'PATIENT'"),
        Damage("data_clinical_patient", "#STRING\tBOOLEAN", "#STRING\tFLAG", "of the unknown type FLAG"),
        Damage("data_clinical_patient", "#1\t1\t", "1\t1\t", "does not begin with #"),
        Damage("data_clinical_patient", "\tOS_MONTHS", "\tOS_WEEKS", "OS_STATUS without OS_MONTHS"),
        Damage("data_clinical_patient", "1:DECEASED\t0.99", "1:DECEASED\t", "without the other"),
        Damage("data_clinical_patient", "0:LIVING", "0:ALIVE", "OS_STATUS is '0:ALIVE'"),
        Damage("data_clinical_patient", "Female\t9\t", "Female\tnine\t", "AGE is no number"),
        Damage("data_clinical_patient", "Basel", "Ba\tsel", "cells for"),
        Damage("data_clinical_patient", "Basel", "2015-03-02", "has a date"),
        Damage("data_clinical_patient", "P-002\tTRUE", "P-001\tTRUE", "PATIENT_ID P-001 twice"),
        Damage("data_clinical_sample", "P-001\tP-001", "P-009\tP-001", "the patients are not those"),
        Damage("data_clinical_sample", "P-001-relapse", "P-001 relapse", "no valid SAMPLE_ID"),
        Damage(
            "data_timeline_status", "STOP_DATE\tEVENT_TYPE", "EVENT_TYPE\tSTOP_DATE", "does not begin with PATIENT_ID"),
        Damage("data_timeline_treatment", "P-001\t1\t29", "P-001\t29\t1", "ends before it begins"),
        Damage("data_timeline_treatment", "P-001\t1\t29", "P-011\t1\t29", "an unknown patient 'P-011'"),
        Damage("data_timeline_lab_test", "P-001\t31\t", "P-001\tday 31\t", "START_DATE is no number of days"),
        Damage("data_timeline_specimen", "P-001-relapse", "P-001-marrow", "an unknown sample"),
    ])
    func `damage is found`(_ damage: Damage) throws {
        try export.damage("cbioportal/\(damage.file).txt", damage.words, damage.others)
        let judged = try export.judged(by: .cBioPortal, ["."])
        #expect(judged.lines.contains { $0.contains(damage.complaint) }, "\(judged.lines)")
        #expect(!judged.isPassed)
    }
}
