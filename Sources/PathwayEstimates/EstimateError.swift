/// Why a figure cannot be given.
///
/// Every function of this module that fails throws this type; none returns a number that is none.
public struct EstimateError: Error, Sendable, Hashable {
    /// The kind of failure, for a program to act on.
    public enum Code: Sendable, Hashable {
        /// There is nobody to count.
        case noObservations
        /// Somebody is followed for no time, or backwards.
        case emptyInterval
        /// A day lies before day 0.
        case negativeDay
        /// A group that was asked for has nobody in it.
        case missingGroup
        /// A comparison was asked for, and there is one group only, or another number of them than it can compare.
        case wrongNumberOfGroups
        /// Nothing has happened to anybody yet.
        case noEvents
        /// The events say nothing about what was asked: at each of them everybody at risk was alike.
        case noInformation
        /// A covariate repeats others.
        case collinear
        /// The model's equations were not solved in the steps allowed.
        case notConverged
        /// A day lies after the last one that anybody was followed to.
        case beyondFollowUp
        /// The intervals of one subject do not make a path.
        case brokenPath
        /// A number is outside the bounds of what it stands for.
        case outOfBounds
        /// The looks of a trial are not a design that can be computed.
        case badDesign
    }

    /// The kind of failure.
    public let code: Code
    /// What happened, in words without a patient's name in them.
    public let message: String
    /// What would work, if there is something to say.
    public let hint: String?

    /// Makes an error; the message names no patient.
    public init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }
}

extension EstimateError: CustomStringConvertible {
    /// The message, and the hint on a line of its own.
    public var description: String { message + (hint.map { "\nhint: \($0)" } ?? "") }
}
