/// Whether groups differ in when their events come: the log-rank test.
///
/// At each day with events the observed events of a group are set against those expected if the groups were alike, with
/// the variance of the hypergeometric distribution. In the stratified test this is done within each stratum and summed.
/// Source: Mantel, Cancer Chemotherapy Reports 50:163, 1966; Peto and Peto, Journal of the Royal Statistical Society A
/// 135:185, 1972. The same as `survdiff` of R's `survival`, and goes on to left truncation, which that refuses.
public struct LogRank: Sendable, Hashable {
    /// What was observed in a group, and what was to be expected of it.
    public struct Tally: Sendable, Hashable {
        /// The group.
        public let group: Group
        /// How many patients it has: its denominator.
        public let patients: Int
        /// How many events it had.
        public let observed: Int
        /// How many events it would have had if all groups were alike.
        public let expected: Double
    }

    /// The arm that the others are compared with.
    public let reference: Group
    /// The groups, the reference first and then by name.
    public let tallies: [Tally]
    /// The strata within which they were compared; `nil` if the test is not stratified.
    public let strata: [Stratum]?
    /// The statistic.
    public let chiSquare: Double
    /// One less than the groups of which events were to be expected.
    public let degreesOfFreedom: Int
    private let covariance: [[Double]]

    /// The probability of a chi-square at least this large if the groups were alike: two-sided.
    public var pValue: Double { ChiSquareDistribution.upperTail(chiSquare, degreesOfFreedom: degreesOfFreedom) }
    /// How many patients are compared.
    public var observations: Int { tallies.reduce(0) { $0 + $1.patients } }
    /// The variance of observed less expected events of the compared group, in a test of two.
    public var variance: Double { covariance[0][0] }

    /// Compares the groups of these patients.
    ///
    /// Throws ``EstimateError`` with ``EstimateError/Code/missingGroup`` if nobody is in the reference group,
    /// ``EstimateError/Code/wrongNumberOfGroups`` if nobody is in another, ``EstimateError/Code/noEvents``, and
    /// ``EstimateError/Code/noInformation`` if no event came while two groups were under observation together.
    /// - Parameters:
    ///   - observations: the patients; their groups are compared.
    ///   - reference: the arm that the others are compared with.
    ///   - stratified: whether to compare within strata.
    public init(
        _ observations: [Observation], reference: Group, stratified: Bool = false
    ) throws(EstimateError) {
        let groups = try Self.groups(of: observations, reference: reference)
        guard observations.contains(where: \.event) else {
            throw EstimateError(
                .noEvents, "cannot compare \(groups.count) groups: none of \(observations.count) patients had an event")
        }
        let within = stratified ? Dictionary(grouping: observations, by: \.stratum) : [.whole: observations]
        var sums = LogRankSums(groups: groups)
        for (_, members) in within.sorted(by: { $0.key < $1.key }) { sums.add(members) }
        self.reference = reference
        strata = stratified ? within.keys.sorted() : nil
        tallies = groups.enumerated().map { number, group in
            Tally(
                group: group, patients: observations.count { $0.group == group }, observed: sums.observed[number],
                expected: sums.expected[number])
        }
        // A group that nothing was expected of has left before the first event, and takes no part.
        let present = groups.indices.filter { sums.expected[$0] > 0 }.dropFirst()
        covariance = present.map { row in present.map { sums.covariance[row][$0] } }
        guard !present.isEmpty, let factor = try? Cholesky(covariance) else {
            throw EstimateError(
                .noInformation, "cannot compare \(groups.count) groups: no event came while they were at risk together")
        }
        let excess = present.map { Double(sums.observed[$0]) - sums.expected[$0] }
        chiSquare = max(0, dot(excess, factor.solve(excess)))
        degreesOfFreedom = present.count
    }

    static func groups(of observations: [Observation], reference: Group) throws(EstimateError) -> [Group] {
        guard !observations.isEmpty else {
            throw EstimateError(.noObservations, "cannot compare groups: the analysis set has no patients")
        }
        let groups = Set(observations.map(\.group))
        guard groups.contains(reference) else {
            throw EstimateError(
                .missingGroup, "cannot compare with \"\(reference)\": the analysis set has nobody in it",
                hint: "groups with patients: \(groups.sorted().map(\.name).joined(separator: ", "))")
        }
        guard groups.count > 1 else {
            throw EstimateError(.wrongNumberOfGroups, "cannot compare \"\(reference)\" with nobody")
        }
        return [reference] + groups.subtracting([reference]).sorted()
    }
}

extension LogRank {
    /// The signed statistic for one group having fewer events than expected: above 0 if it has, for a test of two groups.
    ///
    /// Its square is the chi-square. Throws ``EstimateError`` with ``EstimateError/Code/missingGroup`` or
    /// ``EstimateError/Code/wrongNumberOfGroups``.
    public func z(forFewerEventsIn group: Group) throws(EstimateError) -> Double {
        guard tallies.count == 2 else {
            throw EstimateError(
                .wrongNumberOfGroups, "cannot give a direction to a comparison of \(tallies.count) groups",
                hint: "compare two groups for a one-sided test")
        }
        guard let tally = tallies.first(where: { $0.group == group }) else {
            throw EstimateError(.missingGroup, "cannot compare \"\(group)\": the analysis set has nobody in it")
        }
        return (tally.expected - Double(tally.observed)) / variance.squareRoot()
    }

    /// The one-sided p-value: the probability of so large a z if the groups were alike.
    ///
    /// Throws like ``z(forFewerEventsIn:)``.
    public func oneSidedPValue(forFewerEventsIn group: Group) throws(EstimateError) -> Double {
        NormalDistribution.upperTail(try z(forFewerEventsIn: group))
    }
}

/// What the strata add up to.
private struct LogRankSums {
    let groups: [Group]
    var observed: [Int]
    var expected: [Double]
    var covariance: [[Double]]

    init(groups: [Group]) {
        self.groups = groups
        observed = groups.map { _ in 0 }
        expected = groups.map { _ in 0 }
        covariance = groups.map { _ in groups.map { _ in 0 } }
    }

    mutating func add(_ members: [Observation]) {
        let tables = groups.map { group in RiskTable(members.filter { $0.group == group }) }
        for (number, table) in tables.enumerated() { observed[number] += table.rows.reduce(0) { $0 + $1.events } }
        for row in RiskTable(members).rows where row.events > 0 {
            let (events, all) = (Double(row.events), Double(row.atRisk))
            let shares = tables.map { Double($0.atRisk(on: row.day)) / all }
            let spread = row.atRisk == 1 ? 0 : events * (all - events) / (all - 1)
            for first in groups.indices {
                expected[first] += events * shares[first]
                for second in groups.indices {
                    covariance[first][second] += spread * shares[first] * ((first == second ? 1 : 0) - shares[second])
                }
            }
        }
    }
}
