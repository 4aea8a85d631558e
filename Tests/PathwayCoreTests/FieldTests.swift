import Testing

@testable import PathwayCore

@Suite struct FieldTests {
    @Test func `tables indexed by milestone, field, clock and status are indexed by the order of declaration`() {
        #expect(MilestoneKind.allCases.map(\.index) == Array(0..<26))
        #expect(Field.allCases.map(\.index) == Array(0..<Field.allCases.count))
        #expect(Status.allCases.map(\.index) == Array(0..<7))
        // One bit each.
        #expect(Field.allCases.count < 64)
    }

    @Test(arguments: Field.allCases)
    func `every field can be given with some milestone`(field: Field) {
        #expect(MilestoneKind.allCases.contains { $0.takes(field) })
    }

    @Test(arguments: MilestoneKind.allCases)
    func `a milestone names each of its fields once and takes a note besides`(kind: MilestoneKind) {
        #expect(Set(kind.fields).count == kind.fields.count)
        #expect(kind.takes(.note))
        #expect(!kind.fields.contains(.note))
    }

    @Test func `what identifies a patient is the day of birth and free text`() {
        #expect(Field.allCases.filter(\.isIdentifying) == [.born, .note])
    }

    /// Texts as the field prints them: each must read back to itself.
    private static func spellings(_ field: Field) -> [String] {
        switch field.type {
        case .choice(let words): words
        case .choices(let words): words + [words.joined(separator: "+"), words.prefix(2).joined(separator: "+")]
        case .word: ["a", "block-1", "A"]
        case .integer(let range, _): ["\(range.lowerBound)", "\(range.upperBound)"]
        case .decimal(let range, let scale, _):
            [range.lowerBound, range.lowerBound + 1, range.upperBound - 1, range.upperBound].map {
                Scaled.text($0, scale: scale)
            }
        case .flag: ["yes", "no"]
        case .percentage: ["0", "100", "0.01", "99.9999999"]
        case .mrd: ["0", "0.05", "<0.01", ">=10", ">10", "100", "not-done", "inadequate"]
        case .date: ["2019-03-02", "2019-03", "2019"]
        case .code: ["a", "Boston-1.2", "701", String(repeating: "x", count: 20)]
        case .text: ["a", "line\nbreak, \"quoted\" 🩸", String(repeating: "ü", count: 1000)]
        }
    }

    @Test(arguments: Field.allCases)
    func `each value of a field prints to a text that reads back to it`(field: Field) throws {
        for text in FieldTests.spellings(field) {
            let value = try field.value(text)
            #expect(field.text(value) == text)
            #expect(try field.value(field.text(value)) == value)
        }
    }

    private static func wrong(_ field: Field) -> [String] {
        switch field.type {
        case .choice: ["", "M1 ", "no such word"]
        case .choices(let words): ["", "+", words[0] + "+", "+" + words[0], words[0] + ",cns", "bone"]
        case .word: ["", "block 1", "äußeres", String(repeating: "a", count: 41), "a'b"]
        case .integer(let range, _):
            ["", "-1", "1.0", "1e0", "+1", "\(range.upperBound + 1)", "99999999999999999999"]
                + (range.lowerBound > 0 ? ["\(range.lowerBound - 1)"] : [])
        case .decimal(let range, let scale, _):
            ["", "-1", "1e1", "1,5", "2.55", Scaled.text(range.upperBound + 1, scale: scale)]
                + (range.lowerBound > 0 ? [Scaled.text(range.lowerBound - 1, scale: scale)] : [])
        case .flag: ["", "Yes", "y", "1", "unknown"]
        case .percentage: ["", "-1", "100.1", "250 %", "neg", "0.00000001", "<1"]
        case .mrd: ["", "-1", "250 %", "neg", "1e3", "0.00000001", "<0"]
        case .date: ["", "2019-02-29", "yesterday", "03.02.2019", "2019-3-2"]
        case .code: ["", " a", "a b", "a\nb", "<b>", "a,b", "Zürich", String(repeating: "x", count: 21)]
        case .text: ["", "a\u{0}b", String(repeating: "x", count: 1001)]
        }
    }

