import Foundation
import PathwayCore
import PathwaySimulation
import Testing

/// Shapes broken on purpose; each must be refused with the line of its fault.
@Suite struct BrokenShapeTests {
    private let sound = """
        cohort: tiny
        protocol: aall1331
        patients: 3
        until: 2020-09-30
        accrual: [2015-01-01, 2017-01-01, 2019-01-01]
        study-numbers: T-
        coordinator: somebody
        sites: {X-ONE: 2, X-TWO: 1}
        sources: {R10: "the paper"}
        bags:
          dates: {cards: [{relapsed-on: 3..9 days, diagnosed: 20..30 months before relapsed-on}], source: R10}
          person: {cards: [{sex: [female, male], born: aged 2..9 and 6 months before diagnosed}], source: R10}
          fit: {cards: [{down-syndrome: no, philadelphia: no, prior-transplant: no, prior-blinatumomab: no}], source: R10}
        decks:
          end: {cards: [{count: 2, steps: [alive]}, {count: 1, steps: [{on: died}]}], source: R10}
          wait: {count: 3, days: [5, 10, 30], source: R10}
        segments:
          entered: {steps: [{on: enrolled, relapse-sites: marrow, draw: [dates, person, fit]}], source: R10}
          alive: {steps: [{on: seen, before-end: 0..30 days}], source: R10}
        ways:
          - {way: all, count: 3, steps: [entered, {on: off-therapy, deal: wait, reason: refusal}, {deal: end}], source: R10}
        """

    private func faults(_ text: String) -> [String] {
        do {
            _ = try CohortShape(text)
            return []
        } catch {
            return error.faults.map { "\($0.line): \($0.message)" }
        }
    }

    private func faults(replacing part: String, by other: String) throws -> [String] {
        let range = try #require(sound.firstRange(of: part))
        return faults(sound.replacingCharacters(in: range, with: other))
    }

    @Test func `a sound shape has no fault and makes its patients`() throws {
        let shape = try CohortShape(sound)
        var simulation = try Simulation(shape: shape, treatment: Trial.treatment.get(), patients: 7, seed: 1)
        var last: [String] = []
        while let patient = try simulation.next() {
            last.append(patient.attempts.map(\.milestone.kind.rawValue).joined(separator: " "))
        }
        let (death, life) = ("enrolled off-therapy died", "enrolled off-therapy seen")
        #expect(last.prefix(3).sorted() == [death, life, life])
        #expect(last.count == 7)
    }

