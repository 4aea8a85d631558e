import Foundation
import PathwayCore
import PathwayDocument
import PathwayReport
import Testing

/// The record in the operational model: read back by a library that others wrote, and its transactions replayed.
@Suite(.apart) struct ODMTests {
    private func verdict(_ export: Export) throws -> (isPassed: Bool, words: String) {
        try Judges.run("judge_odm.py", ["\(export.folder)/odm/odm.xml", "--state"])
    }

    private func export(
        _ subjects: [Subject], _ treatment: TreatmentProtocol? = nil
    ) throws -> Export {
        try Export(ODMFormat.self, subjects, under: treatment ?? Cohort.aall1331.get(), Export.key)
    }

    @Test func `study days cannot hold the moments of an audit`() throws {
        let error = #expect(throws: ExportError.self) {
            try Export(ODMFormat.self, SixSubjects.all(), under: Cohort.aall1331.get(), .studyDays)
        }
        #expect(
            error?.message
                == "cannot write \"odm\" with study days: each of its audit records holds the moment of recording")
        #expect(error?.hint == "--dates shifted --key FILE moves the dates of each patient instead")
    }

    @Test func `the transactions leave what stands on the path, with moved dates`() throws {
        let verdict = try verdict(export(SixSubjects.all()))
        #expect(verdict.isPassed, "\(verdict.words)")
        let lines = verdict.words.split(separator: "\n").filter { $0.hasPrefix("P-3 ") }
        let enrolment =
            "site=701 diagnosed=2013-06-09 relapsed-on=2017-06-03 relapse-sites=marrow age=8 sex=male"
            + " down-syndrome=no philadelphia=no prior-transplant=no prior-blinatumomab=no prior-relapse-therapy=no"
        #expect(
            lines == [
                "P-3 1 enrolled on=2017-06-10 answer=planned \(enrolment)",
                "P-3 2 course-started on=2017-06-11 answer=planned course=block-1",
                "P-3 3 course-ended on=2017-07-09 answer=planned course=block-1 outcome=completed",
                "P-3 4 response-assessed on=2017-07-11 answer=planned marrow=m1 mrd=0.5 treatment-failure=no",
                "P-3 5 risk-assigned on=2017-07-12 answer=planned risk=intermediate",
            ])
        #expect(verdict.words.contains("P-4 4 died on=2015-12 answer=planned death-cause=infection"))
    }

    // Recorded years later, which is shown as thirty days; and moved by 404 days, as the patient's dates are.
    @Test func `a correction is a removal and updates, each with who, where, when and why`() throws {
        let text = try export([SixSubjects.corrected()]).text("odm/odm.xml")
        let update = try #require(text.split(separator: "<SubjectData ").last)
        #expect(
            update.hasPrefix(
                """
                SubjectKey="P-3" TransactionType="Update">
                <SiteRef LocationOID="LO.701"/>
                <StudyEventData StudyEventOID="SE.seen" StudyEventRepeatKey="6" TransactionType="Remove">
                <AuditRecord>
                <UserRef UserOID="US.user-2"/>
                <LocationRef LocationOID="LO.701"/>
                <DateTimeStamp>2017-08-12T00:00:00.000000Z</DateTimeStamp>
                <ReasonForChange>taken off the path by the correction at position 7</ReasonForChange>
                <SourceID>7</SourceID>
                </AuditRecord>
                </StudyEventData>
                <StudyEventData StudyEventOID="SE.response-assessed" StudyEventRepeatKey="4" TransactionType="Update">
                """))
        #expect(
            update.contains(
                """
                <ItemData ItemOID="IT.mrd-sensitivity" TransactionType="Remove">
                <AuditRecord>
                <UserRef UserOID="US.user-2"/>
                <LocationRef LocationOID="LO.701"/>
                <DateTimeStamp>2017-08-10T00:00:00.000000Z</DateTimeStamp>
                <ReasonForChange>stated again by the correction at position 7</ReasonForChange>
                <SourceID>8</SourceID>
                </AuditRecord>
                </ItemData>
                """))
        #expect(
            update.components(separatedBy: "<ItemData ").count == update.components(separatedBy: "<AuditRecord>").count
                - 1)
    }

    @Test func `a milestone that a correction adds or makes another kind of is inserted`() throws {
        var path = try SixSubjects.randomisedToA()
        path.correct(from: 6) { _, milestone in milestone }
        try path.record(.courseStarted, "2015-04-09", [.course: "block-2"])
        try path.correct(from: 9) { _, _ in try Recorder.milestone(.offTherapy, "2015-04-10", [.reason: "refusal"]) }
        let verdict = try verdict(export([path.subject()]))
        #expect(verdict.isPassed, "\(verdict.words)")
        #expect(
            verdict.words.split(separator: "\n").suffix(2) == [
                "P-1 6 randomised on=2019-01-09 answer=planned arm=A allocated-by=paper",
                "P-1 11 off-therapy on=2019-01-12 answer=planned reason=refusal",
            ])
    }

    @Test func `hostile text comes back as it was`() throws {
        let title = "Chemo <&> \"quoted\" 'block' 🧬 größer\ttab"
        let hostile = try ProtocolDocument(
            Cohort.text("aall1331").replacing(
                "title: Block 1 reinduction", with: "title: '\(title.replacing("'", with: "''"))'"
            )
            .replacing("title: \"Chemotherapy, then transplant\"", with: "title: \"]]> &amp; <b>\"")
        ).treatment
        var path = try Recorder("P-7", hostile)
        let enrolled = try Recorder.milestone(
            .enrolled, "2016-05-02",
            [
                .site: "x", .diagnosed: "2014-05-01", .relapsedOn: "2016-04-25", .relapseSites: "marrow", .age: "9",
                .downSyndrome: "no", .philadelphia: "no", .priorTransplant: "no", .priorBlinatumomab: "no",
            ])
        var facts = enrolled.facts
        facts[.site] = .text("Fièvre <3°> & \"'🌡\r\n")
        path.take(try Milestone(.enrolled, on: enrolled.on, facts: facts), by: "<user> & 'one' 🧑")
        path.site = "<Zürich> & \"Co\" 'x' 🏥\n\u{1}"
        let written = try export([path.subject()], hostile)
        let verdict = try verdict(written)
        #expect(verdict.isPassed, "\(verdict.words)")
        #expect(verdict.words.contains("site=Fièvre <3°> & \"'🌡\r\n"), "\(verdict.words)")
        let text = try written.text("odm/odm.xml")
        #expect(
            text.contains(
                "<TranslatedText>\(title.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;"))</TranslatedText>"
            ))
        #expect(text.contains("Name=\"&lt;Zürich&gt; &amp; &quot;Co&quot; 'x' 🏥&#10;\u{FFFD}\""))
        // The same in the tabulation model, where JSON and commas have their own traps.
        let tables = try Export(SDTMFormat.self, [path.subject()], under: hostile, .studyDays)
        let judged = try Judges.run("judge_sdtm.py", [tables.folder, Judges.document("aall1331")])
        #expect(
            judged.words.split(separator: "\n").allSatisfy { $0.hasPrefix("rows") || $0.hasPrefix("TA") },
            "\(judged.words)")
    }

    @Test func `no free text, birth date or name is in it`() throws {
        var path = try Recorder("P-8", Cohort.aall1331.get())
        try path.record(
            .enrolled, "2016-05-02",
            [
                .site: "701", .diagnosed: "2014-05-01", .relapsedOn: "2016-04-25", .relapseSites: "marrow",
                .born: "2008-01-02", .note: "Anna Example", .downSyndrome: "no", .philadelphia: "no",
                .priorTransplant: "no", .priorBlinatumomab: "no",
            ])
        let text = try export([path.subject()]).text("odm/odm.xml")
        #expect(
            !text.contains("Anna") && !text.contains("2008") && !text.contains("IT.born") && !text.contains("IT.note"))
    }

    @Test func `a removal that the record does not attribute is no export`() throws {
        let whole = try SixSubjects.corrected()
        let record = whole.record.map { entry in
            RecordedEntry(
                position: entry.position, milestone: entry.milestone, state: entry.state, restates: nil,
                rewoundBy: entry.rewoundBy, answer: entry.answer, recordedAt: entry.recordedAt,
                recordedBy: entry.recordedBy)
        }
        let subject = Subject(
            id: whole.id, site: whole.site, isSynthetic: false, path: whole.path, milestones: whole.milestones,
            record: record)
        let error = #expect(throws: ExportError.self) { try export([subject]) }
        #expect(error?.message == "the record of patient P-3 does not say who took position 4 off the path")
    }

    @Test func `the synthetic cohort passes, and each of it is marked as synthetic`() throws {
        let subjects = try Cohort.subjects.get()
        let export = try export(subjects)
        let verdict = try Judges.run("judge_odm.py", ["\(export.folder)/odm/odm.xml"])
        #expect(verdict.isPassed, "\(verdict.words)")
        #expect(verdict.words.hasSuffix("subjects 661\n"), "\(verdict.words)")
        let text = try export.text("odm/odm.xml")
        #expect(text.components(separatedBy: "<Annotation ").count - 1 == 661)
    }

    @Test func `another protocol passes`() throws {
        let verdict = try verdict(export([SixSubjects.other()], Cohort.intreall.get()))
        #expect(verdict.isPassed, "\(verdict.words)")
        #expect(verdict.words.contains("mrd=0.2 mrd-sensitivity=0.001 mrd-method=pcr"))
    }

    @Test(arguments: [
        ("<SourceID>8</SourceID>\n", "", "has no source"),
        ("<UserRef UserOID=\"US.user-2\"/>\n", "", "schema:"),
        ("UserRef UserOID=\"US.user-2\"", "UserRef UserOID=\"US.nobody\"", "nobody is named"),
        (
            "StudyEventRepeatKey=\"4\" TransactionType=\"Update\"",
            "StudyEventRepeatKey=\"9\" TransactionType=\"Update\"", "Update of what is not there"
        ),
        ("ItemOID=\"IT.marrow\" Value=\"m1\"", "ItemOID=\"IT.marrow\" Value=\"m4\"", "is not in its code list"),
        ("<DateTimeStamp>2017-08-10T00", "<DateTimeStamp>2017-08-10 00", "schema:"),
        (
            "<ReasonForChange>stated again by the correction at position 7</ReasonForChange>\n", "",
            "was changed without a reason"
        ),
        (
            "ItemOID=\"IT.mrd-method\" TransactionType=\"Remove\"",
            "ItemOID=\"IT.response\" Value=\"none\" TransactionType=\"Insert\"", "Insert of a value that is there"
        ),
    ])
    func `a deliberate fault is found`(_ text: String, _ other: String, _ finding: String) throws {
        let export = try export([SixSubjects.corrected()])
        try export.damage("odm/odm.xml", text, other)
        let verdict = try verdict(export)
        #expect(!verdict.isPassed)
        #expect(verdict.words.contains(finding), "\(verdict.words)")
    }
}
