/// The partial likelihood of a Cox model, its slope and its curvature.
struct CoxLikelihood {
    struct Value {
        var logLikelihood = 0.0
        /// The first derivatives.
        var score: [Double]
        /// The second derivatives, with the sign turned.
        var information: [[Double]]
    }

    private struct Row {
        let observation: Observation
        let covariates: [Double]
    }

    /// Patients of one stratum, the last to leave first.
    private let strata: [[Row]]
    private let ties: Ties
    private let width: Int

    init(_ observations: [Observation], _ covariates: [Covariate], ties: Ties, stratified: Bool) {
        // Only differences matter; around the mean, exponentials stay small.
        let means = covariates.map { $0.values.reduce(0, +) / Double(observations.count) }
        let rows = observations.enumerated().map { number, observation in
            Row(
                observation: observation,
                covariates: zip(covariates, means).map { covariate, mean in covariate.values[number] - mean })
        }
        let within = stratified ? Dictionary(grouping: rows, by: \.observation.stratum) : [.whole: rows]
        strata = within.sorted { $0.key < $1.key }.map { $0.value.sorted { $0.observation.exit > $1.observation.exit } }
        self.ties = ties
        width = covariates.count
    }

    func value(at coefficients: [Double]) -> Value {
        var value = Value(
            score: Array(repeating: 0, count: width),
            information: Array(repeating: Array(repeating: 0, count: width), count: width))
        for rows in strata {
            let logs = rows.map { dot($0.covariates, coefficients) }
            let weights = logs.map(exponential)
            for (day, deaths) in Dictionary(
                grouping: rows.indices.filter { rows[$0].observation.event }, by: { rows[$0].observation.exit }
            ).sorted(by: { $0.key < $1.key }) {
                add(rows, logs, weights, day, deaths, to: &value)
            }
        }
        return value
    }

    /// What the events of one day add.
    private func add(
        _ rows: [Row], _ logs: [Double], _ weights: [Double], _ day: Int, _ deaths: [Int], to value: inout Value
    ) {
        var (atRisk, dying) = (Moments(width: width), Moments(width: width))
        for index in rows.indices {
            let observation = rows[index].observation
            // Who comes after this one has left before the day.
            if observation.exit < day { break }
            if observation.riskStart < day { atRisk.add(rows[index].covariates, weight: weights[index]) }
        }
        for index in deaths {
            dying.add(rows[index].covariates, weight: weights[index])
            value.logLikelihood += logs[index]
            for column in 0..<width { value.score[column] += rows[index].covariates[column] }
        }
        for number in deaths.indices {
            let share = ties == .efron ? Double(number) / Double(deaths.count) : 0
            let rest = atRisk.less(share, of: dying)
            value.logLikelihood -= logarithm(rest.weight)
            let means = rest.first.map { $0 / rest.weight }
            for row in 0..<width {
                value.score[row] -= means[row]
                for column in 0..<width {
                    let square = rest.second[row][column] / rest.weight
                    value.information[row][column] += square - means[row] * means[column]
                }
            }
        }
    }
}

/// Sums of weights, of weighted covariates and of their products.
private struct Moments {
    var weight = 0.0
    var first: [Double]
    var second: [[Double]]

    init(width: Int) {
        first = Array(repeating: 0, count: width)
        second = Array(repeating: first, count: width)
    }

    mutating func add(_ covariates: [Double], weight: Double) {
        self.weight += weight
        for row in covariates.indices {
            first[row] += weight * covariates[row]
            for column in covariates.indices { second[row][column] += weight * covariates[row] * covariates[column] }
        }
    }

    func less(_ share: Double, of part: Moments) -> Moments {
        if share == 0 { return self }
        var rest = self
        rest.weight -= share * part.weight
        for row in first.indices {
            rest.first[row] -= share * part.first[row]
            for column in first.indices { rest.second[row][column] -= share * part.second[row][column] }
        }
        return rest
    }
}
