import PathwayProof
import Testing

/// Whatever was damaged on its way, the second implementation refuses, and says why.
@Suite struct SecondVerifierRefusalTests {
    @Test func `a chain that was touched is refused at the line`() throws {
        let log = try ChainedLog(count: 4)
        let lines = log.lines
        let cases: [(String, String)] = [
            (lines[1...].joined(), "line 1 breaks the chain"),
            (lines[0] + lines[2] + lines[3], "line 2 breaks the chain"),
            (lines[0] + lines[2] + lines[1] + lines[3], "line 2 breaks the chain"),
            (lines[0] + lines[0], "line 2 breaks the chain"),
            (lines[0] + lines[1].replacing("cGF0a", with: "cGF0b"), "line 2 breaks the chain"),
            (
                lines[0] + lines[1] + lines[2].replacing(#"digest": ""#, with: #"digest": "0"#),
                "the digest in line 3 is not 64 hexadecimal digits"
            ),
            (lines[0].uppercased(), "line 1 is not record, digest"),
            (lines[0].replacing(#""record": "c"#, with: #""record": "*"#), "the record in line 1 is not base64"),
            (lines[0].replacing("}", with: #", "digest": ""}"#), "line 1 is not record, digest"),
            (lines[0] + "\n" + lines[1], "line 2 is not JSON"),
            (lines[0] + lines[1].dropLast(5), "line 2 is not JSON"),
            ("", "line 1 is not JSON"),
        ]
        try SecondVerifier.with { verifier in
            for (text, reason) in cases {
                try verifier.write(text, to: "chain.ndjson")
                try verifier.refuses(["chain", "chain.ndjson"], reason)
            }
        }
    }

    @Test func `damaged proofs and checkpoints of inclusion are refused`() throws {
        let log = try ChainedLog(count: 13)
        let key = log.signer.verifier
        let checkpoint = try log.checkpoint(13)
        let proof = log.log.inclusion(6, 13)
        let json = proof.json(leaf: log.heads[6])
        func path(_ path: [Digest]) -> String {
            InclusionProof(number: 6, size: 13, path: path).json(leaf: log.heads[6])
        }
        let flipped = try proof.path.flipping(bit: 77, of: 2)
        let forged = try Checkpoint(origin: ChainedLog.name, size: 13, root: log.log.root(12))
        let stranger = try forged.signed(by: [NoteSigner(name: ChainedLog.name)]).description
        let bent = try forged.signed(by: [log.signer]).description
        let small = try log.checkpoint(12)
        let elsewhere = try Checkpoint(origin: "other.example", size: 13, root: log.log.root(13))
            .signed(by: [log.signer]).description
        let cases: [(String, String, String)] = [
            (checkpoint, path(flipped), "the proof leads to another root"),
            (checkpoint, path(proof.path.reversed()), "the proof leads to another root"),
            (checkpoint, path(proof.path.dropLast()), "the proof has too few hashes"),
            (checkpoint, path(proof.path + proof.path.suffix(1)), "the proof has too many hashes"),
            (checkpoint, path([]), "the proof has too few hashes"),
            (checkpoint, proof.json(leaf: log.heads[5]), "the proof leads to another root"),
            (checkpoint, json.replacing(#""index": 6"#, with: #""index": 7"#), "the proof leads to another root"),
            (
                checkpoint, json.replacing(#""index": 6"#, with: #""index": 13"#),
                "a log of 13 entries has no entry 14"
            ),
            (
                checkpoint, json.replacing(#""index": 6"#, with: #""index": -1"#),
                "a log of 13 entries has no entry 0"
            ),
            (
                checkpoint, json.replacing(#""index": 6"#, with: #""index": true"#),
                "the proof is not index, size, leaf, path"
            ),
            (
                checkpoint, json.replacing(#""index": 6"#, with: #""index": 6.0"#),
                "the proof is not index, size, leaf, path"
            ),
            (
                checkpoint, json.replacing(#""size": 13"#, with: #""size": 12"#),
                "the proof is for 12 entries, and the checkpoint has 13"
            ),
            (checkpoint, json.replacing("=\"", with: "\""), "a hash of the path is not base64"),
            (checkpoint, "[" + json + "]", "the proof is not index, size, leaf, path"),
            (checkpoint, json + json, "the proof is not JSON"),
            (small, json, "the proof is for 13 entries, and the checkpoint has 12"),
            (bent, json, "the proof leads to another root"),
            (stranger, json, "checkpoint is not signed by \(ChainedLog.name)"),
            (elsewhere, json, "checkpoint is a checkpoint of the log other.example"),
            (checkpoint.replacing("\n13\n", with: "\n12\n"), json, "the signature is not of this text by this key"),
            (checkpoint.replacing("\n13\n", with: "\n13\r\n"), json, "checkpoint holds a control character"),
            (checkpoint.replacing("\n\n", with: "\n"), json, "checkpoint is not a signed note"),
            (checkpoint.replacing("—", with: "-"), json, "checkpoint has a line that is no signature"),
            (String(checkpoint.dropLast()), json, "checkpoint is not a signed note"),
        ]
        try SecondVerifier.with { verifier in
            for (checkpoint, proof, reason) in cases {
                try verifier.write(checkpoint, to: "checkpoint")
                try verifier.write(proof, to: "proof.json")
                try verifier.refuses(SecondVerifier.inclusion(key), reason)
            }
        }
    }

    @Test func `damaged proofs and checkpoints of growth are refused`() throws {
        let log = try ChainedLog(count: 13)
        let (old, new) = (try log.checkpoint(6), try log.checkpoint(13))
        let proof = log.log.consistency(6, 13)
        func path(_ path: [Digest]) -> String { ConsistencyProof(old: 6, new: 13, path: path).json }
        var leaves = log.log.leaves
        leaves[2] = [UInt8](repeating: 0, count: 32)
        let forged = SmallLog(leaves: leaves)
        let rewritten = try Checkpoint(origin: ChainedLog.name, size: 13, root: forged.root(13))
            .signed(by: [log.signer]).description
        let cases: [(String, String, String, String)] = [
            (old, new, path(try proof.path.flipping(bit: 0, of: 0)), "the proof leads to another older root"),
            (
                old, new, path(try proof.path.flipping(bit: 255, of: proof.path.count - 1)),
                "the proof leads to another newer root"
            ),
            (old, new, path(proof.path.dropLast()), "the proof has too many or too few hashes"),
            (old, new, path(proof.path + proof.path.prefix(1)), "the proof has too many or too few hashes"),
            (old, new, path([]), "the proof has too few hashes"),
            (new, old, proof.json, "the proof is from 6 to 13 entries, not from 13 to 6"),
            (old, old, proof.json, "the proof is from 6 to 13 entries, not from 6 to 6"),
            (new, old, ConsistencyProof(old: 13, new: 6, path: proof.path).json, "the log has become smaller"),
            (old, rewritten, proof.json, "the proof leads to another newer root"),
            (old, rewritten, forged.consistency(6, 13).json, "the proof leads to another older root"),
            (new, rewritten, forged.consistency(13, 13).json, "the proof leads to another newer root"),
            (old, new.replacing("\n13\n", with: "\n14\n"), proof.json, "the signature is not of this text by this key"),
        ]
        try SecondVerifier.with { verifier in
            for (old, new, proof, reason) in cases {
                try verifier.write(old, to: "old")
                try verifier.write(new, to: "new")
                try verifier.write(proof, to: "proof.json")
                try verifier.refuses(SecondVerifier.consistency(log.signer.verifier), reason)
            }
        }
    }

    @Test func `a signature with a bit turned over is refused by both`() throws {
        let log = try ChainedLog(count: 1)
        let key = log.signer.verifier
        let note = try Checkpoint(origin: ChainedLog.name, size: 1, root: log.log.root(1)).signed(by: [log.signer])
        let signature = note.signatures[0].bytes
        try SecondVerifier.with { verifier in
            try verifier.write(log.log.inclusion(0, 1).json(leaf: log.heads[0]), to: "proof.json")
            for bit in stride(from: 0, to: 512, by: 101) + [255, 256, 511] {
                var bytes = signature
                bytes[bit / 8] ^= 1 << (bit % 8)
                let keyID = (0..<4).map { UInt8(truncatingIfNeeded: key.keyID >> (24 - 8 * $0)) }
                let text = "\(note.text)\n— \(key.name) \(foundationBase64(keyID + bytes))\n"
                try verifier.write(text, to: "checkpoint")
                #expect(try verifier.run(SecondVerifier.inclusion(key)).code == 1)
                let error = #expect(throws: ProofError.self) {
                    try SignedNote(opening: [UInt8](text.utf8), verifiers: [key])
                }
                #expect(error?.code == .badSignature)
            }
        }
    }

    @Test func `a wrong key, a missing file and a wrong command line are told apart`() throws {
        let log = try ChainedLog(count: 1)
        let key = log.signer.verifier
        try SecondVerifier.with { verifier in
            try verifier.write(try log.checkpoint(1), to: "checkpoint")
            try verifier.refuses(SecondVerifier.inclusion(key), "proof.json cannot be read: No such file or directory")
            try verifier.refuses(
                ["inclusion", "--vkey", key.text + "A", "--checkpoint", "checkpoint", "--proof", "proof.json"],
                "the key is not base64")
            let other = key.text.replacing("log.", with: "lag.")
            try verifier.refuses(
                ["inclusion", "--vkey", other, "--checkpoint", "checkpoint", "--proof", "proof.json"],
                "the key's ID is not that of the key")
            #expect(try verifier.run(["inclusion"]).code == 64)
            #expect(try verifier.run([]).code == 64)
        }
    }
}
