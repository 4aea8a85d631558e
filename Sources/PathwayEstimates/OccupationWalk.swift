/// The product integral of Aalen and Johansen, day by day, with the influence of each patient carried along.
struct OccupationWalk {
    /// An interval in half days: what was entered on a day is left on the same day at the half at the earliest, after all else of that day.
    private struct Stay {
        let start: Int
        let stop: Int
        let from: State
        let to: State?

        var riskStart: Int { start == 0 ? -1 : start }
    }

    private let states: [State]
    private let number: [State: Int]
    private let paths: [[Stay]]
    /// The half days on which something ends.
    private let moments: [Int]
    private(set) var probability: [Double]
    /// By patient and state: how the probability answers to a little more weight on the patient.
    private var influence: [[Double]]

    init(paths: [[StateInterval]], states: [State]) {
        self.states = states
        self.paths = paths.map { path in
            var stays: [Stay] = []
            for interval in path {
                stays.append(
                    Stay(
                        start: stays.last?.stop ?? 2 * interval.start,
                        stop: 2 * interval.stop + (interval.start == interval.stop ? 1 : 0), from: interval.from,
                        to: interval.to))
            }
            return stays
        }
        number = Dictionary(uniqueKeysWithValues: zip(states, 0...))
        // An interval that goes on in the next in the same state ends nothing.
        moments = Set(
            self.paths.flatMap { path in
                path.indices.filter { path[$0].to != nil || $0 == path.count - 1 }.map { path[$0].stop }
            }
        ).sorted()
        probability = states.map { _ in 0 }
        influence = paths.map { _ in states.map { _ in 0 } }
        begin()
    }

    /// Sets the initial distribution: that of the patients at risk at the first change.
    private mutating func begin() {
        let intervals = paths.joined()
        let first = intervals.lazy.filter { $0.to != nil }.map(\.stop).min() ?? intervals.lazy.map(\.stop).max() ?? 0
        let present = paths.map { path in Self.stay(of: path, at: first).flatMap { number[$0.from] } }
        let total = Double(present.count { $0 != nil })
        probability = states.indices.map { state in Double(present.count { $0 == state }) / total }
        for (patient, state) in present.enumerated() where state != nil {
            for index in states.indices {
                influence[patient][index] = ((index == state ? 1 : 0) - probability[index]) / total
            }
        }
    }

    /// Where a patient is under observation.
    private static func stay(of path: [Stay], at moment: Int) -> Stay? {
        path.first { $0.riskStart < moment && moment <= $0.stop }
    }

    var standardError: [Double] {
        states.indices.map { state in influence.reduce(0) { $0 + $1[state] * $1[state] }.squareRoot() }
    }

    mutating func steps() -> [AalenJohansen.Step] {
        var error = standardError
        var steps: [AalenJohansen.Step] = []
        for moment in moments {
            let present = paths.map { Self.stay(of: $0, at: moment) }
            var (atRisk, entered, censored) = (counts, counts, counts)
            var moved = counts.map { _ in counts }
            for (patient, interval) in present.enumerated() {
                guard let interval, let from = number[interval.from] else { continue }
                atRisk[from] += 1
                guard interval.stop == moment else { continue }
                if let to = interval.to.flatMap({ number[$0] }) {
                    entered[to] += 1
                    moved[from][to] += 1
                } else if interval.stop == paths[patient].last?.stop {
                    censored[from] += 1
                }
            }
            if entered.contains(where: { $0 > 0 }) {
                advance(moment, present, atRisk, moved)
                error = standardError
            }
            steps.append(
                AalenJohansen.Step(
                    day: moment / 2, atRisk: atRisk, entered: entered, censored: censored, probability: probability,
                    standardError: error))
        }
        return steps
    }

    private var counts: [Int] { states.map { _ in 0 } }

    /// Multiplies by I + dA, and differentiates that product by each patient's weight.
    private mutating func advance(_ moment: Int, _ present: [Stay?], _ atRisk: [Int], _ moved: [[Int]]) {
        let rates = states.indices.map { from in
            states.indices.map { atRisk[from] == 0 ? 0 : Double(moved[from][$0]) / Double(atRisk[from]) }
        }
        for patient in paths.indices {
            var next = moveMass(influence[patient], rates)
            if let interval = present[patient], let from = number[interval.from], probability[from] > 0 {
                let goal = interval.stop == moment ? interval.to.flatMap { number[$0] } : nil
                let weight = probability[from] / Double(atRisk[from])
                for to in states.indices where to != from {
                    let excess = ((to == goal ? 1 : 0) - rates[from][to]) * weight
                    next[to] += excess
                    next[from] -= excess
                }
            }
            influence[patient] = next
        }
        probability = moveMass(probability, rates)
    }

    private func moveMass(_ mass: [Double], _ rates: [[Double]]) -> [Double] {
        var next = mass
        for from in states.indices where mass[from] != 0 {
            let leaving = rates[from].reduce(0, +)
            // All who are there leave: nothing is to remain of rounding.
            next[from] = next[from] - mass[from] + (leaving == 1 ? 0 : mass[from] * (1 - leaving))
            for to in states.indices where rates[from][to] > 0 { next[to] += mass[from] * rates[from][to] }
        }
        return next
    }
}
