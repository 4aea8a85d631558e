public import PathwayCore

/// One of the forms in which a snapshot leaves.
///
/// It is given the subjects one after the other, in the order of their study numbers, and writes as it goes: a million patients need no more memory
/// than one.
public protocol SnapshotFormat {
    /// Its one spelling on the command line and in the manifest.
    static var word: String { get }

    /// Opens the files that it needs.
    init(_ context: ExportContext, in folder: ExportFolder) throws

    /// Writes one subject.
    mutating func add(_ subject: Subject) throws

    /// Writes what stands behind the last subject.
    mutating func finish() throws
}

/// What every format knows before the first subject.
public struct ExportContext: Sendable {
    /// The cut.
    public let cut: Cut
    /// The latest version of the protocol at the cut.
    public let treatment: TreatmentProtocol
    /// How dates are shown.
    public let disguise: Disguise

    /// Makes a context.
    public init(cut: Cut, treatment: TreatmentProtocol, disguise: Disguise) {
        self.cut = cut
        self.treatment = treatment
        self.disguise = disguise
    }
}

/// A form that cannot be written as it was asked for.
public struct ExportError: Error, Sendable, Hashable {
    /// What happened to what.
    public let message: String
    /// What would work.
    public let hint: String?

    /// Makes an error.
    public init(_ message: String, hint: String? = nil) {
        self.message = message
        self.hint = hint
    }
}
