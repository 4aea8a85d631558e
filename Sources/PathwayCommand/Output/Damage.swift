internal import PathwayLog

/// The records that a command had to leave out: each is named on standard error, and the command ends with 65.
struct Damage {
    private var count = 0

    mutating func say(_ record: DamagedRecord) {
        count += 1
        Terminal.say("error: patient \(record.patient) is left out: \(record.words)")
    }

    func finish() throws {
        guard count > 0 else { return }
        Terminal.say("hint: \"pathway audit verify\" names what has changed")
        throw Failure.silent(.badInput)
    }
}
