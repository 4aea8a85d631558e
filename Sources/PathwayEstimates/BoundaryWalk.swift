/// The density of the statistic among trials that no look has ended yet, look by look.
struct BoundaryWalk {
    /// A place where the density is known, with the share of the integral that it stands for.
    private struct Node {
        let z: Double
        let mass: Double
    }

    private let fractions: [Double]
    private let sides: Sides
    private var number = 0
    private var nodes: [Node] = []

    init(fractions: [Double], sides: Sides) { (self.fractions, self.sides) = (fractions, sides) }

    /// The boundary of the next look, which lets exactly this probability of trials end there.
    mutating func boundary(forSpending increment: Double) -> Double {
        var (low, high) = (sides == .one ? -Self.farthest : 0, Self.farthest)
        // Halved until the two are neighbours.
        while true {
            let middle = (low + high) / 2
            if middle <= low || middle >= high { break }
            if crossing(middle) > increment { low = middle } else { high = middle }
        }
        leaveOpen(below: high)
        number += 1
        return high
    }

    /// No boundary that is asked for lies so far out.
    private static let farthest = 39.0
    /// Beyond this on the side that no boundary is on, nothing is left to be seen.
    private static let nowhere = -9.0

    /// What of the information came between the last look and this one.
    private var step: Double { fractions[number] - (number == 0 ? 0 : fractions[number - 1]) }

    /// The probability of being open until this look and at or beyond a boundary there.
    private func crossing(_ boundary: Double) -> Double {
        if number == 0 {
            return NormalDistribution.upperTail(boundary)
                + (sides == .two ? NormalDistribution.upperTail(boundary) : 0)
        }
        let (now, before) = (fractions[number].squareRoot(), fractions[number - 1].squareRoot())
        let spread = step.squareRoot()
        return nodes.reduce(0) { sum, node in
            let above = NormalDistribution.upperTail((boundary * now - node.z * before) / spread)
            let below =
                sides == .two ? NormalDistribution.lowerTail((-boundary * now - node.z * before) / spread) : 0
            return sum + node.mass * (above + below)
        }
    }

    private mutating func leaveOpen(below boundary: Double) {
        guard number + 1 < fractions.count else { return }
        let lowest = sides == .two ? -boundary : min(Self.nowhere, boundary - 1)
        let (now, next) = (fractions[number], fractions[number + 1] - fractions[number])
        // A panel is no wider than twice the spread of what comes into it and of what goes out of it.
        let widest = min(1, 2 * (min(step, next) / now).squareRoot())
        let panels = max(1, Int(((boundary - lowest) / widest).rounded(.up)))
        let width = (boundary - lowest) / Double(panels)
        var open: [Node] = []
        for panel in 0..<panels {
            let center = lowest + (Double(panel) + 0.5) * width
            for point in GaussLegendre.points {
                let z = center + point.place * width / 2
                open.append(Node(z: z, mass: density(at: z) * point.weight * width / 2))
            }
        }
        nodes = open
    }

    private func density(at z: Double) -> Double {
        if number == 0 { return NormalDistribution.density(z) }
        let (now, before) = (fractions[number].squareRoot(), fractions[number - 1].squareRoot())
        let spread = step.squareRoot()
        let sum = nodes.reduce(0) { $0 + $1.mass * NormalDistribution.density((z * now - $1.z * before) / spread) }
        return sum * now / spread
    }
}

/// Where to look at a function between -1 and 1, and with what weight, to integrate it: exact for polynomials up to
/// degree 31 (Abramowitz and Stegun, Handbook of Mathematical Functions, 25.4.29).
enum GaussLegendre {
    static let points: [(place: Double, weight: Double)] = (1...order).map { number in
        // Newton's method from a close guess.
        var place = -cosine(Double.pi * (Double(number) - 0.25) / (Double(order) + 0.5))
        var slope = 1.0
        for _ in 0..<10 {
            let value = legendre(at: place)
            slope = value.slope
            place -= value.height / slope
        }
        return (place, 2 / ((1 - place * place) * slope * slope))
    }

    private static let order = 16

    /// The Legendre polynomial by its recurrence, and its derivative.
    private static func legendre(at place: Double) -> (height: Double, slope: Double) {
        var (last, height) = (1.0, place)
        for degree in 2...order {
            let degree = Double(degree)
            (last, height) = (height, ((2 * degree - 1) * place * height - (degree - 1) * last) / degree)
        }
        return (height, Double(order) * (place * height - last) / (place * place - 1))
    }
}
