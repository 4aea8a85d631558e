/// How many are at risk, have an event and are censored, at each day that somebody leaves.
struct RiskTable: Sendable, Hashable {
    struct Row: Sendable, Hashable {
        let day: Int
        let atRisk: Int
        let events: Int
        let censored: Int
    }

    let rows: [Row]
    private let riskStarts: [Int]
    private let exits: [Int]

    init(_ observations: [Observation]) {
        riskStarts = observations.map(\.riskStart).sorted()
        let leaving = observations.sorted { $0.exit < $1.exit }
        exits = leaving.map(\.exit)
        var rows: [Row] = []
        var (entered, left) = (0, 0)
        while left < leaving.count {
            let day = leaving[left].exit
            while entered < riskStarts.count, riskStarts[entered] < day { entered += 1 }
            let ties = leaving[left...].prefix { $0.exit == day }
            let events = ties.count { $0.event }
            rows.append(Row(day: day, atRisk: entered - left, events: events, censored: ties.count - events))
            left += ties.count
        }
        self.rows = rows
    }

    /// How many are under observation just before the events of a day, which need not be in a row.
    func atRisk(on day: Int) -> Int { Self.count(below: day, in: riskStarts) - Self.count(below: day, in: exits) }

    var lastDay: Int? { exits.last }

    private static func count(below day: Int, in sorted: [Int]) -> Int {
        var (low, high) = (0, sorted.count)
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < day { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
