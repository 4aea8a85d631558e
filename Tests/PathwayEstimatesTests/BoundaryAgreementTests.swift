import PathwayEstimates
import Testing

/// Boundaries against rpact, and against nested integration where that is not exact enough.
@Suite struct BoundaryAgreementTests {
    @Test func `boundaries, spent alpha and nominal p-values are those of rpact`() throws {
        let judge = try Judge.shared()
        for (name, planned) in PlannedDesign.all where planned.judge == "rpact" {
            let verdicts = judge.verdicts(of: name) { _ in true }
            for (number, look) in try planned.computed().looks.enumerated() {
                let boundary = try #require(verdicts["\(number)/boundary"] ?? nil)
                let spent = try #require(verdicts["\(number)/spent"] ?? nil)
                let nominal = try #require(verdicts["\(number)/nominal"] ?? nil)
                // rpact cuts what is spent to 8 digits where the last look is not at 1.
                #expect(abs(look.spent - spent) <= 1.1e-8, "\(name) look \(number): \(look.spent), rpact: \(spent)")
                #expect(
                    abs(look.nominalPValue - nominal) <= 2e-8,
                    "\(name) look \(number): \(look.nominalPValue), rpact: \(nominal)")
                // Where next to nothing is spent, rpact's own tolerance shows in the boundary: nested integration, below,
                // judges such a one.
                if look.nominalPValue > 1e-4 {
                    #expect(
                        abs(look.boundary - boundary) <= 1e-6,
                        "\(name) look \(number): \(look.boundary), rpact: \(boundary)")
                }
            }
        }
    }

    @Test func `boundaries of looks close to each other are those of nested integration`() throws {
        let judge = try Judge.shared()
        for (name, planned) in PlannedDesign.all where planned.judge == "integration" {
            var ours: [String: Double?] = [:]
            for (number, look) in try planned.computed().looks.enumerated() {
                ours["\(number)/boundary"] = look.boundary
                ours["\(number)/spent"] = look.spent
                ours["\(number)/nominal"] = look.nominalPValue
            }
            expect(ours, toBe: judge.verdicts(of: name) { _ in true }, of: name)
        }
    }
}
