import DatabaseTesting
import Foundation
import Postgres
import Testing

/// `pathway audit …` as a process: what it prints, and what it answers to somebody who changed the log.
@Suite struct AuditTests {
    /// Signs a checkpoint over the clinic's log, lends what belongs to it, and cuts constraints away for whoever tampers.
    private func withCheckpoint(_ body: (Tool, _ administrator: String, _ key: String) async throws -> Void)
        async throws
    {
        try await withTool(Template.clinic) { tool, administrator in
            let key = try await tool.line("audit key --name centre.example/aall1331 --out signing.key")
            #expect(key.code == 0)
            let signing = tool.with(["PATHWAY_SIGNING_KEY": "\(tool.folder)/signing.key"])
            let signed = try await checkpoint("first", signing)
            #expect(
                signed.talk.hasSuffix(
                    " entries are signed in first; their leaves are in first.leaves, to be kept with it\n"))
            try await body(signing, administrator, key.output.trimmingCharacters(in: .newlines))
        }
    }

    /// Signs again and again until nothing waits: whoever writes anywhere on the server, such as another test, holds the sealer back.
    private func checkpoint(_ file: String, _ tool: Tool) async throws -> Tool.Answer {
        while true {
            let signed = try await tool.line("audit checkpoint --out \(file) --force")
            #expect(signed.code == 0)
            let report = try await tool.line("audit verify --format json").json()
            if signed.code != 0 || report["unsealed"] == .number(0) { return signed }
        }
    }

    /// What only the owner of the database can do.
    private func tamper(_ statement: String, _ conninfo: String) async throws {
        var superuser = try await Connection.open(conninfo)
        try await superuser.script("SET session_replication_role = replica; " + statement)
    }

    /// The second implementation of the proofs, which shares no code with the program.
    private func verifier(_ tool: Tool, _ words: String...) async throws -> Tool.Answer {
        let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "PathwayProofTests/verify_proof.py").path()
        return try await tool.run(["/usr/bin/env", "python3", "-B", script] + words)
    }

    @Test func `a key is made once, and only its owner reads it`() async throws {
        try await withTool { tool in
            let made = try await tool.line("audit key --name centre.example/aall1331 --out k")
            #expect(made.code == 0)
            #expect(made.output.hasPrefix("centre.example/aall1331+"))
            #expect(try tool.read("k.pub") == made.output)
            #expect(try tool.read("k").hasPrefix("PRIVATE+KEY+centre.example/aall1331+"))
            let mode = try FileManager.default.attributesOfItem(atPath: "\(tool.folder)/k")[.posixPermissions] as? Int
            #expect(mode == 0o600)
            let again = try await tool.line("audit key --name centre.example/aall1331 --out k")
            #expect(again.code == 65)
            #expect(again.talk == "error: \"k\" is there already\nhint: a key is never written over\n")
            #expect(try tool.read("k.pub") == made.output)
        }
    }

    @Test func `a log that nobody changed is sound`() async throws {
        try await withCheckpoint { tool, _, _ in
            let answer = try await tool.line("audit verify --checkpoint first")
            #expect(answer.code == 0)
            #expect(answer.output.hasSuffix("sound\n"))
            #expect(answer.output.contains("agrees with the checkpoint over "))
            let report = try await tool.line("audit verify --checkpoint first --format json").json()
            #expect(report["sound"] == .flag(true))
            #expect(report["entries"] == .number(9))
            #expect(report["unsealed"] == .number(0))
            #expect(report["findings"]?.elements == [])
        }
    }

    @Test func `a changed fact is named, and the exit code is 65`() async throws {
        try await withCheckpoint { tool, administrator, _ in
            try await tamper(
                "UPDATE pathway.event SET recorded_by = 'bert' WHERE patient = 'P-017' AND position = 4", administrator)
            let answer = try await tool.line("audit verify --checkpoint first")
            #expect(answer.code == 65)
            #expect(answer.talk == "")
            #expect(
                answer.output.hasPrefix("edited  event 4 of patient P-017: what is recorded is not what was sealed\n"))
            #expect(answer.output.hasSuffix("NOT sound: 1 finding\n"))
            let report = try await tool.line("audit verify --format json").json()
            let finding = try #require(report["findings"]?.elements.first)
            #expect(finding["kind"] == .text("edited"))
            #expect(finding["patient"] == .text("P-017"))
            #expect(finding["position"] == .number(4))
        }
    }

    @Test func `a tail that was cut with its digests is named by the leaves, and found without them`() async throws {
        try await withCheckpoint { tool, administrator, _ in
            try await tamper(
                """
                DELETE FROM pathway.event WHERE patient = 'P-017' AND position >= 8;
                DELETE FROM pathway.seal WHERE chain = 'P-017' AND position >= 8; DELETE FROM pathway.checkpoint;
                UPDATE pathway.sealing SET size = (SELECT count(*) FROM pathway.seal);
                """, administrator)
            let named = try await tool.line("audit verify --checkpoint first")
            #expect(named.code == 65)
            for position in [8, 9] {
                #expect(named.output.contains("cut  event \(position) of patient P-017: number "))
            }
            try FileManager.default.removeItem(atPath: "\(tool.folder)/first.leaves")
            let found = try await tool.line("audit verify --checkpoint first")
            #expect(found.code == 65)
            #expect(found.output.contains(", and a checkpoint was signed over "))
            // Nothing is left in the database that would contradict it; that is what a checkpoint elsewhere is for.
            #expect(try await tool.line("audit verify").code == 0)
            let consistency = try await tool.line("audit consistency first first")
            #expect(consistency.code != 0)
            #expect(consistency.talk.contains("was an old backup restored?"))
        }
    }

    @Test func `leaves that are not those of the checkpoint are refused`() async throws {
        try await withCheckpoint { tool, _, _ in
            let leaves = try tool.read("first.leaves")
            try tool.write("first.leaves", leaves.split(separator: "\n").dropLast().joined(separator: "\n") + "\n")
            let answer = try await tool.line("audit verify --checkpoint first")
            #expect(answer.code == 65)
            #expect(
                answer.talk.contains("\"first.leaves\" does not hold the leaves that the checkpoint was signed over"))
        }
    }

    @Test func `inclusion, consistency and chain are believed by a verifier that shares no code`() async throws {
        try await withCheckpoint { tool, _, key in
            let proof = try await tool.line("audit prove P-017 4 --checkpoint first")
            #expect(proof.code == 0)
            try tool.write("inclusion.json", proof.output)
            let inclusion = try await verifier(
                tool, "inclusion", "--vkey", key, "--checkpoint", "first", "--proof", "inclusion.json")
            #expect(inclusion.output == "verified\n")

            let line = try await tool.line("log P-017 seen --on 2018-03-20")
            #expect(line.code == 0, "\(line.talk)")
            _ = try await checkpoint("second", tool)
            let growth = try await tool.line("audit consistency first second")
            #expect(growth.code == 0)
            try tool.write("consistency.json", growth.output)
            let consistency = try await verifier(
                tool, "consistency", "--vkey", key, "first", "second", "--proof", "consistency.json")
            #expect(consistency.output == "verified\n")

            let chain = try await tool.line("audit chain P-017")
            #expect(chain.code == 0)
            #expect(chain.output.split(separator: "\n").count == 10)
            try tool.write("chain.ndjson", chain.output)
            #expect(try await verifier(tool, "chain", "chain.ndjson").output == "verified\n")
            try tool.write(
                "chain.ndjson", chain.output.replacing("\"record\":\"c", with: "\"record\":\"d", maxReplacements: 1))
            #expect(try await verifier(tool, "chain", "chain.ndjson").code == 1)
        }
    }

    @Test func `a proof of a log that was rewritten is not given out, and no checkpoint over it`() async throws {
        try await withCheckpoint { tool, administrator, _ in
            try await tamper(
                "UPDATE pathway.seal SET digest = sha256('x') WHERE chain = 'P-017' AND position = 6", administrator)
            let proof = try await tool.line("audit prove P-017 4 --checkpoint first")
            #expect(proof.code == 65)
            #expect(proof.output == "")
            #expect(proof.talk.contains("the proof does not lead to the root of the checkpoint: the log was changed"))
            let signed = try await tool.line("audit checkpoint --out third")
            #expect(signed.code != 0)
            #expect(signed.talk.contains("are not those of the checkpoint that was signed over them"))
            #expect(!tool.exists("third"))
            #expect(try await tool.line("audit chain P-999").code == 65)
            #expect(try await tool.line("audit prove P-017 99").code != 0)
        }
    }
}
