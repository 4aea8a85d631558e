import PathwayEstimates
import Testing

/// Looks at a trial while it runs.
@Suite struct MonitoringTests {
    @Test func `one look at the end spends all of alpha at once`() throws {
        for spending in Spending.allCases {
            let one = try GroupSequentialDesign(fractions: [1], alpha: 0.025, sides: .one, spending: spending)
            expectClose([one.looks[0].boundary, one.looks[0].nominalPValue], [1.959963984540054, 0.025])
            let two = try GroupSequentialDesign(fractions: [1], alpha: 0.05, sides: .two, spending: spending)
            expectClose([two.looks[0].boundary, two.looks[0].nominalPValue], [1.959963984540054, 0.05])
        }
    }

    @Test func `half of the information may spend what the functions say`() throws {
        // O'Brien-Fleming type: 2 - 2 Φ(2.2414027 / √0.5) = 2 - 2 Φ(3.1698221) = 0.0015253
        // Pocock type: 0.025 · log(1 + 1.7182818 · 0.5) = 0.025 · 0.6201145 = 0.0155029
        let looks = try Spending.allCases.map {
            try GroupSequentialDesign(fractions: [0.5, 1], alpha: 0.025, sides: .one, spending: $0).looks
        }
        expectClose([looks[0][0].spent, looks[1][0].spent], [0.0015253, 0.0155029], within: 5e-8)
        expectClose([looks[0][1].spent, looks[1][1].spent], [0.025, 0.025])
    }

    @Test func `what is planned later does not move what was seen before`() throws {
        let all = try GroupSequentialDesign(
            fractions: [0.3, 0.6, 0.8, 1], alpha: 0.05, sides: .two, spending: .pocock)
        let some = try GroupSequentialDesign(fractions: [0.3, 0.6], alpha: 0.05, sides: .two, spending: .pocock)
        expectClose(some.looks.map(\.boundary), all.looks.prefix(2).map(\.boundary), within: 1e-12)
    }

    @Test func `a look soon after another has the boundary that 30 digits give`() throws {
        // P(z1 < 2.6414132, z2 >= b) for a correlation of √(80/86), integrated over z1 with 30 digits, is what is spent at b.
        let design = try GroupSequentialDesign(
            events: [80, 86], planned: 131, alpha: 0.025, sides: .one, spending: .obrienFleming)
        expectClose(design.looks.map(\.boundary), [2.64141316175897, 2.60950039018557], within: 1e-9)
    }

    @Test func `a trial ends at the look that reaches its boundary`() throws {
        let design = try GroupSequentialDesign(
            events: [80, 107, 131], planned: 131, alpha: 0.025, sides: .one, spending: .obrienFleming)
        let boundary = design.looks[1].boundary
        #expect(try design.verdicts(observed: []) == [])
        #expect(try design.verdicts(observed: [0, boundary.nextDown]) == [.goesOn, .goesOn])
        #expect(try design.verdicts(observed: [0, boundary, 0]) == [.goesOn, .crossed])
        #expect(try design.verdicts(observed: [-9, 0, 2]) == [.goesOn, .goesOn, .endedWithout])
        let both = try GroupSequentialDesign(
            fractions: [0.5, 1], alpha: 0.05, sides: .two, spending: .obrienFleming)
        #expect(try both.verdicts(observed: [-both.looks[0].boundary]) == [.crossedBelow])
        _ = refused(.badDesign) { _ = try both.verdicts(observed: [0, 0, 0]) }
        _ = refused(.outOfBounds) { _ = try both.verdicts(observed: [.nan]) }
    }

    @Test func `a design that cannot be is refused`() {
        func design(_ fractions: [Double], _ alpha: Double = 0.025) throws {
            _ = try GroupSequentialDesign(fractions: fractions, alpha: alpha, sides: .one, spending: .pocock)
        }
        let eleven = (1...11).map { Double($0) / 11 }
        #expect(
            refused(.badDesign) { try design(eleven) } == "cannot plan 11 looks: a design has from 1 to 10")
        for fractions in [[], [0.019, 1], [0.5, 1.001], [0.5, 0.5], [0.6, 0.5], [0.5, 0.5005], [.nan]] {
            _ = refused(.badDesign) { try design(fractions) }
        }
        for alpha in [0, 0.00009, 0.51, -1, .nan] { _ = refused(.outOfBounds) { try design([1], alpha) } }
        _ = refused(.badDesign) {
            _ = try GroupSequentialDesign(events: [1], planned: 0, alpha: 0.025, sides: .one, spending: .pocock)
        }
    }

    @Test func `the widest bounds that a design allows stay finite`() throws {
        for sides in [Sides.one, .two] {
            for spending in Spending.allCases {
                for alpha in [0.0001, 0.5] {
                    let design = try GroupSequentialDesign(
                        fractions: [0.02, 0.021, 0.5, 0.999, 1], alpha: alpha, sides: sides, spending: spending)
                    #expect(design.looks.allSatisfy { $0.boundary.isFinite && $0.boundary < 39 })
                    #expect(design.looks.allSatisfy { $0.nominalPValue > 0 })
                }
            }
        }
    }
}
