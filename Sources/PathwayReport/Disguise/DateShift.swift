public import PathwayCore

/// Moves a patient's dates together to a place that says nothing of where they were.
///
/// A patient's enrolment can have been on any day from the opening of the trial on that leaves room before the cut for what is known of the
/// patient: whoever knows opening and cut can count so much from study days alone. One of these days is drawn, each as likely as the other and
/// whatever the true one is. So moved dates tell nothing more than study days do; a shift that was bounded, or that kept weekdays, would.
public struct DateShift: Sendable {
    /// The secret that the place is drawn from.
    public let key: ShiftKey
    /// The first day on which the trial took patients.
    public let opening: Day
    /// The clinical cut.
    public let through: Day

    /// Makes a shift for a cut.
    /// - Parameter versions: the versions of the protocol at the cut; the trial opened when the first of them took effect, or its first arm opened.
    /// - Precondition: at least one version.
    public init(_ key: ShiftKey, of cut: Cut, under versions: [TreatmentProtocol]) {
        precondition(!versions.isEmpty, "a cut has a protocol")
        self.key = key
        opening = versions.flatMap { [$0.effective] + $0.arms.compactMap(\.opens) }.min() ?? cut.through
        through = cut.through
    }

    /// By how many days the dates of a subject are moved; it can be 0.
    ///
    /// The same key moves a subject by the same days in every export of a cut. At another cut the days to draw from can be others; then the place
    /// changes no more often than it must for all of them to stay equally likely.
    public func days(for subject: Subject) -> Int {
        let place = DateShift.place(key.number(for: subject.id), of: places(for: subject))
        return opening.adding(days: place).days(since: subject.enrolledOn)
    }

    /// On how many days the subject can have been enrolled, for all that study days tell; the one, if there is no other.
    func places(for subject: Subject) -> Int {
        let last = max(subject.lastRecord, subject.record.map(\.milestone.on.earliest).max() ?? subject.lastRecord)
        return max(1, through.days(since: opening) - subject.days(to: last) + 1)
    }

    /// One of so many places, from 0: jump consistent hashing (Lamping and Veach, "A Fast, Minimal Memory, Consistent Hash Algorithm", 2014).
    private static func place(_ number: UInt64, of count: Int) -> Int {
        var state = number
        var (place, next) = (0, 0)
        while next < count {
            place = next
            state = state &* 2_862_933_555_777_941_757 &+ 1
            next = ((place + 1) << 31) / (Int(state >> 33) + 1)
        }
        return place
    }
}
