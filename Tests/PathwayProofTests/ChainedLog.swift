import PathwayProof

/// A log of chain digests: each leaf is one record's.
struct ChainedLog {
    static let name = "log.example/pathway"

    let records: [[UInt8]]
    let heads: [Digest]
    let log: SmallLog
    let signer: NoteSigner

    init(count: Int) throws {
        var heads: [Digest] = []
        var records: [[UInt8]] = []
        var encoder = CanonicalEncoder(domain: "pathway entry 1")
        for number in 0..<count {
            encoder.startAgain()
            encoder.append(text: "P-\(number)")
            encoder.append(integer: Int64(number))
            records.append(encoder.bytes)
            heads.append(Chain.next(after: heads.last, record: encoder.bytes))
        }
        (self.records, self.heads) = (records, heads)
        log = SmallLog(leaves: heads.map(\.bytes))
        signer = try NoteSigner(name: ChainedLog.name)
    }

    func checkpoint(_ size: Int) throws -> String {
        try Checkpoint(origin: ChainedLog.name, size: size, root: log.root(size))
            .signed(by: [signer]).description
    }

    var lines: [String] {
        zip(records, heads).map {
            #"{"record": "\#(foundationBase64($0))", "digest": "\#($1.hexadecimal)"}"# + "\n"
        }
    }
}
