internal import ArgumentParser
internal import Foundation
internal import PathwayCore
internal import PathwayDocument
internal import PathwayLog
internal import PathwayProof
internal import PathwayReport
internal import Postgres
internal import PrivateServer

/// What a command could not do, with its exit code: the one place where errors become words.
struct Failure: Error {
    /// The exit codes of sysexits.h that we use, and 1 for the pathway's "no".
    enum Code: Int32 {
        case refused = 1
        case usage = 64
        case badInput = 65
        case unavailable = 69
        case ourFault = 70
        /// Others were in the way: the same may succeed later.
        case busy = 75
        /// The login has no right to it.
        case notAllowed = 77
        /// As shells say of a program that an interruption ended.
        case interrupted = 130
        /// The same after SIGTERM.
        case terminated = 143
    }

    let code: Code
    let message: String
    let hint: String?
    /// Whether the words were printed already.
    private(set) var isSilent = false

    init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    /// Ends with a code after the details were printed.
    static func silent(_ code: Code) -> Failure {
        var failure = Failure(code, "")
        failure.isSilent = true
        return failure
    }

    /// Prints what went wrong and ends the process.
    static func exit(for error: any Error, from command: any ParsableCommand.Type) -> Never {
        guard let failure = words(for: error) ?? unworded(error, command) else { command.exit(withError: error) }
        failure.say()
        Foundation.exit(failure.code.rawValue)
    }

    func say() {
        guard !isSilent else { return }
        Terminal.say("error: \(message)")
        if let hint { Terminal.say("hint: \(hint)") }
    }

    /// What nobody has words for: to the parser an unknown error, which would end with 1, the pathway's "no".
    private static func unworded(_ error: any Error, _ command: any ParsableCommand.Type) -> Failure? {
        guard command.exitCode(for: error) == .failure else { return nil }
        return Failure(.ourFault, Terminal.reason(error))
    }

    /// `nil` for the parser's own errors, which it words itself.
    static func words(for error: any Error) -> Failure? {
        switch error {
        case let failure as Failure: failure
        case let refusal as Refusal:
            Failure(.refused, "cannot record \"\(refusal.milestone)\": \(refusal.explanation)", hint: refusal.hint)
        case let fault as LineFault: Failure(.badInput, fault.message, hint: fault.hint)
        case let fault as FileFault: Failure(.badInput, "cannot read \"\(fault.path)\": \(fault.message)")
        case let error as LogError: log(error)
        case let error as ProofError: Failure(.badInput, error.message, hint: error.hint)
        case let error as ExportError: Failure(.badInput, error.message, hint: error.hint)
        case let error as PostgresError: postgres(error)
        case let error as PrivatePostgresError:
            Failure(
                .unavailable, error.message + (error.cause.map { ": \($0)" } ?? ""), hint: error.hint)
        case is CancellationError: Failure(.interrupted, "interrupted")
        default: nil
        }
    }

    private static func log(_ error: LogError) -> Failure {
        switch error.code {
        case .schemaMissing, .schemaBehind, .schemaAhead, .schemaAltered, .superuser:
            Failure(.unavailable, error.message, hint: error.hint)
        case .versionTaken, .unknownProtocol, .protocolNotNamed, .unknownPatient, .impossibleCorrection,
            .impossibleSnapshot, .impossibleAccess, .futureMoment, .unwritableText, .logChanged:
            Failure(.badInput, error.message, hint: error.hint)
        case .requestUsed: Failure(.refused, error.message, hint: error.hint)
        case .notAllowed: Failure(.notAllowed, error.message, hint: error.hint)
        case .busy: Failure(.busy, error.message, hint: error.hint)
        case .contradiction:
            Failure(.badInput, error.message, hint: error.hint ?? "\"pathway audit verify\" names what has changed")
        }
    }

    private static func postgres(_ error: PostgresError) -> Failure {
        switch error.code {
        case .connection, .timeout, .poolClosed, .commitUnknown:
            return Failure(
                .unavailable, "the database cannot be reached: \(error.message)",
                hint: error.hint ?? "is the server running, and are PGHOST, DATABASE_URL or --database right?")
        case .cancelled: return Failure(.interrupted, "interrupted")
        case .server(.diskFull):
            return Failure(
                .unavailable, "the database's disk is full; nothing was recorded",
                hint: "free some room, then repeat the command")
        case .server(.readOnlyTransaction):
            return Failure(
                .unavailable, "the database is read-only; nothing was recorded",
                hint: "is it a standby? add target_session_attrs=read-write and the primary to the connection")
        case .server(.insufficientPrivilege):
            if let missing = LogError(missingRight: error) { return log(missing) }
            return Failure(
                .notAllowed, "the database does not allow that: \(error.message)",
                hint:
                    "an administrator sees with \"pathway access list\" what your login may do, and grants what it lacks"
            )
        case .server where error.isConnectionLost || error.sql == nil, .server(.tooManyConnections),
            .server(.invalidCatalogName),
            .server(.invalidPassword), .server(.invalidAuthorization):
            return Failure(.unavailable, "the database cannot be reached: \(error.message)", hint: error.hint)
        case .server, .decoding, .misuse:
            return Failure(
                .ourFault,
                "the database refused: \(error.message)" + (error.sqlState.map { " (SQLSTATE \($0))" } ?? "")
                    + (error.constraint.map { " by constraint \($0)" } ?? ""),
                hint: error.hint)
        }
    }
}
