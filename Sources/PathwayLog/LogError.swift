internal import PathwayCore

/// What the log could not do, apart from what the pathway refuses and what the server says.
public struct LogError: Error, Sendable, Hashable {
    /// The kind of failure.
    public enum Code: Sendable, Hashable {
        /// The database has no log yet.
        case schemaMissing
        /// The program is newer than the database.
        case schemaBehind(applied: Int, known: Int)
        /// The database is newer than the program.
        case schemaAhead(applied: Int, known: Int)
        /// A migration that was applied is not the one this program knows.
        case schemaAltered(Int)
        /// The log holds another document as this version.
        case versionTaken
        /// The log has no such protocol.
        case unknownProtocol
        /// Several protocols are in the log, and none was named.
        case protocolNotNamed
        /// The log has no such patient.
        case unknownPatient
        /// An event in the tables contradicts the protocol it was judged under.
        case contradiction
        /// The log is not what a checkpoint was signed over.
        case logChanged
        /// The login may do everything, and who may do everything leaves no proof.
        case superuser
        /// A text that cannot be read back.
        case unwritableText
        /// A request that recorded something else before.
        case requestUsed
        /// A correction that names no change, or a position that does not stand.
        case impossibleCorrection
        /// A snapshot that does not exist, or cannot be taken.
        case impossibleSnapshot
        /// Whoever is to be granted access is nobody who connects.
        case impossibleAccess
        /// The login lacks a right.
        case notAllowed
        /// Others recorded so much meanwhile that it could not be done; nothing was.
        case busy
        /// The log cannot be read as of a moment that is still to come.
        case futureMoment
    }

    /// The kind of failure.
    public let code: Code
    /// What happened, in words safe to show.
    public let message: String
    /// What would work, if there is something to say.
    public let hint: String?

    init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    static func superuser(_ login: String) -> LogError {
        LogError(
            .superuser, "the login \"\(login)\" is a superuser, and the log is never used as one",
            hint: "make a login with \"pathway database init --login NAME\" and connect as that")
    }

    static func requestUsed(_ entry: Entry) -> LogError {
        LogError(
            .requestUsed,
            "the request was used before, for \"\(entry.word)\" (event \(entry.position)), and a request is repeated as it was",
            hint: "give what is new a request of its own")
    }

    static func future(_ moment: Instant, now: Instant) -> LogError {
        LogError(
            .futureMoment, "the moment \(moment) lies in the future: it is \(now)",
            hint: "leave it out to read what is recorded by now")
    }

    static func snapshotExists(_ name: String) -> LogError {
        LogError(
            .impossibleSnapshot, "there is a snapshot \"\(name)\" already",
            hint: "a snapshot never changes: give this one another name")
    }

    static func unknownPatient(_ patient: PatientID, asOf: Instant) -> LogError {
        LogError(.unknownPatient, "there was no patient \"\(patient)\" in the log at \(asOf)")
    }

    static func unknownPatient(_ patient: PatientID) -> LogError {
        LogError(
            .unknownPatient, "there is no patient \"\(patient)\" in the log",
            hint: "\"pathway register\" enrols a patient; study numbers tell upper and lower case apart")
    }
}
