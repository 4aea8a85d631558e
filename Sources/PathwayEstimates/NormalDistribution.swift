/// The standard normal distribution.
public enum NormalDistribution {
    /// The probability of a value of at most z.
    public static func lowerTail(_ z: Double) -> Double { complementaryError(-z / Double(2).squareRoot()) / 2 }

    /// The probability of a value above z, which keeps its digits where it is tiny.
    public static func upperTail(_ z: Double) -> Double { lowerTail(-z) }

    /// The probability of a value at least as far from 0 as z, on either side.
    public static func twoTails(_ z: Double) -> Double { complementaryError(abs(z) / Double(2).squareRoot()) }

    /// The density at z.
    public static func density(_ z: Double) -> Double {
        exponential(-z * z / 2) / (2 * Double.pi).squareRoot()
    }

    /// The z that a value stays below with this probability.
    ///
    /// About 16 digits: algorithm AS 241 (Wichura, Applied Statistics 37:477, 1988).
    /// - Parameter probability: above 0 and below 1.
    public static func quantile(_ probability: Double) -> Double {
        precondition(probability > 0 && probability < 1, "a quantile is asked for between 0 and 1")
        let offset = probability - 0.5
        if abs(offset) <= 0.425 {
            let squared = 0.180625 - offset * offset
            return offset * ratio(center, squared)
        }
        // The smaller tail, which has more digits than its complement.
        let depth = (-logarithm(offset < 0 ? probability : 1 - probability)).squareRoot()
        let size = depth <= 5 ? ratio(middle, depth - 1.6) : ratio(far, depth - 5)
        return offset < 0 ? -size : size
    }

    private typealias Coefficients = (over: [Double], under: [Double])

    private static func ratio(_ coefficients: Coefficients, _ argument: Double) -> Double {
        polynomial(coefficients.over, argument) / polynomial(coefficients.under, argument)
    }

    private static func polynomial(_ coefficients: [Double], _ argument: Double) -> Double {
        coefficients.reduce(0) { $0 * argument + $1 }
    }

    // The coefficients of AS 241, the highest power first.
    private static let center: Coefficients = (
        [
            2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
            13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608,
        ],
        [
            5226.495278852545925, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867,
            5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1,
        ]
    )
    private static let middle: Coefficients = (
        [
            7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258,
            3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734,
        ],
        [
            1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459,
            0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1,
        ]
    )
    private static let far: Coefficients = (
        [
            2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386, 0.026532189526576123093,
            0.29656057182850489123, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772,
        ],
        [
            2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4,
            0.0148753612908506148525, 0.13692988092273580531, 0.59983220655588793769, 1,
        ]
    )
}
