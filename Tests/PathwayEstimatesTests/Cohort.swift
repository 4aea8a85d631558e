import PathwayEstimates

/// Patients with one more number each, as the judge and this module both see them.
struct Cohort {
    var observations: [Observation]
    var measures: [Double]

    /// The cohort as the judge reads it.
    var table: String {
        zip(observations, measures).reduce("entry,exit,event,group,stratum,measure\n") { text, row in
            let (patient, measure) = row
            return text + "\(patient.entry),\(patient.exit),\(patient.event ? 1 : 0),"
                + "\(patient.group),\(patient.stratum),\(measure)\n"
        }
    }

    init(observations: [Observation], measures: [Double]) {
        (self.observations, self.measures) = (observations, measures)
    }

    /// Reads a cohort that the judge handed over.
    init(table: String) throws {
        (observations, measures) = ([], [])
        for line in table.split(separator: "\n").dropFirst() {
            let cells = line.split(separator: ",")
            guard
                cells.count == 6, let entry = Int(cells[0]), let exit = Int(cells[1]), let event = Int(cells[2]),
                let measure = Double(cells[5])
            else { throw UnreadableLine(line: String(line)) }
            observations.append(
                try Observation(
                    entry: entry, exit: exit, event: event == 1, group: Group(String(cells[3])),
                    stratum: Stratum(String(cells[4]))))
            measures.append(measure)
        }
    }

    /// Makes a cohort with as many ties as the days are few.
    static func random(
        _ seed: UInt64, patients: Int, days: Int, groups: Int, truncated: Bool
    ) throws -> Cohort {
        var dice = SplitMix64(seed)
        var cohort = Cohort(observations: [], measures: [])
        for _ in 0..<patients {
            let isLate = truncated && Int.random(in: 0..<3, using: &dice) > 0
            let entry = isLate ? Int.random(in: 0...days / 3, using: &dice) : 0
            // From day 1: R knows no follow-up from day 0 to day 0 where others enter late.
            let exit = Int.random(in: max(entry + 1, truncated ? 1 : 0)...days, using: &dice)
            cohort.observations.append(
                try Observation(
                    entry: entry, exit: exit, event: Int.random(in: 0..<5, using: &dice) < 3,
                    group: Group("arm\(Int.random(in: 0..<groups, using: &dice))"),
                    stratum: Stratum("stratum\(Int.random(in: 0..<3, using: &dice))")))
            cohort.measures.append(Double(Int.random(in: 10...900, using: &dice)) / 10)
        }
        return cohort
    }
}

/// A line of the judge that this test does not understand.
struct UnreadableLine: Error { let line: String }

/// Walks through states, as the judge reads them and as this module takes them.
struct Walks {
    var intervals: [StateInterval]

    var table: String {
        intervals.reduce("subject,start,stop,from,to\n") { text, interval in
            text + "\(interval.subject),\(interval.start),\(interval.stop),\(interval.from),"
                + "\(interval.to?.name ?? "")\n"
        }
    }

    init(intervals: [StateInterval]) { self.intervals = intervals }

    /// Reads walks that the judge handed over.
    init(table: String) throws {
        intervals = try table.split(separator: "\n").dropFirst().map { line in
            let cells = line.split(separator: ",", omittingEmptySubsequences: false)
            guard cells.count == 5, let start = Int(cells[1]), let stop = Int(cells[2]) else {
                throw UnreadableLine(line: String(line))
            }
            return try StateInterval(
                subject: String(cells[0]), start: start, stop: stop, from: State(String(cells[3])),
                to: cells[4].isEmpty ? nil : State(String(cells[4])))
        }
    }

    /// Makes walks between three states that end in a fourth, with intervals that only go on in between.
    static func random(_ seed: UInt64, patients: Int, truncated: Bool, mixedStart: Bool) throws -> Walks {
        var dice = SplitMix64(seed)
        var walks = Walks(intervals: [])
        let living: [State] = ["remission", "relapsed", "transplanted"]
        for patient in 0..<patients {
            var day = truncated ? Int.random(in: 0...6, using: &dice) : 0
            var state = mixedStart ? living[Int.random(in: 0..<3, using: &dice)] : "remission"
            while true {
                let stop = day + Int.random(in: 1...9, using: &dice)
                let fate = Int.random(in: 0..<10, using: &dice)
                let others = living.filter { $0 != state } + ["dead"]
                let next: State? = fate < 6 ? others[Int.random(in: 0..<3, using: &dice)] : nil
                walks.intervals.append(
                    try StateInterval(subject: "P\(patient)", start: day, stop: stop, from: state, to: next))
                if next == "dead" || fate == 9 || stop > 30 { break }
                (day, state) = (stop, next ?? state)
            }
        }
        return walks
    }
}
