internal import ArgumentParser

/// What is done to the servers.
enum Fault: String, CaseIterable, Sendable {
    /// SIGKILL, which no process can answer.
    case kill
    /// An orderly stop that does not wait for clients, or a disorderly one.
    case restart
    /// Connections that end in the middle of what is said.
    case cut
    /// No room left on the disk.
    case full
    /// The primary dies, and its standby takes over.
    case promote
}

/// Faults as the command line names them.
struct FaultList: ExpressibleByArgument {
    let faults: [Fault]

    static let all = FaultList(faults: Fault.allCases)

    init(faults: [Fault]) { self.faults = faults }

    init?(argument: String) {
        var faults: [Fault] = []
        for word in argument.split(separator: ",", omittingEmptySubsequences: false) {
            guard let fault = Fault(rawValue: String(word)), !faults.contains(fault) else { return nil }
            faults.append(fault)
        }
        self.init(faults: faults)
    }

    var defaultValueDescription: String { faults.map(\.rawValue).joined(separator: ",") }
}

/// Something that this program needs is not here, or a server of its own did not do as it should.
struct Unable: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
