import PathwayProof
import Testing

/// What is not true has no proof, and no proof can be bent to prove something else.
@Suite struct DamagedProofTests {
    private static let log = SmallLog(count: 70)

    private func refuses(_ proof: InclusionProof, _ leafHash: Digest, _ root: Digest) -> Bool {
        (try? proof.verify(leafHash: leafHash, root: root)) == nil
    }

    private func refuses(_ proof: ConsistencyProof, _ old: Digest, _ new: Digest) -> Bool {
        (try? proof.verify(oldRoot: old, newRoot: new)) == nil
    }

    @Test func `an inclusion proof with any bit turned over is refused`() throws {
        for size in [1, 2, 3, 5, 8, 9] {
            let root = Self.log.root(size)
            for number in 0..<size {
                let leaf = Self.log.leafHashes[number]
                let proof = Self.log.inclusion(number, size)
                for bit in 0..<256 {
                    #expect(refuses(proof, try leaf.flipping(bit: bit), root))
                    #expect(refuses(proof, leaf, try root.flipping(bit: bit)))
                    for index in proof.path.indices {
                        let path = try proof.path.flipping(bit: bit, of: index)
                        #expect(refuses(InclusionProof(number: number, size: size, path: path), leaf, root))
                    }
                }
            }
        }
    }

    @Test func `a consistency proof with any bit turned over is refused`() throws {
        for (old, new) in [(1, 2), (2, 2), (3, 7), (4, 7), (5, 8), (6, 8), (7, 8), (8, 9)] {
            let (oldRoot, newRoot) = (Self.log.root(old), Self.log.root(new))
            let proof = Self.log.consistency(old, new)
            for bit in 0..<256 {
                #expect(refuses(proof, try oldRoot.flipping(bit: bit), newRoot))
                #expect(refuses(proof, oldRoot, try newRoot.flipping(bit: bit)))
                for index in proof.path.indices {
                    let path = try proof.path.flipping(bit: bit, of: index)
                    #expect(refuses(ConsistencyProof(old: old, new: new, path: path), oldRoot, newRoot))
                }
            }
        }
    }

    @Test func `an inclusion proof of another number, or with a hash more or less, is refused`() throws {
        for size in 1...33 {
            let root = Self.log.root(size)
            for number in 0..<size {
                let leaf = Self.log.leafHashes[number]
                let path = Self.log.inclusion(number, size).path
                for other in -1...size where other != number {
                    #expect(refuses(InclusionProof(number: other, size: size, path: path), leaf, root))
                }
                let tooLong: [[Digest]] = [
                    path + [root], [root] + path, path + [MerkleTree.emptyRoot], path + path + [leaf],
                ]
                for longer in tooLong {
                    #expect(refuses(InclusionProof(number: number, size: size, path: longer), leaf, root))
                }
                guard !path.isEmpty else { continue }
                for shorter in [[Digest](path.dropLast()), [Digest](path.dropFirst())] {
                    #expect(refuses(InclusionProof(number: number, size: size, path: shorter), leaf, root))
                }
            }
        }
    }

    @Test func `a consistency proof with a hash more or less or between other sizes is refused`() throws {
        for new in 2...33 {
            let newRoot = Self.log.root(new)
            for old in 1..<new {
                let oldRoot = Self.log.root(old)
                let path = Self.log.consistency(old, new).path
                let shorter: [[Digest]] = [[], path.dropLast(), [Digest](path.dropFirst())]
                let longer: [[Digest]] = [path + [newRoot], path + [oldRoot], [oldRoot] + path, [newRoot] + path]
                for wrong in shorter + longer + [[path[0]] + path] {
                    #expect(refuses(ConsistencyProof(old: old, new: new, path: wrong), oldRoot, newRoot))
                }
                #expect(refuses(ConsistencyProof(old: old, new: new, path: path), newRoot, oldRoot))
                for other in [old - 1, old + 1] where other != new {
                    #expect(refuses(ConsistencyProof(old: other, new: new, path: path), oldRoot, newRoot))
                }
            }
        }
    }

    @Test func `a log that changed an entry cannot prove that it only grew`() {
        var leaves = Self.log.leaves
        leaves[4] = [UInt8]("entry 4, amended".utf8)
        let forged = SmallLog(leaves: leaves)
        for old in 5...20 {
            for new in old...20 {
                let proof = forged.consistency(old, new)
                #expect(refuses(proof, Self.log.root(old), forged.root(new)))
                #expect(refuses(Self.log.consistency(old, new), Self.log.root(old), forged.root(new)))
            }
        }
        // Up to the entry that was changed both logs are one.
        for old in 1...4 { #expect(!refuses(forged.consistency(old, 20), Self.log.root(old), forged.root(20))) }
    }

    @Test func `a node is not taken for a leaf`() {
        let four = SmallLog(count: 4)
        // The leaf that would be made of the two hashes under a node has another hash than the node.
        let pair = four.leafHashes[0].bytes + four.leafHashes[1].bytes
        #expect(MerkleTree.leafHash(of: pair) != MerkleTree.node(four.leafHashes[0], four.leafHashes[1]))
    }

    @Test func `a refusal says which entry and which root`() throws {
        let leaf = Self.log.leafHashes[3]
        let root = MerkleTree.emptyRoot
        let error = #expect(throws: ProofError.self) {
            try Self.log.inclusion(3, 8).verify(leafHash: leaf, root: root)
        }
        #expect(error?.code == .refused)
        #expect(
            error?.description
                == "entry 4 of 8 is not proved: the path leads to another root than "
                + "\"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\""
        )
    }

    @Test func `a proof of the wrong length says so`() {
        let leaf = Self.log.leafHashes[3]
        func words(_ number: Int, _ size: Int, _ path: [Digest]) -> String? {
            let error = #expect(throws: ProofError.self) {
                try InclusionProof(number: number, size: size, path: path).verify(leafHash: leaf, root: leaf)
            }
            #expect(error?.code == .malformedProof)
            return error?.description
        }
        #expect(words(3, 8, []) == "the proof of entry 4 of 8 ends before the root")
        #expect(words(0, 1, [leaf]) == "the proof of entry 1 of 1 has hashes left over at the root")
        #expect(words(8, 8, []) == "a tree of 8 entries has no entry 9")
        #expect(words(-1, 8, []) == "a tree of 8 entries has no entry 0")
        #expect(words(0, 0, []) == "a tree of 0 entries has no entry 1")
    }

    @Test func `growth that cannot be says so`() {
        let hash = Self.log.leafHashes[3]
        func error(_ old: Int, _ new: Int, _ path: [Digest]) -> ProofError? {
            #expect(throws: ProofError.self) {
                try ConsistencyProof(old: old, new: new, path: path).verify(oldRoot: hash, newRoot: hash)
            }
        }
        #expect(error(8, 7, [])?.description == "a log of 8 entries cannot have become one of 7")
        #expect(error(-1, 7, [])?.code == .malformedProof)
        #expect(error(3, 7, [])?.description == "the proof of growth from 3 to 7 entries ends before the root")
        #expect(
            error(3, 3, [hash])?.description
                == "the proof of growth from 3 to 3 entries has hashes left over at the root")
        #expect(error(0, 7, [])?.code == .refused)
        #expect(error(.max, .max, [hash])?.code == .malformedProof)
        #expect(error(.max - 1, .max, [hash])?.code == .malformedProof)
    }
}