    @Test func `ways that do not add up are refused`() throws {
        #expect(
            try faults(replacing: "patients: 3", by: "patients: 4") == ["21: the ways make 3 patients, not 4"])
    }

    @Test func `a deck that is not dealt to its last card is refused`() throws {
        #expect(
            try faults(replacing: "{count: 1, steps: [{on: died}]}", by: "{count: 2, steps: [{on: died}]}")
                == ["15: deck \"end\" has 4 cards and is dealt 3 times"])
        #expect(
            try faults(replacing: "wait: {count: 3", by: "wait: {count: 2")
                == ["16: deck \"wait\" has 2 cards and is dealt 3 times"])
    }

    @Test func `decks inside a deck's cards are counted too`() throws {
        let nested = try faults(
            replacing: "{count: 1, steps: [{on: died}]}", by: "{count: 1, steps: [{on: died, deal: wait}]}")
        #expect(nested == ["16: deck \"wait\" has 3 cards and is dealt 4 times"])
    }

    @Test(arguments: [
        ("way: all", "ways: all", "21: unknown word \"ways\" in a way; it takes way, count, steps"),
        ("[entered,", "[entred,", "21: unknown segment \"entred\""),
        ("deal: wait", "deal: waiting", "21: unknown deck \"waiting\""),
        ("on: seen", "on: sen", "19: unknown word \"sen\" for \"on\""),
        ("reason: refusal", "reason: bored", "21: reason \"bored\" is not one of completed"),
        ("reason: refusal", "gray: 12", "21: \"off-therapy\" has no field \"gray\""),
        ("0..30 days", "some days", "19: \"before-end\" must be days such as 3..14 days, not \"some days\""),
        ("3..9 days", "9..3 days", "11: \"relapsed-on\" must be a time back"),
        ("until: 2020-09-30", "until: 2020-09-31", "4: \"until\" must be a day such as 2014-12-17"),
        ("[5, 10, 30]", "[5, 30, 10]", "16: \"days\" must be at least two numbers that do not fall"),
        ("[alive]", "[alive], after: 3 days", "15: a card brings either steps or facts and a time"),
        ("source: R10}\n  alive", "source: R11}\n  alive", "18: unknown source \"R11\""),
        ("sites: {X-ONE: 2", "sites: {X?: 2", "8: site \"X?\" is not a code word"),
        ("2017-01-01", "2014-01-01", "5: \"accrual\" must be at least two days, each after the one before"),
        ("[{on: seen,", "[alive, {on: seen,", "19: segment \"alive\" contains itself"),
        ("before-end: 0..30 days", "from: transplanted, after: 3 days", "19: no step is called \"transplanted\""),
        ("{deal: end}", "{deal: wait}", "16: \"wait\" brings facts: it is dealt to a step, not in a list of steps"),
    ])
    func `a fault is named with its line`(_ part: String, _ other: String, _ expected: String) throws {
        let found = try faults(replacing: part, by: other)
        #expect(found.contains { $0.hasPrefix(expected) }, "\(found)")
    }

    @Test func `a document that is no shape, or no YAML, is refused`() {
        #expect(faults("protocol: aall1331") == ["1: the document does not begin with \"cohort: …\""])
        #expect(faults("") == ["1: the document does not begin with \"cohort: …\""])
        #expect(faults("cohort: [1").first?.contains("not YAML") ?? false)
    }

    @Test func `a course that the protocol does not have is refused with its line`() throws {
        let range = try #require(sound.firstRange(of: "[entered, "))
        let text = sound.replacingCharacters(in: range, with: "[entered, {on: course-started, course: block-9}, ")
        let shape = try CohortShape(text)
        let treatment = try Trial.treatment.get()
        let thrown = #expect(throws: ShapeFaults.self) { _ = try Simulation(shape: shape, treatment: treatment) }
        #expect(try #require(thrown).faults == [Fault(line: 21, "the protocol has no course \"block-9\"")])
    }

    @Test func `a step that the protocol refuses names way, line and refusal`() throws {
        let text = try replaced("[entered, ", by: "[entered, {on: transplanted, donor: sibling}, ")
        #expect(
            fault(text)
                == "way \"all\", line 21: transplanted on DAY is refused in \"Enrolled, before Block 1\": "
                + "the pathway is in \"Enrolled, before Block 1\"")
    }

    @Test func `a step that leaves the protocol needs a deviation, and a planned one has none`() throws {
        let completed = try replaced("reason: refusal", by: "reason: completed")
        #expect(fault(completed)?.contains("off protocol without a deviation") ?? false)
        let planned = try replaced("reason: refusal", by: "reason: refusal, deviation: no reason at all")
        #expect(fault(planned)?.contains("is planned, and the shape calls it a deviation") ?? false)
    }

    @Test func `a time that no calendar holds is a fault and not a wrong date`() throws {
        let text = try replaced("[5, 10, 30]", by: "[4000, 4000, 4000]")
        #expect(fault(text)?.contains("there is no day of enrolment") ?? false)
    }

    private func replaced(_ part: String, by other: String) throws -> String {
        sound.replacingCharacters(in: try #require(sound.firstRange(of: part)), with: other)
    }

    private func fault(_ text: String) -> String? {
        do {
            var simulation = try Simulation(shape: CohortShape(text), treatment: Trial.treatment.get())
            while try simulation.next() != nil {}
            return nil
        } catch let fault as SimulationFault {
            let words = fault.description.split(separator: " ")
            return words.map { Day($0) == nil ? String($0) : "DAY" }.joined(separator: " ")
        } catch {
            return "\(error)"
        }
    }
}
