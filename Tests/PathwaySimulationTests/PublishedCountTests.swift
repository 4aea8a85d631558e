import PathwayCore
import PathwaySimulation
import Testing

@Suite struct PublishedCountTests {
    /// The published counts once more, as read in the facts and not in the document.
    private let expected = """
        661 enrolled
          297 Block 1 worst grade 3
          159 Block 1 worst grade 4
          24 Block 1 worst grade 5
          24 died in Block 1
          42 early treatment failure
          9 left for other reasons
          190 no treatment after Block 1 in the trial
          531 complete remission after Block 1
          532 relapse with marrow involvement
            290 MRD 0.01 % or more after Block 1
          586 risk assigned
            115 not randomised
            471 randomised
              8 not analysed
              208 high or intermediate risk, analysed
                118 transplanted, and so through the randomised treatment
                107 a first event
                105 arm B
                  48 female
                  57 male
                  55 1 to 9 years old
                  69 high risk
                  36 intermediate risk
                  36 marrow, 36 months or more
                  41 marrow, 18 to 36 months
                    19 MRD 0.1 % or more
                    22 MRD below 0.1 %
                    0 MRD unknown
                  18 marrow, less than 18 months
                    8 MRD 0.1 % or more
                    9 MRD below 0.1 %
                    1 MRD unknown
                  10 outside the marrow, less than 18 months
                  26 MRD negative after Block 1
                  102 started cycle 1
                    77 any adverse event of grade 3 or more
                    10 infection
                    6 fever
                    34 neutrophil count decreased
                    8 platelet count decreased
                    15 anaemia
                    12 ALT increased
                  79 MRD negative after cycle 1
                  88 started cycle 2
                    49 any adverse event of grade 3 or more
                    9 infection
                    2 fever
                    25 neutrophil count decreased
                    3 platelet count decreased
                    4 anaemia
                    6 ALT increased
                  69 MRD negative after cycle 2
                  74 transplanted
                  1 first event late treatment failure
                  35 first event relapse
                  12 first event death
                103 arm A
                  49 female
                  54 male
                  55 1 to 9 years old
                  69 high risk
                  34 intermediate risk
                  34 marrow, 36 months or more
                  41 marrow, 18 to 36 months
                    19 MRD 0.1 % or more
                    21 MRD below 0.1 %
                    1 MRD unknown
                  18 marrow, less than 18 months
                    8 MRD 0.1 % or more
                    10 MRD below 0.1 %
                    0 MRD unknown
                  10 outside the marrow, less than 18 months
                  31 MRD negative after Block 1
                  97 started Block 2
                    88 any adverse event of grade 3 or more
                    39 infection
                    5 fever
                    57 neutrophil count decreased
                    56 platelet count decreased
                    51 anaemia
                    38 ALT increased
                  33 MRD negative after Block 2
                  62 started Block 3
                    52 any adverse event of grade 3 or more
                    38 infection
                    6 fever
                    31 neutrophil count decreased
                    34 platelet count decreased
                    35 anaemia
                    8 ALT increased
                  33 MRD negative after Block 3
                  44 transplanted
                  9 first event late treatment failure
                  32 first event relapse
                  18 first event death
              255 low risk, analysed
                127 arm D
                128 arm C
                174 marrow with or without another site
                81 outside the marrow only
        """

    private func text(_ rows: [Flow.Row], _ count: (Flow.Row) -> Int?) -> String {
        rows.map { row in
            String(repeating: "  ", count: row.level) + "\(count(row) ?? 0) \(row.name)"
        }.joined(separator: "\n")
    }

    @Test func `the document holds the published counts`() throws {
        #expect(try text(Trial.flow([]), \.published) == expected)
    }

    @Test func `661 patients of the default seed reproduce every published count`() throws {
        #expect(Simulation.defaultSeed == 1331)
        #expect(try text(Trial.flow(Trial.patients()), \.counted) == expected)
    }

    @Test(arguments: [0, 1, 42, 20_191_210, .max] as [UInt64])
    func `another seed gives other patients and the same counts`(_ seed: UInt64) throws {
        let patients = try Trial.patients(seed: seed)
        #expect(try text(Trial.flow(patients), \.counted) == expected)
        #expect(try patients.map(\.lines) != Trial.patients().map(\.lines))
    }

    @Test func `the partitions of the facts add up in the counts`() throws {
        let patients = try Trial.patients()
        let flow = try Trial.flow(patients)
        func counted(_ name: String) -> [Int] { flow.filter { $0.name == name }.map(\.counted) }
        #expect(24 + 42 + 9 + 586 == 661 && counted("risk assigned") == [586])
        #expect(115 + 471 == 586 && counted("randomised") == [471])
        #expect(8 + 208 + 255 == 471 && counted("not analysed") == [8])
        #expect(counted("first event relapse") == [35, 32] && counted("first event death") == [12, 18])
        #expect(flow.filter { !$0.agrees } == [])
    }

    @Test func `every count says where it was published`() throws {
        for row in try Trial.flow([]) where row.published != nil { #expect(row.source.contains("R"), "\(row.name)") }
        let assumed = try Trial.flow([]).filter { $0.source.contains("unverified") }
        #expect(assumed.map(\.name) == ["marrow with or without another site", "outside the marrow only"])
    }

    @Test func `faults of a document are listed with their lines`() throws {
        let text = """
            published: other
            patterns:
              asked: {on: enroled}
              somewhere: {on: died, phase: [nowhere]}
            rows:
              - {name: all, count: 3, took: {on: enrolled}, when: {}}
              - {name: first, count: 3, source: R99, first: {of: events, after: unknown, is: somewhere}}
              - {name: odd, count: many, source: "somebody", took: {on: died, when: {sex: [none]}}}
            """
        let treatment = try Trial.treatment.get()
        let thrown = #expect(throws: ShapeFaults.self) { _ = try PublishedCounts(text, under: treatment) }
        let lines = Set(try #require(thrown).faults.map(\.line))
        #expect(lines == [1, 3, 4, 6, 7, 8])
    }
}
