import PathwayEstimates

/// A design whose boundaries are judged.
struct PlannedDesign {
    let fractions: [Double]
    let sides: Int
    let alpha: Double
    let spending: Spending
    let judge: String

    /// rpact integrates on a fixed grid, which is fine enough for looks this far apart.
    private static let forRpact: [[Double]] = [
        [1], [0.5, 1], [0.61, 1], [0.3, 0.61, 1], [0.25, 0.4, 0.8, 1], (1...10).map { Double($0) / 10 }, [0.34, 0.61],
    ]
    /// For looks close to each other, and for early ones that spend next to nothing, R integrates adaptively, which takes
    /// seconds for three looks.
    private static let forIntegration: [[Double]] = [[0.8, 0.95, 1], [0.1, 0.2], [0.2, 0.21], [0.6, 0.601]]

    static let all: [String: PlannedDesign] = {
        var designs: [String: PlannedDesign] = [:]
        let plans = [
            ("rpact", forRpact, [(1, 0.025), (2, 0.05), (1, 0.05), (2, 0.2)]),
            ("integration", forIntegration, [(1, 0.025), (2, 0.2)]),
        ]
        for (judge, looks, alphas) in plans {
            for (number, fractions) in looks.enumerated() {
                for spending in Spending.allCases {
                    for (sides, alpha) in alphas {
                        designs["\(judge)-\(number)-\(spending.rawValue)-\(sides)-\(alpha)"] = PlannedDesign(
                            fractions: fractions, sides: sides, alpha: alpha, spending: spending, judge: judge)
                    }
                }
            }
        }
        return designs
    }()

    /// The designs as the judge reads them.
    static var table: String {
        all.reduce("name,judge,sides,alpha,spending,fractions\n") { text, row in
            let (name, design) = row
            return text + "\(name),\(design.judge),\(design.sides),\(design.alpha),\(design.spending.rawValue),"
                + design.fractions.map(String.init(describing:)).joined(separator: ";") + "\n"
        }
    }

    func computed() throws -> GroupSequentialDesign {
        try GroupSequentialDesign(
            fractions: fractions, alpha: alpha, sides: sides == 1 ? .one : .two, spending: spending)
    }
}
