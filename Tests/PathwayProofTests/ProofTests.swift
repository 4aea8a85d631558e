import PathwayProof
import Testing

/// Every proof in every tree of up to 70 leaves, which crosses all shapes up to the seventh level.
@Suite struct ProofTests {
    private static let log = SmallLog(count: 70)

    @Test func `roots are those of the definition`() {
        var head = TreeHead()
        for size in 0...70 {
            #expect(head.root.bytes == Naive.root(Self.log.leaves[..<size]))
            #expect(head == TreeHead(size: size, hash: Self.log.hash))
            #expect(head == TreeHead(size: size, subtrees: head.subtrees))
            if size < 70 { head.append(Self.log.leafHashes[size]) }
        }
    }

    @Test func `a head has a subtree for each bit of its size`() {
        let hash = MerkleTree.emptyRoot
        #expect(TreeHead(size: 5, subtrees: [hash]) == nil)
        #expect(TreeHead(size: 5, subtrees: [hash, hash]) != nil)
        #expect(TreeHead(size: 5, subtrees: [hash, hash, hash]) == nil)
        #expect(TreeHead(size: -1, subtrees: []) == nil)
    }

    @Test func `the subtrees of a size lie side by side, the largest first`() {
        #expect(Subtree.covering(size: 0) == [])
        #expect(Subtree.covering(size: 1) == [Subtree(level: 0, index: 0)])
        #expect(
            Subtree.covering(size: 13) == [
                Subtree(level: 3, index: 0), Subtree(level: 2, index: 2), Subtree(level: 0, index: 12),
            ])
        #expect(Subtree(level: 2, index: 2).leaves == 8..<12)
    }

    @Test func `inclusion paths are those of the definition and are believed`() throws {
        for size in 1...70 {
            let root = Self.log.root(size)
            for number in 0..<size {
                let proof = Self.log.inclusion(number, size)
                #expect(proof.path.map(\.bytes) == Naive.path(number, Self.log.leaves[..<size]))
                try proof.verify(leafHash: Self.log.leafHashes[number], root: root)
            }
        }
    }

    @Test func `consistency proofs are those of the definition and are believed`() throws {
        for new in 1...70 {
            for old in 1...new {
                let proof = Self.log.consistency(old, new)
                #expect(proof.path.map(\.bytes) == Naive.proof(old, Self.log.leaves[..<new]))
                try proof.verify(oldRoot: Self.log.root(old), newRoot: Self.log.root(new))
            }
        }
    }

    @Test func `a proof asks for the subtrees that it names beforehand`() {
        for size in 1...70 {
            for number in 0..<size {
                var asked: [Subtree] = []
                _ = InclusionProof(of: number, in: size) { subtree in
                    asked.append(subtree)
                    return Self.log.hash(subtree)
                }
                #expect(asked == InclusionProof.subtrees(of: number, in: size))
                var askedForGrowth: [Subtree] = []
                _ = ConsistencyProof(from: number, to: size) { subtree in
                    askedForGrowth.append(subtree)
                    return Self.log.hash(subtree)
                }
                #expect(askedForGrowth == ConsistencyProof.subtrees(from: number, to: size))
            }
        }
    }

    @Test func `an empty log grows into any other without a proof`() throws {
        for size in 0...5 {
            let proof = Self.log.consistency(0, size)
            #expect(proof.path == [])
            try proof.verify(oldRoot: MerkleTree.emptyRoot, newRoot: Self.log.root(size))
        }
    }

    @Test func `an error of the place where hashes are kept is passed on`() {
        struct Unreachable: Error {}
        #expect(throws: Unreachable.self) {
            try InclusionProof(of: 0, in: 2) { (_) throws(Unreachable) in throw Unreachable() }
        }
    }
}
