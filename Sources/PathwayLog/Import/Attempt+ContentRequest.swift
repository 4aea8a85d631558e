internal import Crypto
internal import PathwayCore

extension Attempt {
    /// A key made of the content, so that the same line is recognised when its file is imported again.
    ///
    /// What identifies the patient is no part of it: the key stays when that is erased, and whoever reads it could try all birth dates.
    var contentRequest: RequestID {
        var bytes: [UInt8] = []
        var bare = self
        bare.milestone = milestone.withoutIdentity
        bare.deviation = nil
        bare.request = nil
        bare.recordedElsewhereAt = nil
        bare.appendLine(to: &bytes)
        let digest = Array(SHA256.hash(data: bytes))
        func half(_ part: ArraySlice<UInt8>) -> UInt64 { part.reduce(0) { $0 << 8 | UInt64($1) } }
        return RequestID(high: half(digest[0..<8]), low: half(digest[8..<16]))
    }
}
