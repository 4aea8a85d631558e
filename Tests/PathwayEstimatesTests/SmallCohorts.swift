import PathwayEstimates

/// Cohorts small enough to be worked by hand, and those at the edge of what can be said.
enum SmallCohorts {
    /// Six patients, three in each arm; an asterisk is a censoring:
    ///
    ///     new:  3   6*  9
    ///     old:  1   3   4*
    static func six() throws -> [Observation] {
        [
            try Observation(exit: 3, event: true, group: "new"), try Observation(exit: 6, event: false, group: "new"),
            try Observation(exit: 9, event: true, group: "new"), try Observation(exit: 1, event: true, group: "old"),
            try Observation(exit: 3, event: true, group: "old"), try Observation(exit: 4, event: false, group: "old"),
        ]
    }

    /// Four patients, of whom two are seen late only.
    static func late() throws -> [Observation] {
        [
            try Observation(entry: 0, exit: 2, event: true, group: "a"),
            try Observation(entry: 0, exit: 5, event: true, group: "b"),
            try Observation(entry: 2, exit: 5, event: false, group: "a"),
            try Observation(entry: 4, exit: 7, event: true, group: "b"),
        ]
    }

    static func all() throws -> [String: Cohort] {
        let rows: [String: [Observation]] = [
            "six": try six(),
            "late-four": try late(),
            "all-censored": try [2, 2, 5].map { try Observation(exit: $0, event: false) },
            "one-event": [try Observation(exit: 4, event: true)],
            "one-censored": [try Observation(exit: 4, event: false)],
            "all-on-one-day": try [true, true, false, true].map { try Observation(exit: 7, event: $0) },
            "day-zero": try [(0, true), (0, false), (3, true), (5, true)].map {
                try Observation(exit: $0.0, event: $0.1)
            },
            // Half survive from day 2 to day 6, and then fewer: the median is the middle of that while.
            "flat-half": try [(2, true), (2, true), (6, true), (8, false)].map {
                try Observation(exit: $0.0, event: $0.1)
            },
        ]
        return rows.mapValues { observations in
            Cohort(observations: observations, measures: observations.indices.map { Double(3 * $0 % 7) })
        }
    }
}
