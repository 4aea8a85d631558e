internal import ArgumentParser
internal import Foundation
internal import PathwayCore
internal import PathwayDocument

/// What a command could not do, with its exit code: the one place where errors become words.
struct Failure: Error {
    /// The exit codes of sysexits.h that we use, and 1 for the pathway's "no".
    enum Code: Int32 {
        case refused = 1
        case usage = 64
        case badInput = 65
        case unavailable = 69
        case ourFault = 70
    }

    let code: Code
    let message: String
    let hint: String?
    /// Whether the words were printed already.
    var isSilent = false

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
        guard let failure = words(for: error) else { command.exit(withError: error) }
        if !failure.isSilent {
            Terminal.say("error: \(failure.message)")
            if let hint = failure.hint { Terminal.say("hint: \(hint)") }
        }
        Foundation.exit(failure.code.rawValue)
    }

    /// `nil` for the parser's own errors, which it words itself.
    static func words(for error: any Error) -> Failure? {
        switch error {
        case let failure as Failure: failure
        case let refusal as Refusal:
            Failure(.refused, "cannot record \"\(refusal.milestone)\": \(refusal.explanation)", hint: refusal.hint)
        case let fault as LineFault: Failure(.badInput, fault.message, hint: fault.hint)
        default: nil
        }
    }
}
