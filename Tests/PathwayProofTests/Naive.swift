internal import Crypto

/// The tree and its proofs word for word as RFC 6962, section 2.1, defines them: recursion over lists of bytes, nothing
/// shared with the module and nothing fast.
enum Naive {
    typealias Bytes = [UInt8]

    static func sha256(_ bytes: Bytes) -> Bytes { Bytes(SHA256.hash(data: bytes)) }

    /// MTH(D[n]).
    static func root(_ leaves: ArraySlice<Bytes>) -> Bytes {
        if leaves.isEmpty { return sha256([]) }
        if leaves.count == 1 { return sha256([0] + leaves[leaves.startIndex]) }
        let half = leaves.startIndex + split(leaves.count)
        return sha256([1] + root(leaves[..<half]) + root(leaves[half...]))
    }

    /// PATH(m, D[n]).
    static func path(_ number: Int, _ leaves: ArraySlice<Bytes>) -> [Bytes] {
        if leaves.count == 1 { return [] }
        let left = split(leaves.count)
        let half = leaves.startIndex + left
        return number < left
            ? path(number, leaves[..<half]) + [root(leaves[half...])]
            : path(number - left, leaves[half...]) + [root(leaves[..<half])]
    }

    /// PROOF(m, D[n]).
    static func proof(_ old: Int, _ leaves: ArraySlice<Bytes>) -> [Bytes] { subproof(old, leaves, whole: true) }

    private static func subproof(_ old: Int, _ leaves: ArraySlice<Bytes>, whole: Bool) -> [Bytes] {
        if old == leaves.count { return whole ? [] : [root(leaves)] }
        let left = split(leaves.count)
        let half = leaves.startIndex + left
        return old <= left
            ? subproof(old, leaves[..<half], whole: whole) + [root(leaves[half...])]
            : subproof(old - left, leaves[half...], whole: false) + [root(leaves[..<half])]
    }

    /// The largest power of two below n, found by trying.
    private static func split(_ count: Int) -> Int {
        var power = 1
        while power * 2 < count { power *= 2 }
        return power
    }
}
