// The JSON that the second verifier, verify_proof.py, reads. Everything in it is a number, hexadecimal or base64, so
// nothing needs escaping.

extension InclusionProof {
    /// The proof as one line of JSON for whoever checks it elsewhere.
    ///
    /// `{"index": 6, "size": 8, "leaf": "<hexadecimal>", "path": ["<base64>", …]}`
    /// - Parameter leaf: the digest that is the leaf's bytes, not the leaf's hash.
    public func json(leaf: Digest) -> String {
        #"{"index": \#(number), "size": \#(size), "leaf": "\#(leaf.hexadecimal)", "path": \#(path.json)}"#
    }
}

extension ConsistencyProof {
    /// The proof as one line of JSON for whoever checks it elsewhere: `{"old": 6, "new": 8, "path": ["<base64>", …]}`
    public var json: String {
        #"{"old": \#(old), "new": \#(new), "path": \#(path.json)}"#
    }
}

extension [Digest] {
    fileprivate var json: String { "[" + map { "\"\($0.base64)\"" }.joined(separator: ", ") + "]" }
}
