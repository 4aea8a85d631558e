import PathwayProof
import Testing

/// The expected digests are from the command line:
/// `(printf 'pathway chain 1\n'; head -c 32 /dev/zero; printf 'first record') | sha256sum` and its like.
@Suite struct ChainTests {
    @Test func `the first record is hashed behind 32 zero bytes and the next behind the first`() throws {
        let first = Chain.next(after: nil, record: [UInt8]("first record".utf8))
        #expect(first == (try .hex("393b9a49ecf0b44458a7d611b92dacfbdbc18097479cc8fbc8224f6683cbcf27")))
        let second = Chain.next(after: first, record: [UInt8]("second record".utf8))
        #expect(second == (try .hex("a18a061969f28cb4f24eec91c86468b74c451de84cfa7d15b584dbc37870ad9d")))
    }

    @Test func `an empty record has its digest`() throws {
        let empty = try Digest.hex("c2536a578007d3f65177d5a3920debeab41b10d65ce7e85c12689d3ecf678a2b")
        #expect(Chain.next(after: nil, record: []) == empty)
        #expect(Chain.next(after: nil, record: [UInt8]().span.bytes) == empty)
    }

    @Test func `a digest of the chain is hashed as a leaf by its bytes`() throws {
        let head = try Digest.hex("393b9a49ecf0b44458a7d611b92dacfbdbc18097479cc8fbc8224f6683cbcf27")
        let leaf = try Digest.hex("5bb421e6b09b78bae1a62e4a5bb633a0279ca9d6daa2c2b68394319185178d1d")
        #expect(MerkleTree.leafHash(of: head) == leaf)
        #expect(MerkleTree.leafHash(of: head.bytes) == leaf)
    }

    @Test func `a record moved, changed or left out changes every digest after it`() {
        func heads(_ records: [String]) -> [Digest] {
            var heads: [Digest] = []
            for record in records { heads.append(Chain.next(after: heads.last, record: [UInt8](record.utf8))) }
            return heads
        }
        let right = heads(["a", "b", "c", "d"])
        for wrong in [["a", "c", "b", "d"], ["a", "B", "c", "d"], ["a", "", "c", "d"], ["ab", "", "c", "d"]] {
            let heads = heads(wrong)
            #expect(zip(heads, right).dropFirst().allSatisfy { $0 != $1 })
        }
        #expect(heads(["a", "c", "d"]).last != right.last)
        #expect(Set(right).count == 4)
    }
}
