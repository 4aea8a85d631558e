import PathwayProof
import Testing

/// What this module signs and proves, a program believes that shares no line with it.
@Suite struct SecondVerifierTests {
    @Test func `inclusion is believed by both`() throws {
        let log = try ChainedLog(count: 13)
        try SecondVerifier.with { verifier in
            for size in [1, 2, 7, 8, 13] {
                try verifier.write(try log.checkpoint(size), to: "checkpoint")
                for number in Set([0, size / 2, size - 1]) {
                    let proof = log.log.inclusion(number, size)
                    try proof.verify(leafHash: MerkleTree.leafHash(of: log.heads[number]), root: log.log.root(size))
                    try verifier.write(proof.json(leaf: log.heads[number]), to: "proof.json")
                    try verifier.believes(SecondVerifier.inclusion(log.signer.verifier))
                }
            }
        }
    }

    @Test func `growth is believed by both`() throws {
        let log = try ChainedLog(count: 13)
        try SecondVerifier.with { verifier in
            for (old, new) in [(0, 0), (0, 5), (1, 2), (3, 7), (4, 7), (6, 8), (8, 13), (12, 13), (13, 13)] {
                try verifier.write(try log.checkpoint(old), to: "old")
                try verifier.write(try log.checkpoint(new), to: "new")
                let proof = log.log.consistency(old, new)
                try proof.verify(oldRoot: log.log.root(old), newRoot: log.log.root(new))
                try verifier.write(proof.json, to: "proof.json")
                try verifier.believes(SecondVerifier.consistency(log.signer.verifier))
            }
        }
    }

    @Test func `growth is believed across a change of the key, by both keys and not by one`() throws {
        let (log, successor) = (try ChainedLog(count: 7), try NoteSigner(name: ChainedLog.name))
        try SecondVerifier.with { verifier in
            try verifier.write(try log.checkpoint(3), to: "old")
            let new = try Checkpoint(origin: ChainedLog.name, size: 7, root: log.log.root(7))
            try verifier.write(new.signed(by: [successor]).description, to: "new")
            try verifier.write(log.log.consistency(3, 7).json, to: "proof.json")
            let alone = SecondVerifier.consistency(log.signer.verifier)
            try verifier.believes(alone + ["--vkey", successor.verifier.text])
            try verifier.refuses(alone, "new is not signed by \(ChainedLog.name)")
            let stranger = try NoteSigner(name: ChainedLog.name)
            try verifier.refuses(
                alone + ["--vkey", stranger.verifier.text], "new is not signed by \(ChainedLog.name)")
        }
    }

    @Test func `a chain is believed by both`() throws {
        let log = try ChainedLog(count: 13)
        try SecondVerifier.with { verifier in
            try verifier.write(log.lines.joined(), to: "chain.ndjson")
            try verifier.believes(["chain", "chain.ndjson"])
            try verifier.write(log.lines[0], to: "chain.ndjson")
            try verifier.believes(["chain", "chain.ndjson"])
        }
    }
}