    @Test(arguments: Field.allCases)
    func `what is no value of a field is refused, named and shortened`(field: Field) {
        for text in FieldTests.wrong(field) {
            let fault = #expect(throws: FieldFault.self) { try field.value(text) }
            #expect(fault?.field == field)
            #expect((fault?.given.count ?? 0) <= 60)
            #expect(fault?.expected == field.expectation)
        }
    }

    @Test func `an expectation says in words what the field takes`() {
        #expect(Field.age.expectation == "a whole number from 0 to 120 (years)")
        #expect(Field.ecog.expectation == "a whole number from 0 to 4")
        #expect(Field.gray.expectation == "a number from 0.1 to 100 (Gy), at most 1 decimal")
        #expect(Field.cns.expectation == "one of cns1, cns2, cns3, not-done")
        #expect(Field.relapseSites.expectation == "some of marrow, cns, testis, other, joined by +")
        #expect(Field.arm.expectation == "an arm of the protocol")
        #expect(
            Field.mrd.expectation
                == "a percentage from 0 to 100 such as 0.05, <0.01 or >=10, or not-done or inadequate")
    }

    @Test func `a negative residual disease is told how to be written`() {
        let fault = #expect(throws: FieldFault.self) { try Field.mrd.value("neg") }
        #expect(fault?.hint == "a negative result is written as less than what the assay sees, such as <0.01")
    }

    @Test func `facts are in the order of the fields, whatever the order of giving`() {
        var facts = Facts()
        facts[.note] = .text("later")
        facts[.marrow] = .word("m1")
        facts[.age] = .number(7)
        facts[.marrow] = .word("m2")
        #expect(facts.entries.map(\.field) == [.age, .marrow, .note])
        #expect(facts.word(.marrow) == "m2")
        facts[.marrow] = nil
        #expect(facts.entries.map(\.field) == [.age, .note])
    }
}

@Suite struct MilestoneTests {
    private func facts(_ values: [(Field, String)]) throws -> Facts {
        try values.reduce(into: Facts()) { facts, entry in
            facts[entry.0] = try entry.1.isEmpty ? nil : entry.0.value(entry.1)
        }
    }

    private func milestone(_ kind: MilestoneKind, _ on: String, _ values: [(Field, String)] = []) throws -> Milestone {
        try Milestone(kind, on: try #require(ClinicalDate(on)), facts: facts(values))
    }

    @Test func `a field that the milestone does not have is named`() {
        #expect(throws: MilestoneFault.foreignField(.mrd, .courseStarted)) {
            try milestone(.courseStarted, "2015-01-01", [(.course, "block-1"), (.mrd, "0.1")])
        }
    }

    @Test func `every missing field is named`() {
        #expect(throws: MilestoneFault.missingFields([.site, .diagnosed, .relapsedOn, .relapseSites], .enrolled)) {
            try milestone(.enrolled, "2015-01-01")
        }
    }

    @Test func `a risk group may be left out, for the rules determine it`() throws {
        #expect(try milestone(.riskAssigned, "2015-01-01").qualifier == nil)
    }

    @Test func `nothing found says nothing without what the assay could have seen`() throws {
        #expect(throws: MilestoneFault.noneFoundWithoutSensitivity) {
            try milestone(.responseAssessed, "2015-01-01", [(.marrow, "m1"), (.mrd, "0")])
        }
        #expect(throws: MilestoneFault.noneFoundWithoutSensitivity) {
            try milestone(.responseAssessed, "2015-01-01", [(.marrow, "m1"), (.mrd, "0"), (.mrdSensitivity, "0")])
        }
        #expect(
            try milestone(.responseAssessed, "2015-01-01", [(.marrow, "m1"), (.mrd, "0"), (.mrdSensitivity, "0.01")])
                .mrd
                == MRD(.level(.none), sensitivity: MRD.Level(percent: "0.01")))
    }

    @Test(arguments: MilestoneKind.allCases)
    func `only what is heard of later may lack its day`(kind: MilestoneKind) throws {
        let partial: Set<MilestoneKind> = [
            .relapsed, .secondMalignancy, .died, .lostToFollowUp, .consentWithdrawn, .offStudy, .adverseEvent, .seen,
        ]
        #expect(kind.allowsPartialDate == partial.contains(kind))
        guard !partial.contains(kind) else { return }
        let date = try #require(ClinicalDate("2015-03"))
        #expect(throws: MilestoneFault.partialDate(kind, date)) { try milestone(kind, "2015-03") }
    }
}
