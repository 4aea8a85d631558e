/// A place where a patient's treatment can stand.
public struct Phase: Sendable, Hashable {
    /// Its word in the document, the database and the exports.
    public let name: String
    /// Its title for people.
    public let title: String
    /// The course that runs in it.
    public let course: String?
    /// The arm whose patients alone can be in it.
    public let arm: String?
    /// Whether it needs no way out.
    public let ends: Bool
    /// Whether it is the interruption of an infusion.
    public let isHeld: Bool
    /// Where it stands in the document.
    public let line: Int

    /// Makes a phase.
    public init(
        name: String, title: String, course: String?, arm: String?, ends: Bool, isHeld: Bool = false, line: Int
    ) {
        self.name = name
        self.title = title
        self.course = course
        self.arm = arm
        self.ends = ends
        self.isHeld = isHeld
        self.line = line
    }
}
