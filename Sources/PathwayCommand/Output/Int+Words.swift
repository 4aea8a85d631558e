extension [Int] {
    /// Positions in a record: `event 12`, `events 13, 15`.
    var asEvents: String { (count == 1 ? "event " : "events ") + map(String.init).joined(separator: ", ") }
}

extension Int {
    /// So many of something: `1 patient`, `661 patients`; the plural where it is not made with an s.
    func of(_ one: String, _ many: String? = nil) -> String { "\(self) " + (self == 1 ? one : many ?? one + "s") }
}
