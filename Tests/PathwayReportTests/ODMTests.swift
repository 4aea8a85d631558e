import Foundation
import PathwayCore
import PathwayDocument
import PathwayReport
import Testing

/// The record in the operational model: read back by a library that others wrote, and its transactions replayed.
@Suite(.apart) struct ODMTests {
    private func verdict(_ export: Export) throws -> Judge.Verdict {
        try export.judged(by: .odm, ["odm/odm.xml", "--state"])
    }

    private func export(_ subjects: [Subject], _ treatment: TreatmentProtocol? = nil) throws -> Export {
        try Export(ODMFormat.self, of: subjects, under: treatment, as: .moved)
    }

    @Test func `study days cannot hold the moments of an audit`() throws {
        let error = #expect(throws: ExportError.self) {
            try Export(ODMFormat.self, of: TabulatedSubjects.all())
        }
        #expect(
            error?.message
                == "cannot write \"odm\" with study days: each of its audit records holds the moment of recording")
        #expect(error?.hint == "--dates shifted --key FILE moves the dates of each patient instead")
    }

    @Test func `the transactions leave what stands on the path, with moved dates`() throws {
        let verdict = try verdict(export(TabulatedSubjects.all()))
        #expect(verdict.isPassed, "\(verdict.words)")
        let lines = verdict.lines.filter { $0.hasPrefix("P-3 ") }
        let enrolment =
            "site=701 diagnosed=2014-02-13 relapsed-on=2018-02-07 relapse-sites=marrow age=8 sex=male"
            + " down-syndrome=no philadelphia=no prior-transplant=no prior-blinatumomab=no prior-relapse-therapy=no"
        #expect(
            lines == [
                "P-3 1 enrolled on=2018-02-14 answer=planned \(enrolment)",
                "P-3 2 course-started on=2018-02-15 answer=planned course=block-1",
                "P-3 3 course-ended on=2018-03-15 answer=planned course=block-1 outcome=completed",
                "P-3 4 response-assessed on=2018-03-17 answer=planned marrow=m1 mrd=0.5 treatment-failure=no",
                "P-3 5 risk-assigned on=2018-03-18 answer=planned risk=intermediate",
            ])
        #expect(verdict.words.contains("P-4 4 died on=2015-06 answer=planned death-cause=infection"))
    }

    // Recorded years later, which is shown as thirty days; and moved by 653 days, as the patient's dates are. Each entry is a second and more
    // behind the one before it: positions 7 and 8 are the correction's, and position 6 was recorded on the 12th.
    @Test func `a correction is a removal and updates, each with who, where, when and why`() throws {
        let text = try export([TabulatedSubjects.corrected()]).text("odm/odm.xml")
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
                <DateTimeStamp>2018-04-18T00:00:01.000000Z</DateTimeStamp>
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
                <DateTimeStamp>2018-04-18T00:00:02.000000Z</DateTimeStamp>
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
        var path = try TabulatedSubjects.randomisedToA()
        path.correct(from: 6) { _, milestone in milestone }
        try path.record("2015-04-09 course-started course=block-2")
        try path.correct(from: 9) { _, _ in try .written("2015-04-10 off-therapy reason=refusal") }
        let verdict = try verdict(export([path.subject()]))
        #expect(verdict.isPassed, "\(verdict.words)")
        #expect(
            verdict.lines.suffix(2) == [
                "P-1 6 randomised on=2018-06-24 answer=planned arm=A allocated-by=paper",
                "P-1 11 off-therapy on=2018-06-27 answer=planned reason=refusal",
            ])
    }

    @Test func `the file says how coarse its moments are`() throws {
        let text = try export([TabulatedSubjects.corrected()]).text("odm/odm.xml")
        #expect(
            text.contains(
                "moments of recording as moved days, at most 30 behind what was recorded and without the time of the day"
            ))
        #expect(
            text.contains(
                "the DateTimeStamp of an AuditRecord is such a moment, and at least a second behind that of the entry recorded before it"
            ))
    }

    // A correction that moves a milestone to an earlier day is recorded later all the same.
    @Test func `a milestone that was corrected to an earlier day was corrected after it was recorded`() throws {
        var path = try TabulatedSubjects.randomisedToA()
        try path.correct(from: 6) { _, milestone in
            try Milestone(milestone.kind, on: #require(ClinicalDate("2015-04-06")), facts: milestone.facts)
        }
        let export = try export([path.subject()])
        let verdict = try verdict(export)
        #expect(verdict.isPassed, "\(verdict.words)")
        let stamps = try export.text("odm/odm.xml").split(separator: "SE.randomised\" StudyEventRepeatKey").dropFirst()
            .compactMap { $0.firstMatch(of: /<DateTimeStamp>(.*)</)?.output.1 }
        #expect(stamps == ["2018-07-24T00:00:00.000000Z", "2018-07-24T00:00:01.000000Z"])
    }

    @Test func `hostile text comes back as it was`() throws {
        let title = "Chemo <&> \"quoted\" 'block' 🧬 größer\ttab"
        let hostile = try ProtocolDocument(
            Protocols.text("aall1331").replacing(
                "title: Block 1 reinduction", with: "title: '\(title.replacing("'", with: "''"))'"
            )
            .replacing("title: \"Chemotherapy, then transplant\"", with: "title: \"]]> &amp; <b>\"")
        ).treatment
        var path = try PatientRecord("P-7", under: hostile)
        let enrolled = try Milestone.written(
            "2016-05-02 enrolled diagnosed=2014-05-01 relapsed-on=2016-04-25 age=9 \(TabulatedSubjects.enrolment)")
        var facts = enrolled.facts
        facts[.site] = .text("Fièvre <3°> & \"'🌡\r\n")
        path.record(try Milestone(.enrolled, on: enrolled.on, facts: facts), by: "<user> & 'one' 🧑")
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
        let tables = try Export(SDTMFormat.self, of: [path.subject()], under: hostile)
        let judged = try tables.judged(by: .sdtm, [".", Judge.document("aall1331")])
        #expect(
            judged.lines.allSatisfy { $0.hasPrefix("rows") || $0.hasPrefix("TA") },
            "\(judged.words)")
    }

    @Test func `no free text, birth date or name is in it`() throws {
        var path = try PatientRecord("P-8")
        try path.record(
            "2016-05-02 enrolled diagnosed=2014-05-01 relapsed-on=2016-04-25 \(TabulatedSubjects.enrolment) "
                + "born=2008-01-02 note=Anna_Example")
        let text = try export([path.subject()]).text("odm/odm.xml")
        #expect(
            !text.contains("Anna") && !text.contains("2008") && !text.contains("IT.born") && !text.contains("IT.note"))
    }

    @Test func `a removal that the record does not attribute is no export`() throws {
        let whole = try TabulatedSubjects.corrected()
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
        let export = try export(SyntheticCohort.subjects())
        let verdict = try export.judged(by: .odm, ["odm/odm.xml"])
        #expect(verdict.isPassed, "\(verdict.words)")
        #expect(verdict.words.hasSuffix("subjects 661\n"), "\(verdict.words)")
        let text = try export.text("odm/odm.xml")
        #expect(text.components(separatedBy: "<Annotation ").count - 1 == 661)
    }

    @Test func `another protocol passes`() throws {
        let verdict = try verdict(export([TabulatedSubjects.other()], Protocols.intreall))
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
        ("<DateTimeStamp>2018-04-16T00", "<DateTimeStamp>2018-04-16 00", "schema:"),
        // The moment of position 4 instead of that of its correction.
        (
            "2018-04-18T00:00:02.000000Z", "2018-04-16T00:00:00.000000Z",
            "P-3 SE.response-assessed 4 IT.on: no later than its audit record before"
        ),
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
        let export = try export([TabulatedSubjects.corrected()])
        try export.damage("odm/odm.xml", text, other)
        let verdict = try verdict(export)
        #expect(!verdict.isPassed)
        #expect(verdict.words.contains(finding), "\(verdict.words)")
    }
}
