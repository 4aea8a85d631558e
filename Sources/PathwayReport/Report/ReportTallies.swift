internal import PathwayCore

/// How many patients stand in each phase, by status.
struct PhaseTally: Sendable {
    private(set) var counts: [String: [Status: Int]] = [:]

    mutating func add(_ subject: Subject) {
        counts[subject.path.phase.name, default: [:]][subject.path.standing.status, default: 0] += 1
    }

    /// Everybody.
    var patients: Int { counts.values.reduce(0) { $0 + $1.values.reduce(0, +) } }

    func patients(in phase: String) -> Int { counts[phase]?.values.reduce(0, +) ?? 0 }
}

/// How often each rule was left.
struct DeviationTally: Sendable {
    struct Row: Sendable {
        let rule: String
        let source: String
        var times = 0
        var patients = 0
    }

    private struct Key: Hashable {
        let rule: String
        let source: String
    }

    private var counts: [Key: (times: Int, patients: Int)] = [:]

    mutating func add(_ subject: Subject) {
        var seen: Set<Key> = []
        for deviation in subject.milestones.flatMap(\.deviations) {
            let key = Key(rule: deviation.rule, source: deviation.source)
            counts[key, default: (0, 0)].times += 1
            if seen.insert(key).inserted { counts[key, default: (0, 0)].patients += 1 }
        }
    }

    /// The rules, the most often left first.
    var rows: [Row] {
        counts.map { Row(rule: $0.key.rule, source: $0.key.source, times: $0.value.times, patients: $0.value.patients) }
            .sorted { ($1.times, $0.rule, $0.source) < ($0.times, $1.rule, $1.source) }
    }
}

/// How long after it happened each milestone was first recorded, in another log if it was imported, by site.
struct TimelinessTally: Sendable {
    struct Row: Sendable {
        let site: String
        let entries: Int
        let median: Int
        let withinWeek: Int
        let overMonth: Int
        let imported: Int
    }

    private var lags: [String: [Int: Int]] = [:]
    private var imported: [String: Int] = [:]

    mutating func add(_ subject: Subject) {
        for entry in subject.record where entry.restates == nil {
            let days = entry.recordedAt.day.days(since: entry.milestone.on.earliest)
            lags[subject.site, default: [:]][days, default: 0] += 1
            if entry.importedBy != nil { imported[subject.site, default: 0] += 1 }
        }
    }

    /// The sites by their names.
    var rows: [Row] {
        lags.sorted { $0.key < $1.key }.map { site, lags in
            let entries = lags.values.reduce(0, +)
            var (before, median) = (0, 0)
            for (days, count) in lags.sorted(by: { $0.key < $1.key }) {
                median = days
                before += count
                if before * 2 >= entries { break }
            }
            return Row(
                site: site, entries: entries, median: median,
                withinWeek: lags.filter { $0.key <= 7 }.values.reduce(0, +),
                overMonth: lags.filter { $0.key > 30 }.values.reduce(0, +), imported: imported[site] ?? 0)
        }
    }
}
